package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// MultiMargin is the multi-class hinge loss, and its gradient.
//
// Shapes: loss of one element; dx, x N,Classes; label N. dx is nil where no
// gradient is wanted. Formula, with t = label[n]:
// loss = Weight/(N·Classes) Σ max(0, Margin - x[n,t] + x[n,j]) over n and j ≠ t;
// dx is the derivative, 0 at the kinks. Sums are float64, in order. Error: two
// roundings.
// Source: K. Crammer, Y. Singer, "On the algorithmic implementation of multiclass
// kernel-based vector machines", JMLR 2001, summed over classes as PyTorch does.
type MultiMargin struct {
	N, Classes int
	Margin     float64
	Weight     float64 // of this loss among others
}

// Scratch is the room for the losses of all tiles.
func (k *MultiMargin) Scratch() int { return 2 * rowTiles(k.N, k.Classes) }

// Run sets loss and, unless it is nil, dx. It panics on a label that is not a
// class.
func (k *MultiMargin) Run(p *par.Pool, loss, dx, x []float32, label []int32) {
	checkLen("multi margin", "loss", len(loss), 1)
	checkLen("multi margin", "x", len(x), k.N*k.Classes)
	checkLen("multi margin", "label", len(label), k.N)
	if dx != nil {
		checkLen("multi margin", "dx", len(dx), k.N*k.Classes)
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = p.Scratch(0), dx, x
	t.I[0] = label
	tiles := rowTiles(k.N, k.Classes)
	p.Run(tiles, multiMarginTile, t)
	loss[0] = float32(k.scale() * total(t.F[0], tiles))
}

func (k *MultiMargin) scale() float64 { return k.Weight / float64(k.N*k.Classes) }

func multiMarginTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*MultiMargin)
	lo, hi := rowSpan(i, k.N, k.Classes)
	sum, step := 0.0, k.scale()
	for n := lo; n < hi; n++ {
		x, dx := t.F[2][n*k.Classes:(n+1)*k.Classes], []float32(nil)
		if t.F[1] != nil {
			dx = t.F[1][n*k.Classes : (n+1)*k.Classes]
			clear(dx)
		}
		at, over := checkLabel("multi margin", t.I[0][n], n, k.Classes), 0
		for j, v := range x {
			short := k.Margin - float64(x[at]) + float64(v)
			if j == at || short <= 0 {
				continue // NaN counts
			}
			sum += short
			over++
			if dx != nil {
				dx[j] = float32(step)
			}
		}
		if dx != nil {
			dx[at] = float32(-step * float64(over))
		}
	}
	putFloat64(t.F[0], i, sum)
}

// Call runs the kernel on views in the order of Operands.
func (k *MultiMargin) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].I32)
}

// Operands describes the arguments of Run.
func (k *MultiMargin) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{
		write("loss", 1), optional(write("dx", n)), read("x", n), typed(read("label", k.N), plan.I32),
	}
}
