package lower

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// backward emits the reverse sweep. Each parameter is updated as soon as its
// node has run backward: nothing reads the old weights after that, and the
// gradient's memory is free again. Only a bound on the norm of all gradients, and
// a step of several sweeps, make the updates wait for the end of the sweep.
func backward(g *ir.Graph, e *ir.Emitter, opt Options) {
	add := func(n int) plan.Kernel { return &kernel.Add{Len: n} }
	var waiting []*ir.Param
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		e.Enter(n.Name, plan.Backward)
		if n.Within(true) != nil {
			continue
		}
		if out := e.Chain(n).Out; !e.Needed(out) || !e.Collect(out, add) {
			continue
		}
		n.Op.Grad(e, n)
		for _, p := range n.Params {
			switch {
			case e.GradientOf(p) == plan.None:
			case opt.parts() > 1:
				gather(e, p)
				waiting = append(waiting, p)
			case opt.Method.Clip.Norm > 0:
				waiting = append(waiting, p)
			default:
				update(e, opt, p)
			}
		}
	}
	if opt.Gradients {
		for _, v := range g.Inputs {
			e.Enter(v.Name, plan.Backward)
			if e.Collect(v, add) {
				e.Output("d_"+v.Name, e.Gradient(v))
			}
		}
	}
	switch {
	case opt.parts() > 1:
		tail(e, opt, waiting)
	case len(waiting) > 0:
		clipNorm(e, opt, waiting)
	}
}
