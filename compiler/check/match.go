package check

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// same reports whether two values can be added.
func (b *builder) same(x, y ir.Shape) bool { return x.Equal(y) }

// sameMap reports whether two values can stand side by side: whether they have
// the same rows and columns.
func (b *builder) sameMap(x, y ir.Shape) bool {
	return len(x) == len(y) && x[1:].Equal(y[1:])
}

// mismatch reports a body whose result does not fit the input that skips it.
// Channels may differ where the two are put side by side.
func (u *site) mismatch(what string, in, body *ir.Value, channels bool) *diag.Diagnostic {
	d := diag.Errorf(diag.BranchesDiffer, u.call.Name.Span, "%s branches do not match", what).
		WithLabel("input is %s", in.Shape.Batched())
	if n := shaper(body); n != nil {
		d.WithSecondary(u.whole[n], "body becomes %s here", body.Shape.Batched())
	}
	d.WithNote("%s", differences(in.Shape, body.Shape, channels))
	u.report(d)
	return d
}

// shaper is the node that gave a value its shape.
func shaper(v *ir.Value) *ir.Node {
	n := v.Node
	for n != nil && n.In[0].Node != nil && n.In[0].Shape.Equal(v.Shape) {
		n = n.In[0].Node
	}
	return n
}

// differences says in which sizes two shapes differ: "channels 256 ≠ 512, height
// and width 56 ≠ 28".
func differences(x, y ir.Shape, channels bool) string {
	if len(x) != len(y) {
		kinds := map[bool]string{true: "a map", false: "a vector"}
		return fmt.Sprintf("%s is %s, %s is %s", x.Batched(), kinds[x.IsMap()], y.Batched(), kinds[y.IsMap()])
	}
	var parts []string
	part := func(what string, i int) {
		if !x[i].Equal(y[i]) {
			parts = append(parts, fmt.Sprintf("%s %v ≠ %v", what, x[i], y[i]))
		}
	}
	if !x.IsMap() {
		part("features", 0)
		return strings.Join(parts, ", ")
	}
	if !channels {
		part("channels", 0)
	}
	if x[1].Equal(x[2]) && y[1].Equal(y[2]) {
		part("height and width", 1)
	} else {
		part("height", 1)
		part("width", 2)
	}
	return strings.Join(parts, ", ")
}
