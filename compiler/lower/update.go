package lower

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// update emits one parameter's update. Options.Gradients shows the gradient as
// the optimizer gets it.
func update(e *ir.Emitter, opt Options, p *ir.Param) {
	e.Enter(p.Node.Name, plan.Update)
	dw := e.GradientOf(p)
	if bound := opt.Method.Clip.Value; bound > 0 {
		e.Step(&kernel.ClipValue{Len: e.Len(dw), Max: float32(bound)}, dw)
	}
	group := opt.Method.Of(p)
	if group.Rate != 1 {
		rate := e.Temp("rate", plan.F32, 1)
		e.Step(&kernel.GroupRate{Factor: group.Rate}, rate, e.Rate())
		e.SetRate(rate)
	}
	opt.Method.Optimizer.Lower(e, group.Attrs, p)
	e.SetRate(plan.None)
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

// gather adds a parameter's gradient to the sum of those of one update.
func gather(e *ir.Emitter, p *ir.Param) {
	e.Step(&kernel.Accumulate{Len: int(p.Len())}, e.Tensor(ir.Tensor(p, gathered)), e.GradientOf(p))
}

// tail emits what runs once after all backward sweeps of an update: the mean of
// their gradients, and then the updates.
func tail(e *ir.Emitter, opt Options, params []*ir.Param) {
	e.Enter(ir.Passes, plan.Backward)
	e.Step(&kernel.Count{}, e.Tensor(ir.Passes))
	e.Divide(opt.parts())
	mean := func(p *ir.Param) {
		e.Enter(p.Node.Name, plan.Update)
		dw := e.Temp("mean_"+p.Name[len(p.Node.Name)+1:], plan.F32, p.Shape...)
		e.Step(&kernel.Mean{Len: int(p.Len()), Parts: opt.parts()}, dw, e.Tensor(ir.Tensor(p, gathered)))
		e.SetGradientOf(p, dw)
	}
	if opt.Method.Clip.Norm > 0 {
		for _, p := range params {
			mean(p)
		}
		clipNorm(e, opt, params)
		return
	}
	for _, p := range params {
		mean(p)
		update(e, opt, p)
	}
}

// average emits the averages of the weights and running statistics, as the step
// leaves these.
func average(g *ir.Graph, e *ir.Emitter, opt Options) {
	for _, p := range g.Params() {
		if opt.Method.Averages(p) {
			e.Enter(p.Node.Name, plan.Update)
			e.Step(&kernel.Average{Len: int(p.Len()), Keep: opt.Method.Average},
				e.Tensor(plan.AverageOf(p.Name)), e.Param(p), e.Tensor(ir.Steps))
		}
	}
}
