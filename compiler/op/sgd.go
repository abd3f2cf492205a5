package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// SGD is the attributes of sgd.
type SGD struct {
	Rate      float64 `net:"lr,required,min=0" doc:"learning rate, before the schedule"`
	Momentum  float64 `net:"momentum,min=0,max=1" doc:"share of the last update that is kept"`
	Dampening float64 `net:"dampening,min=0,max=1" doc:"share of the gradient that momentum leaves out"`
	Nesterov  bool    `net:"nesterov,flag" doc:"look ahead along the momentum"`
	Decay     float64 `net:"decay,min=0" doc:"weight decay: decay·w is added to the gradient"`
	DecayOn   string  `net:"decay_on,oneof=all|weights" doc:"what decays: all parameters, or weights alone and no biases, scales and shifts"`
}

func sgd() *ir.Optimizer {
	return &ir.Optimizer{
		Name:     "sgd",
		Doc:      "Stochastic gradient descent with momentum, Nesterov's form of it, and weight decay.",
		Source:   "Sutskever et al. 2013, in the form PyTorch gives it",
		New:      func() any { return &SGD{DecayOn: decayAll} },
		Rate:     func(attrs any) float64 { return attrs.(*SGD).Rate },
		Momentum: func(attrs any) float64 { return attrs.(*SGD).Momentum },
		Check: func(c *ir.Context, attrs any) {
			if a := attrs.(*SGD); a.Nesterov && (a.Momentum == 0 || a.Dampening != 0) {
				c.Errorf(diag.DoesNotApply, "nesterov", "nesterov needs momentum, and no dampening").
					WithHelp("write for instance sgd(lr=0.05, momentum=0.9, nesterov)")
			}
		},
		Moments: func(attrs any) []string {
			if attrs.(*SGD).Momentum == 0 {
				return nil
			}
			return []string{"momentum"}
		},
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*SGD)
			momentum := plan.None
			if a.Momentum != 0 {
				momentum = e.Tensor(ir.Tensor(p, "momentum"))
			}
			e.Step(&kernel.SGD{
				Len: int(p.Len()), Momentum: float32(a.Momentum), Dampening: float32(a.Dampening),
				Decay: float32(decayOf(a.Decay, a.DecayOn, p)), Nesterov: a.Nesterov, Cycled: e.Cycled,
			}, e.Param(p), momentum, e.GradientOf(p), e.Rate(), e.Momentum(), e.Tensor(ir.Steps))
		},
	}
}
