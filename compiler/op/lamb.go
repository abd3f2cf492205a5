package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
)

// LAMB is the attributes of lamb.
type LAMB struct {
	Rate    float64 `net:"lr,min=0" doc:"learning rate, before the schedule"`
	Beta1   float64 `net:"beta1,min=0,max=0.999999" doc:"share of the average gradient that is kept"`
	Beta2   float64 `net:"beta2,min=0,max=0.999999" doc:"share of the average squared gradient that is kept"`
	Eps     float64 `net:"eps,min=0" doc:"added to the root of the average square"`
	Decay   float64 `net:"decay,min=0" doc:"weight decay: decay·w is added to Adam's direction"`
	DecayOn string  `net:"decay_on,oneof=all|weights" doc:"what decays and has its rate adapted: all parameters, or weights alone and no biases, scales and shifts"`
}

func lamb() *ir.Optimizer {
	return &ir.Optimizer{
		Name:   "lamb",
		Doc:    "Adam's direction, made as long as the parameter's weights and then multiplied by the rate.",
		Source: "You et al. 2020",
		New: func() any {
			return &LAMB{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-6, Decay: 0.01, DecayOn: decayAll}
		},
		Rate:    func(attrs any) float64 { return attrs.(*LAMB).Rate },
		Moments: func(any) []string { return []string{"mean", "square"} },
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*LAMB)
			e.Step(&kernel.LAMB{
				Len: int(p.Len()), Beta1: a.Beta1, Beta2: a.Beta2, Eps: float32(a.Eps),
				Decay: float32(decayOf(a.Decay, a.DecayOn, p)), Adapt: decays(a.DecayOn, p),
			}, e.Param(p), e.Tensor(ir.Tensor(p, "mean")), e.Tensor(ir.Tensor(p, "square")),
				e.GradientOf(p), e.Rate(), e.Tensor(ir.Steps))
		},
	}
}
