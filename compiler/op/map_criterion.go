package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// MAPCriterion is the attributes of map_criterion.
type MAPCriterion struct {
	J float64 `net:"j,min=0" doc:"the score of rubbish is -j; 0, when absent, leaves the competition of classes out"`
}

func mapCriterion() *ir.Loss {
	return &ir.Loss{
		Name:   "map_criterion",
		Doc:    "−score at the label + log(exp(−j) + Σ exp(scores)), as a mean over images; without j, −score at the label alone.",
		Source: "LeCun et al. 1998, equations 8 and 9: maximum a posteriori, with scores from rbf",
		New:    func() any { return &MAPCriterion{} },
		Labels: func(any) bool { return true },
		Check: func(c *ir.Context, _ any, on *ir.Value) {
			if on.Shape.IsMap() {
				c.Errorf(diag.NeedsVector, "", "map_criterion needs one score a class").
					WithLabel("%s is %s, a map", on.Name, on.Shape.Batched()).
					WithSecondary(on.Span, "made here").
					WithHelp("end the model with `flatten`, `dense(84)` and `rbf(codes=digits)`")
			}
		},
		Lower: func(e *ir.Emitter, o *ir.Objective) int {
			classes := ir.Storage(e.Batch, o.On.Shape)[1]
			loss := e.Temp("value", plan.F32, 1)
			e.Step(&kernel.MAPCriterion{
				N: e.Batch, Classes: classes, J: o.Attrs.(*MAPCriterion).J, Weight: o.Weight,
			}, loss, lossGradient(e, o), e.Value(o.On), e.Input(ir.Label, plan.I32, e.Batch))
			return loss
		},
	}
}
