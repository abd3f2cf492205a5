package lint

import "github.com/netc-lang/netc/compiler/ir"

// lastDropout finds outputs whose elements are dropped.
func lastDropout(r *run) {
	r.nodes(func(n *ir.Node) {
		if n.Op.Name != "dropout" && n.Op.Name != "drop_path" || !r.results[n.Out] {
			return
		}
		f := r.find(n, n.Span, "an output comes straight out of `%s`", n.Op.Name)
		e, ok := r.outline.remove(n.Span)
		advise(f.d, "drop in front of the last layer with weights, or not at all", e, ok, false)
	})
}
