package check

import (
	"fmt"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/train"
)

// EMA is the setting of ema.
type EMA struct {
	Decay float64 `net:"decay,pos,required,min=0,max=0.9999999" doc:"share of the averages that a step keeps; 0 for no averages"`
}

// ema reads `ema(decay=0.999)`.
func (r *recipe) ema(e *dsl.Entry) {
	if e.Args == nil || len(e.Values) > 0 || e.Body != nil {
		r.form(e, "the share that the averages keep, between parentheses")
		return
	}
	var a EMA
	if _, ok := r.decode(e.Key, e.Args, &a); !ok {
		return
	}
	r.method.Average, r.meanText = a.Decay, ""
	if a.Decay > 0 {
		r.meanText = "; " + canonical("ema", &a, &EMA{})
	}
}

// accumulate reads `accumulate 4`: the parts in which a batch is worked on.
func (r *recipe) accumulate(e *dsl.Entry) {
	if n, ok := r.whole(e, 1, 1<<16); ok {
		r.method.Parts, r.out.Run.Parts = int(n), int(n)
	}
}

// partsOfBatch reports a batch that cannot be cut as accumulate asks.
func (r *recipe) partsOfBatch() {
	parts, batch := r.out.Run.Parts, r.out.Run.Batch
	if parts <= 1 || batch == 0 || batch%parts == 0 {
		return
	}
	r.errorf(diag.DoesNotApply, r.force["accumulate"].Span, "a batch of %d cannot be cut into %d equal parts", batch, parts).
		WithSecondary(r.force["batch"].Span, "the images of a step").
		WithHelp(fmt.Sprintf("choose a batch such as %d", (batch/parts+1)*parts))
}

// cyclesMomentum finds out whether the schedule varies the momentum, and
// whether the optimizer has one.
func (r *recipe) cyclesMomentum() {
	c, ok := r.out.Run.Schedule.(train.Cycler)
	r.method.Cycled = ok && c.Cycles()
	o := r.method.Optimizer
	if !r.method.Cycled || o == nil {
		return
	}
	if o.Momentum == nil || o.Momentum(r.method.Attrs) == 0 {
		r.errorf(diag.DoesNotApply, r.force["schedule"].Span, "the schedule varies the momentum, and `%s` has none here", o.Name).
			WithSecondary(r.force["optimizer"].Span, "the optimizer").
			WithHelp("take sgd with a momentum, adam or adamw; or leave `momentum` out of the schedule")
	}
}
