package lint

import "github.com/netc-lang/netc/compiler/ir"

// skippedPixels finds strides that step over pixels. A window of one pixel is
// there to do so, and one window alone has no step.
func skippedPixels(r *run) {
	r.nodes(func(n *ir.Node) {
		w, ok := window(n)
		if !ok {
			return
		}
		for i, axis := range [2]string{"rows", "columns"} {
			out, known := n.Out.Shape[1+i].Known()
			if w.Extent[i] == 1 || w.Stride[i] <= w.Extent[i] || known && out == 1 {
				continue
			}
			f := r.find(n, at(n, "stride"), "the stride of `%s` steps over %s that no window reads", n.Op.Name, axis)
			if _, has := n.ArgSpans["kernel"]; has {
				f.d.WithSecondary(at(n, "kernel"), "the window")
			}
			f.d.WithNote("windows of %d %s stand %d apart", w.Extent[i], axis, w.Stride[i])
			f.d.WithHelp("choose a stride of at most the kernel, or a larger kernel")
			return
		}
	})
}
