package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// SGD is one update of stochastic gradient descent with momentum and weight
// decay, in one pass over memory.
//
// Shapes: w, momentum, dw of Len; rate, kept and step of one element. momentum is
// nil when Momentum is 0. step counts the finished updates. When Cycled, kept
// stands for Momentum, which is not 0; else it is nil.
// Formula: g = dw + Decay·w; m = g in step 0, afterwards
// Momentum·m + (1-Dampening)·g; the update u is m, or g + Momentum·m with
// Nesterov, or g when Momentum is 0; w -= rate·u. Error: one rounding an
// operation.
// Source: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of
// initialization and momentum in deep learning", ICML 2013, in the form that
// leaves the rate out of the average.
type SGD struct {
	Len       int
	Momentum  float32
	Dampening float32
	Decay     float32
	Nesterov  bool
	Cycled    bool
}

// Run updates w and momentum.
func (k *SGD) Run(p *par.Pool, w, momentum, dw, rate, kept []float32, step []int64) {
	checkLen("sgd", "w", len(w), k.Len)
	checkLen("sgd", "dw", len(dw), k.Len)
	checkLen("sgd", "rate", len(rate), 1)
	checkLen("sgd", "step", len(step), 1)
	if k.Momentum != 0 {
		checkLen("sgd", "momentum", len(momentum), k.Len)
	}
	if k.Cycled {
		checkLen("sgd", "kept", len(kept), 1)
	}
	t := par.Task{Kernel: k, X: rate[0]}
	t.F[0], t.F[1], t.F[2], t.F[3] = w, momentum, dw, kept
	t.L[0] = step[0]
	p.Run(elemTiles(k.Len), sgdTile, t)
}

func sgdTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*SGD)
	lo, hi := elemSpan(i, k.Len)
	w, dw := t.F[0][lo:hi], t.F[2][lo:hi]
	d := simd.Descent{Rate: t.X, Decay: k.Decay, Momentum: k.Momentum, Fresh: 1 - k.Dampening}
	if k.Momentum == 0 {
		d.Step(w, dw)
		return
	}
	if k.Cycled {
		d.Momentum = t.F[3][0]
	}
	m := t.F[1][lo:hi]
	if t.L[0] == 0 {
		clear(m)
		d.Fresh = 1
	}
	if k.Nesterov {
		d.StepNesterov(w, m, dw)
	} else {
		d.StepMomentum(w, m, dw)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *SGD) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].I64)
}

// Operands describes the arguments of Run.
func (k *SGD) Operands() []plan.Operand {
	momentum := update("momentum", k.Len)
	momentum.Optional = k.Momentum == 0
	kept := read("kept", 1)
	kept.Optional = !k.Cycled
	return []plan.Operand{
		update("w", k.Len), momentum, read("dw", k.Len),
		read("rate", 1), kept, typed(read("step", 1), plan.I64),
	}
}

// Count adds one to a counter: the number of finished updates, after the last
// of them.
type Count struct{}

// Run adds one to step.
func (k *Count) Run(p *par.Pool, step []int64) {
	checkLen("count", "step", len(step), 1)
	step[0]++
}

// Call runs the kernel on views in the order of Operands.
func (k *Count) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].I64) }

// Operands describes the arguments of Run.
func (k *Count) Operands() []plan.Operand {
	return []plan.Operand{typed(update("step", 1), plan.I64)}
}

// Zero sets a counter of steps, or the total of SumSquares, to 0.
//
// Shapes: step of one element.
type Zero struct{}

// Run sets step to 0.
func (k *Zero) Run(p *par.Pool, step []int64) {
	checkLen("zero", "step", len(step), 1)
	step[0] = 0
}

// Call runs the kernel on views in the order of Operands.
func (k *Zero) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].I64) }

// Operands describes the arguments of Run.
func (k *Zero) Operands() []plan.Operand {
	return []plan.Operand{{Name: "step", DType: plan.I64, Len: 1, Access: plan.Write}}
}
