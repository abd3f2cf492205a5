package lint

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// idempotent are the activations that change nothing the second time.
var idempotent = map[string]bool{"relu": true, "relu6": true, "hard_tanh": true}

// twoActivations finds activations right behind another one: the same, two
// rectifiers, or any behind one that cuts off at 0. Others, such as the tanh of a
// softplus, may well be meant.
func twoActivations(r *run) {
	r.nodes(func(n *ir.Node) {
		first := n.In[0].Node
		if n.Op.Follows == ir.Constant || first == nil || first.Op.Follows == ir.Constant {
			return
		}
		a, b := first.Op.Name, n.Op.Name
		cuts := a == "relu" || a == "relu6"
		if a != b && !cuts && !(rectifies(first) && rectifies(n)) {
			return
		}
		f := r.find(n, n.Span, "`%s` follows `%s` with nothing between them", b, a)
		if first.Span != n.Span {
			f.d.WithSecondary(first.Span, "the first activation")
		} else {
			f.d.WithLabel("the second round of a repeat follows the first")
		}
		r.dropOne(f.d, n.Span, a == b && idempotent[a], local(first.Out, n))
		if len(first.Out.Uses) == 1 && !r.results[first.Out] {
			f.front = first
			f.inFront = diag.Warnf(r.code, first.Span, "`%s` is followed by `%s` with nothing between them", a, b).
				WithSecondary(n.Span, "the second activation")
			r.dropOne(f.inFront, first.Span, a == b && idempotent[a], local(first.Out, n))
		}
	})
}

// dropOne advises to remove one of two activations, whose place is given.
func (r *run) dropOne(d *diag.Diagnostic, name diag.Span, same, local bool) {
	help := "keep one of the two"
	if same {
		help = "remove it: once is enough"
	}
	e, ok := r.outline.remove(name)
	advise(d, help, e, ok, same && local)
}

// rectifies reports whether an activation is of the family of relu.
func rectifies(n *ir.Node) bool { return n.Op.Follows == ir.He && n.Op.Name != "softplus" }
