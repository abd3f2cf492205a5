package lint

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
)

// window returns the window of a convolution or pooling over a map.
func window(n *ir.Node) (w ir.Window, ok bool) {
	switch n.Attrs.(type) {
	case *op.Conv, *op.Pool:
		return n.Op.Window(n), true
	}
	return w, false
}

// largeKernel finds windows that fit their map because of padding alone.
func largeKernel(r *run) {
	r.all(func(n *ir.Node) {
		w, ok := window(n)
		if !ok {
			return
		}
		for i, axis := range [2]string{"height", "width"} {
			size, known := n.In[0].Shape[1+i].Known()
			if !known || w.Extent[i] <= size {
				continue
			}
			f := r.find(n, at(n, "kernel"), "the window of `%s`, %dx%d, is larger than its map", n.Op.Name, w.Extent[0], w.Extent[1])
			f.d.WithLabel("input is %s", n.In[0].Shape.Batched())
			f.d.WithSecondary(n.In[0].Span, "made here")
			f.d.WithNote("%s %d is less than the window's extent %d; padding alone makes it fit", axis, size, w.Extent[i])
			f.d.WithHelp("choose a smaller kernel, or shrink the map less before it")
			return
		}
	})
}
