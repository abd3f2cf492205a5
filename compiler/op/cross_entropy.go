package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// CrossEntropy is the attributes of cross_entropy.
type CrossEntropy struct{}

func crossEntropy() *ir.Loss {
	return &ir.Loss{
		Name:   "cross_entropy",
		Doc:    "Mean over the batch of −log softmax(logits) at the label.",
		Source: "Bridle 1990",
		New:    func() any { return &CrossEntropy{} },
		Check: func(c *ir.Context, on *ir.Value) {
			if on.Shape != nil && on.Shape.IsMap() {
				c.Errorf(diag.NeedsVector, "", "cross_entropy needs one score a class").
					WithLabel("%s is %s, a map", on.Name, on.Shape.Batched()).
					WithSecondary(on.Span, "made here").
					WithHelp("end the model with `flatten` and `dense(classes)`")
			}
		},
		Lower: func(e *ir.Emitter, o *ir.Objective) {
			classes, _ := o.On.Shape.Ints()
			k := &kernel.CrossEntropy{N: e.Batch, Classes: classes[0]}
			dx := plan.None
			if e.Training {
				dx = e.Contribute(o.On)
			}
			loss := e.Temp("value", plan.F32, 1)
			e.Output(ir.LossValue, loss)
			e.Step(k, loss, dx, e.Value(o.On), e.Input(ir.Label, plan.I32, e.Batch))
		},
	}
}
