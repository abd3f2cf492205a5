package lint

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// linearPair finds two dense layers that are one.
func linearPair(r *run) {
	r.nodes(func(n *ir.Node) {
		first := n.In[0].Node
		if n.Op.Name != "dense" || first == nil || first.Op.Name != "dense" || len(first.Out.Uses) > 1 || r.results[first.Out] {
			return
		}
		in, _ := first.In[0].Shape.Channels().Known()
		middle, _ := first.Out.Shape.Channels().Known()
		out, _ := n.Out.Shape.Channels().Known()
		if middle < min(in, out) {
			return // fewer parameters than one layer would have
		}
		f := r.find(n, n.Span, "two dense layers without an activation between them compute what one could")
		f.d.WithSecondary(first.Span, "the first, of %d features from %d", middle, in)
		s, ok := r.outline.spot(first.Span)
		e := diag.Edit{NewText: " -> relu"}
		if ok {
			e.Span = s.call.Span.Tail()
		}
		advise(f.d, "put an activation between them, such as relu", e, ok && s.chain.As == nil, false)
	})
}
