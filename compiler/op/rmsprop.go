package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// RMSProp is the attributes of rmsprop.
type RMSProp struct {
	Rate     float64 `net:"lr,min=0" doc:"learning rate, before the schedule"`
	Alpha    float64 `net:"alpha,min=0,max=0.999999" doc:"share of the average squared gradient that is kept"`
	Eps      float64 `net:"eps,min=0" doc:"added to the root of the average square"`
	Momentum float64 `net:"momentum,min=0,max=1" doc:"share of the last update that is kept"`
	Centered bool    `net:"centered,flag" doc:"divide by the standard deviation of the gradient"`
	Decay    float64 `net:"decay,min=0" doc:"weight decay: decay·w is added to the gradient"`
	DecayOn  string  `net:"decay_on,oneof=all|weights" doc:"what decays: all parameters, or weights alone and no biases, scales and shifts"`
}

func rmsprop() *ir.Optimizer {
	return &ir.Optimizer{
		Name:   "rmsprop",
		Doc:    "Steps by the gradient over the root of its average square, with momentum if wanted.",
		Source: "Tieleman and Hinton 2012; centered: Graves 2013; in the form PyTorch gives it",
		New:    func() any { return &RMSProp{Rate: 0.01, Alpha: 0.99, Eps: 1e-8, DecayOn: decayAll} },
		Rate:   func(attrs any) float64 { return attrs.(*RMSProp).Rate },
		Moments: func(attrs any) []string {
			a, moments := attrs.(*RMSProp), []string{"square"}
			if a.Centered {
				moments = append(moments, "mean")
			}
			if a.Momentum != 0 {
				moments = append(moments, "momentum")
			}
			return moments
		},
		Lower: func(e *ir.Emitter, attrs any, p *ir.Param) {
			a := attrs.(*RMSProp)
			mean, momentum := plan.None, plan.None
			if a.Centered {
				mean = e.Tensor(ir.Tensor(p, "mean"))
			}
			if a.Momentum != 0 {
				momentum = e.Tensor(ir.Tensor(p, "momentum"))
			}
			e.Step(&kernel.RMSProp{
				Len: int(p.Len()), Alpha: a.Alpha, Eps: float32(a.Eps), Momentum: float32(a.Momentum),
				Decay: float32(decayOf(a.Decay, a.DecayOn, p)), Centered: a.Centered,
			}, e.Param(p), e.Tensor(ir.Tensor(p, "square")), mean, momentum,
				e.GradientOf(p), e.Rate())
		},
	}
}
