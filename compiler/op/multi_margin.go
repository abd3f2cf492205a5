package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// MultiMargin is the attributes of multi_margin.
type MultiMargin struct {
	Margin float64 `net:"margin,min=0" doc:"by how much the label's score should exceed the others"`
}

func multiMargin() *ir.Loss {
	return &ir.Loss{
		Name:   "multi_margin",
		Doc:    "Multi-class hinge: Σ max(0, margin − score at the label + other score)/classes, as a mean over images.",
		Source: "Crammer and Singer 2001, in the form PyTorch gives it",
		New:    func() any { return &MultiMargin{Margin: 1} },
		Labels: func(any) bool { return true },
		Check: func(c *ir.Context, _ any, on *ir.Value) {
			if on.Shape.IsMap() {
				c.Errorf(diag.NeedsVector, "", "multi_margin needs one score a class").
					WithLabel("%s is %s, a map", on.Name, on.Shape.Batched()).
					WithSecondary(on.Span, "made here").
					WithHelp("end the model with `flatten` and `dense(classes)`")
			}
		},
		Lower: func(e *ir.Emitter, o *ir.Objective) int {
			classes := ir.Storage(e.Batch, o.On.Shape)[1]
			loss := e.Temp("value", plan.F32, 1)
			e.Step(&kernel.MultiMargin{
				N: e.Batch, Classes: classes, Margin: o.Attrs.(*MultiMargin).Margin, Weight: o.Weight,
			}, loss, lossGradient(e, o), e.Value(o.On), e.Input(ir.Label, plan.I32, e.Batch))
			return loss
		},
	}
}
