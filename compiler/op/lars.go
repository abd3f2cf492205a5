package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
)

// LARS is the attributes of lars.
type LARS struct {
	Rate     float64 `net:"lr,required,min=0" doc:"learning rate, before the schedule"`
	Momentum float64 `net:"momentum,min=0,max=1" doc:"share of the last update that is kept"`
	Trust    float64 `net:"trust,min=0" doc:"a layer's update as a share of its weights' norm"`
	Decay    float64 `net:"decay,min=0" doc:"weight decay: decay·w is added to the gradient"`
	DecayOn  string  `net:"decay_on,oneof=all|weights" doc:"what decays and has its rate adapted: all parameters, or weights alone and no biases, scales and shifts"`
}

func lars() *ir.Optimizer {
	return &ir.Optimizer{
		Name:    "lars",
		Doc:     "Momentum with a rate for each parameter: trust times the norm of its weights over that of its gradient.",
		Source:  "You, Gitman and Ginsburg 2017",
		New:     func() any { return &LARS{Momentum: 0.9, Trust: 1e-3, DecayOn: decayAll} },
		Rate:    func(attrs any) float64 { return attrs.(*LARS).Rate },
		Moments: func(any) []string { return []string{"momentum"} },
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*LARS)
			e.Step(&kernel.LARS{
				Len: int(p.Len()), Momentum: float32(a.Momentum), Trust: a.Trust,
				Decay: float32(decayOf(a.Decay, a.DecayOn, p)), Adapt: decays(a.DecayOn, p),
			}, e.Param(p), e.Tensor(ir.Tensor(p, "momentum")), e.GradientOf(p), e.Rate())
		},
	}
}
