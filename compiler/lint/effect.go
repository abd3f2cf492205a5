package lint

import (
	"strconv"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
)

// noEffect finds layers that pass their input through. A setting that comes from
// a parameter may have an effect another time.
func noEffect(r *run) {
	r.nodes(func(n *ir.Node) {
		why := idle(n)
		if why == "" {
			return
		}
		f := r.find(n, n.Span, "`%s` has no effect: %s", n.Op.Name, why)
		f.here = true
		f.d.WithSecondary(n.In[0].Span, "its input, %s, is made here", n.In[0].Shape.Batched())
		e, ok := r.outline.remove(n.Span)
		advise(f.d, "remove it", e, ok, local(n.In[0], n))
	})
}

// idle says why a layer passes its input through; "" when it does not.
func idle(n *ir.Node) string {
	number := func(key string, want float64) bool {
		f, err := strconv.ParseFloat(at(n, key).Text(), 64)
		return err == nil && f == want
	}
	switch n.Op.Name {
	case "flatten":
		if !n.In[0].Shape.IsMap() {
			return "its input is a vector already"
		}
	case "dropout", "drop_path":
		if number("rate", 0) {
			return "its rate is 0"
		}
	case "pool":
		a := n.Attrs.(*op.Pool)
		if one := [2]int{1, 1}; at(n, "kernel").Text() == "1x1" && a.Stride == one && a.Pad == [4]int{} {
			return "its window is one pixel, at every pixel"
		}
	case "shuffle":
		if number("groups", 1) {
			return "there is one group"
		}
	case "pixel_shuffle":
		if number("factor", 1) {
			return "its factor is 1"
		}
	}
	return ""
}
