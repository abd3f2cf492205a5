package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// CrossEntropy is the attributes of cross_entropy.
type CrossEntropy struct {
	Smooth  float64   `net:"smooth,min=0,max=0.999999" doc:"share of the target that is spread over all classes"`
	Weights []float64 `net:"weights,min=0" doc:"weight of each class"`
	Ignore  int       `net:"ignore,min=0,max=2147483647" doc:"label of the images or pixels to leave out"`
	Soft    bool      `net:"soft,flag" doc:"compare with a probability for each class instead of a label"`
}

// NoLabel is the Ignore of a cross_entropy that leaves nothing out.
const NoLabel = -1

func crossEntropy() *ir.Loss {
	return &ir.Loss{
		Name: "cross_entropy",
		Doc: "−log softmax(scores) at the label, as a mean over images, or over pixels when the output is a map; " +
			"with class weights, divided by the weights of the labels.",
		Source: "Bridle 1990; smooth: Szegedy et al. 2016",
		New:    func() any { return &CrossEntropy{Ignore: NoLabel} },
		Labels: func(attrs any) bool { return !attrs.(*CrossEntropy).Soft },
		Check: func(c *ir.Context, attrs any, on *ir.Value) {
			a := attrs.(*CrossEntropy)
			if a.Soft && a.Ignore != NoLabel {
				c.Errorf(diag.DoesNotApply, "ignore", "with `soft` there is no label to leave out").WithHelp("keep one of them")
			}
			classes, known := on.Shape.Channels().Known()
			if !known || !c.Has("weights") {
				return
			}
			if len(a.Weights) != classes {
				c.Errorf(diag.OutOfRange, "weights", "there are %d weights for the %d classes of `%s`", len(a.Weights), classes, on.Name).
					WithSecondary(on.Span, "made here").
					WithHelp("give one weight for each class, in order of the classes")
				return
			}
			if sum(a.Weights) == 0 {
				c.Errorf(diag.OutOfRange, "weights", "all weights are 0, so nothing would be learnt").
					WithHelp("give the classes that count a weight above 0")
			}
		},
		Lower: func(e *ir.Emitter, o *ir.Objective) int {
			a := o.Attrs.(*CrossEntropy)
			if a.Soft {
				return softCrossEntropy(e, o, a)
			}
			shape := ir.Storage(e.Batch, o.On.Shape)
			last := len(shape) - 1
			label := e.Input(ir.Label, plan.I32, shape[:last]...)
			k := &kernel.CrossEntropy{
				N: e.Len(label), Classes: shape[last], Weight: o.Weight, Smooth: a.Smooth, ClassWeights: a.Weights,
			}
			if a.Ignore != NoLabel {
				k.Skips, k.Ignore = true, int32(a.Ignore)
			}
			loss := e.Temp("value", plan.F32, 1)
			e.Step(k, loss, lossGradient(e, o), e.Value(o.On), label)
			return loss
		},
	}
}

// softCrossEntropy emits the loss against probabilities.
func softCrossEntropy(e *ir.Emitter, o *ir.Objective, a *CrossEntropy) int {
	shape := ir.Storage(e.Batch, o.On.Shape)
	classes := shape[len(shape)-1]
	return againstTarget(e, o, &kernel.SoftCrossEntropy{
		N: e.Len(e.Value(o.On)) / classes, Classes: classes, Weight: o.Weight, Smooth: a.Smooth, ClassWeights: a.Weights,
	})
}

// lossGradient is the buffer of what an objective adds to its output's gradient.
func lossGradient(e *ir.Emitter, o *ir.Objective) int {
	if !e.Training {
		return plan.None
	}
	return e.Contribute(o.On)
}

func sum(list []float64) float64 {
	s := 0.0
	for _, v := range list {
		s += v
	}
	return s
}
