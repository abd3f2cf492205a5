package lower

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// backward emits the reverse sweep. Each parameter is updated as soon as its
// node has run backward: nothing reads the old weights after that, and the
// gradient's memory is free again. Only a bound on the norm of all gradients
// makes the updates wait for the end of the sweep.
func backward(g *ir.Graph, e *ir.Emitter, opt Options) {
	add := func(n int) plan.Kernel { return &kernel.Add{Len: n} }
	var waiting []*ir.Param
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		n := g.Nodes[i]
		e.Enter(n.Name, plan.Backward)
		if !e.Needed(n.Out) || !e.Collect(n.Out, add) {
			continue
		}
		n.Op.Grad(e, n)
		for _, p := range n.Params {
			switch {
			case e.GradientOf(p) == plan.None:
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
	if len(waiting) > 0 {
		clipNorm(e, opt, waiting)
	}
}

// update emits one parameter's update. Options.Gradients shows the gradient as
// the optimizer gets it.
func update(e *ir.Emitter, opt Options, p *ir.Param) {
	e.Enter(p.Node.Name, plan.Update)
	dw := e.GradientOf(p)
	if bound := opt.Method.Clip.Value; bound > 0 {
		e.Step(&kernel.ClipValue{Len: e.Len(dw), Max: float32(bound)}, dw)
	}
	opt.Method.Optimizer.Lower(e, opt.Method.Attrs, p)
	if opt.Gradients {
		e.Output("d_"+p.Name, dw)
	}
}

// clipNorm emits the norm of the gradients of all parameters, in the order in
// which the sweep made them, and then their updates in that order.
func clipNorm(e *ir.Emitter, opt Options, params []*ir.Param) {
	e.Enter("clip", plan.Update)
	total := e.Temp("total", plan.I64, 1)
	e.Step(&kernel.Zero{}, total)
	for _, p := range params {
		dw := e.GradientOf(p)
		e.Step(&kernel.SumSquares{Len: e.Len(dw)}, total, dw)
	}
	for _, p := range params {
		e.Enter(p.Node.Name, plan.Update)
		dw := e.GradientOf(p)
		e.Step(&kernel.ClipNorm{Len: e.Len(dw), Max: opt.Method.Clip.Norm}, dw, total)
		update(e, opt, p)
	}
}
