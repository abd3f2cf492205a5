package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Adam is the attributes of adam and adamw.
type Adam struct {
	Rate    float64 `net:"lr,min=0" doc:"learning rate, before the schedule"`
	Beta1   float64 `net:"beta1,min=0,max=0.999999" doc:"share of the average gradient that is kept"`
	Beta2   float64 `net:"beta2,min=0,max=0.999999" doc:"share of the average squared gradient that is kept"`
	Eps     float64 `net:"eps,min=0" doc:"added to the root of the average square"`
	Decay   float64 `net:"decay,min=0" doc:"weight decay: in adam decay·w is added to the gradient, in adamw the weights shrink by lr·decay"`
	DecayOn string  `net:"decay_on,oneof=all|weights" doc:"what decays: all parameters, or weights alone and no biases, scales and shifts"`
	AMSGrad bool    `net:"amsgrad,flag" doc:"divide by the largest average square so far"`
}

func adam() *ir.Optimizer {
	return adamOf("adam", "Adam: steps by the average gradient over the root of the average square; decay is part of the gradient.",
		"Kingma and Ba 2015; amsgrad: Reddi et al. 2018", 0, false)
}

func adamw() *ir.Optimizer {
	return adamOf("adamw", "Adam whose weight decay acts on the weights and not through the averages.",
		"Loshchilov and Hutter 2019", 0.01, true)
}

func adamOf(name, doc, source string, decay float64, decoupled bool) *ir.Optimizer {
	return &ir.Optimizer{
		Name:   name,
		Doc:    doc,
		Source: source,
		New: func() any {
			return &Adam{Rate: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: decay, DecayOn: decayAll}
		},
		Rate:     func(attrs any) float64 { return attrs.(*Adam).Rate },
		Momentum: func(attrs any) float64 { return attrs.(*Adam).Beta1 },
		Moments: func(attrs any) []string {
			moments := []string{"mean", "square"}
			if attrs.(*Adam).AMSGrad {
				moments = append(moments, "largest")
			}
			return moments
		},
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*Adam)
			largest := plan.None
			if a.AMSGrad {
				largest = e.Tensor(ir.Tensor(p, "largest"))
			}
			e.Step(&kernel.Adam{
				Len: int(p.Len()), Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Eps,
				Decay: decayOf(a.Decay, a.DecayOn, p), Decoupled: decoupled, AMSGrad: a.AMSGrad, Cycled: e.Cycled,
			}, e.Param(p), e.Tensor(ir.Tensor(p, "mean")), e.Tensor(ir.Tensor(p, "square")), largest,
				e.GradientOf(p), e.Rate(), e.Momentum(), e.Tensor(ir.Steps))
		},
	}
}
