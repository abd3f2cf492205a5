package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Logistic is the attributes of bce.
type Logistic struct{}

// Distance is the attributes of mse and l1.
type Distance struct {
	Off float64 `net:"off" doc:"target of the classes that are not the label's, whose own is 1, where the data has labels"`
}

// HuberLoss is the attributes of huber.
type HuberLoss struct {
	Delta float64 `net:"delta,min=1e-9" doc:"distance from which the loss is straight"`
	Off   float64 `net:"off" doc:"target of the classes that are not the label's, whose own is 1, where the data has labels"`
}

// SmoothL1 is the attributes of smooth_l1.
type SmoothL1 struct {
	Beta float64 `net:"beta,min=1e-9" doc:"distance from which the loss is straight"`
	Off  float64 `net:"off" doc:"target of the classes that are not the label's, whose own is 1, where the data has labels"`
}

// pointLosses lists the means over all elements of a loss of one number x
// against its target t, with d = x − t.
var pointLosses = []struct {
	name, doc, source string
	fn                kernel.Point
	attrs             func() any
	scale             func(attrs any) float64 // nil for none
}{
	{"mse", "Mean of d², the squared distance from the target.", "Legendre 1805", kernel.PointSquare,
		func() any { return &Distance{} }, nil},
	{"l1", "Mean of |d|, the distance from the target.", "Boscovich 1757", kernel.PointAbsolute,
		func() any { return &Distance{} }, nil},
	{"huber", "Mean of d²/2 up to |d| = delta, and of delta·(|d| − delta/2) beyond.", "Huber 1964", kernel.PointHuber,
		func() any { return &HuberLoss{Delta: 1} }, func(attrs any) float64 { return attrs.(*HuberLoss).Delta }},
	{"smooth_l1", "Mean of d²/(2·beta) up to |d| = beta, and of |d| − beta/2 beyond.", "Girshick 2015", kernel.PointSmoothL1,
		func() any { return &SmoothL1{Beta: 1} }, func(attrs any) float64 { return attrs.(*SmoothL1).Beta }},
	{"bce", "Mean of −t·log σ(x) − (1−t)·log(1 − σ(x)), for probabilities t and logits x.", "Good 1952", kernel.PointLogistic,
		func() any { return &Logistic{} }, nil},
}

func pointLossTable() []*ir.Loss {
	var losses []*ir.Loss
	for _, l := range pointLosses {
		losses = append(losses, &ir.Loss{
			Name: l.name, Doc: l.doc, Source: l.source,
			New:   l.attrs,
			Check: func(*ir.Context, any, *ir.Value) {},
			Lower: func(e *ir.Emitter, o *ir.Objective) int {
				x := e.Value(o.On)
				k := &kernel.PointLoss{Fn: l.fn, Len: e.Len(x), Weight: o.Weight}
				if l.scale != nil {
					k.Scale = l.scale(o.Attrs)
				}
				return againstTarget(e, o, k)
			},
		})
	}
	return losses
}

// againstTarget emits a kernel whose operands are the loss, the gradient, the
// output and its target.
func againstTarget(e *ir.Emitter, o *ir.Objective, k plan.Kernel) int {
	loss := e.Temp("value", plan.F32, 1)
	e.Step(k, loss, lossGradient(e, o), e.Value(o.On),
		e.Input(ir.Target, plan.F32, ir.Storage(e.Batch, o.On.Shape)...))
	return loss
}
