package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Accumulate adds a gradient to the sum of those of one update.
//
// Shapes: sum, dw of Len. Formula: sum += dw, one rounding.
type Accumulate struct{ Len int }

// Run adds dw to sum.
func (k *Accumulate) Run(p *par.Pool, sum, dw []float32) {
	checkLen("accumulate", "sum", len(sum), k.Len)
	checkLen("accumulate", "dw", len(dw), k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = sum, dw
	p.Run(elemTiles(k.Len), accumulateTile, t)
}

func accumulateTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	sum, dw := t.F[0][lo:hi], t.F[1][lo:hi]
	dw = dw[:len(sum)]
	for j := range sum {
		sum[j] += dw[j]
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Accumulate) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Accumulate) Operands() []plan.Operand {
	return []plan.Operand{update("sum", k.Len), read("dw", k.Len)}
}

// Mean takes the mean of the gradients that Accumulate has added up, and begins
// a new sum.
//
// Shapes: dw, sum of Len. Formula: dw = sum/Parts, sum = 0. Error: two roundings.
type Mean struct{ Len, Parts int }

// Run sets dw and clears sum.
func (k *Mean) Run(p *par.Pool, dw, sum []float32) {
	checkLen("mean", "dw", len(dw), k.Len)
	checkLen("mean", "sum", len(sum), k.Len)
	t := par.Task{Kernel: k, X: float32(1 / float64(k.Parts))}
	t.F[0], t.F[1] = dw, sum
	p.Run(elemTiles(k.Len), meanTile, t)
}

func meanTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	dw, sum := t.F[0][lo:hi], t.F[1][lo:hi]
	sum = sum[:len(dw)]
	for j := range dw {
		dw[j], sum[j] = t.X*sum[j], 0
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Mean) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Mean) Operands() []plan.Operand {
	return []plan.Operand{write("dw", k.Len), update("sum", k.Len)}
}

// GroupRate is the learning rate of parameters that have a factor of their own.
//
// Shapes: dst, rate of one element. Formula: dst = Factor·rate, one rounding.
type GroupRate struct{ Factor float64 }

// Run sets dst.
func (k *GroupRate) Run(p *par.Pool, dst, rate []float32) {
	checkLen("group rate", "dst", len(dst), 1)
	checkLen("group rate", "rate", len(rate), 1)
	dst[0] = float32(k.Factor * float64(rate[0]))
}

// Call runs the kernel on views in the order of Operands.
func (k *GroupRate) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *GroupRate) Operands() []plan.Operand {
	return []plan.Operand{write("dst", 1), read("rate", 1)}
}
