package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
)

// AdaGrad is the attributes of adagrad.
type AdaGrad struct {
	Rate      float64 `net:"lr,min=0" doc:"learning rate, before the schedule"`
	RateDecay float64 `net:"lr_decay,min=0" doc:"the rate is divided by 1 + lr_decay·steps"`
	Eps       float64 `net:"eps,min=0" doc:"added to the root of the sum of squares"`
	Decay     float64 `net:"decay,min=0" doc:"weight decay: decay·w is added to the gradient"`
	DecayOn   string  `net:"decay_on,oneof=all|weights" doc:"what decays: all parameters, or weights alone and no biases, scales and shifts"`
}

func adagrad() *ir.Optimizer {
	return &ir.Optimizer{
		Name:    "adagrad",
		Doc:     "Steps by the gradient over the root of the sum of all its squares.",
		Source:  "Duchi, Hazan and Singer 2011, in the form PyTorch gives it",
		New:     func() any { return &AdaGrad{Rate: 0.01, Eps: 1e-10, DecayOn: decayAll} },
		Rate:    func(attrs any) float64 { return attrs.(*AdaGrad).Rate },
		Moments: func(any) []string { return []string{"sum"} },
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*AdaGrad)
			e.Step(&kernel.AdaGrad{
				Len: int(p.Len()), Eps: float32(a.Eps), RateDecay: a.RateDecay,
				Decay: float32(decayOf(a.Decay, a.DecayOn, p)),
			}, e.Param(p), e.Tensor(ir.Tensor(p, "sum")),
				e.GradientOf(p), e.Rate(), e.Tensor(ir.Steps))
		},
	}
}
