package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
)

// AdaDelta is the attributes of adadelta.
type AdaDelta struct {
	Rate    float64 `net:"lr,min=0" doc:"learning rate, before the schedule"`
	Rho     float64 `net:"rho,min=0,max=0.999999" doc:"share of both averages that is kept"`
	Eps     float64 `net:"eps,min=0" doc:"added to both averages under their roots"`
	Decay   float64 `net:"decay,min=0" doc:"weight decay: decay·w is added to the gradient"`
	DecayOn string  `net:"decay_on,oneof=all|weights" doc:"what decays: all parameters, or weights alone and no biases, scales and shifts"`
}

func adadelta() *ir.Optimizer {
	return &ir.Optimizer{
		Name:    "adadelta",
		Doc:     "Steps by the gradient times the average size of past updates over that of past gradients.",
		Source:  "Zeiler 2012, in the form PyTorch gives it",
		New:     func() any { return &AdaDelta{Rate: 1, Rho: 0.9, Eps: 1e-6, DecayOn: decayAll} },
		Rate:    func(attrs any) float64 { return attrs.(*AdaDelta).Rate },
		Moments: func(any) []string { return []string{"square", "delta"} },
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*AdaDelta)
			e.Step(&kernel.AdaDelta{
				Len: int(p.Len()), Rho: a.Rho, Eps: float32(a.Eps), Decay: float32(decayOf(a.Decay, a.DecayOn, p)),
			}, e.Param(p), e.Tensor(ir.Tensor(p, "square")), e.Tensor(ir.Tensor(p, "delta")),
				e.GradientOf(p), e.Rate())
		},
	}
}
