package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// LARS is one update of layer-wise adaptive rate scaling.
//
// Shapes: w, momentum, dw of Len; rate of one element. Formula:
// local = Trust·‖w‖/(‖dw‖ + Decay·‖w‖), or 1 unless Adapt or where ‖w‖ or ‖dw‖
// is 0; momentum = Momentum·momentum + rate·local·(dw + Decay·w);
// w -= momentum. Norms are those of SumSquares. Error: one rounding an operation.
// Source: Y. You, I. Gitman, B. Ginsburg, "Large batch training of convolutional
// networks", 2017: algorithm 1, the rate within the average.
type LARS struct {
	Len      int
	Momentum float32
	Decay    float32
	Trust    float64
	Adapt    bool
}

// Scratch is the room for the sums of all tiles.
func (k *LARS) Scratch() int { return 2 * elemTiles(k.Len) }

// Run updates w and momentum.
func (k *LARS) Run(p *par.Pool, w, momentum, dw, rate []float32) {
	checkLen("lars", "w", len(w), k.Len)
	checkLen("lars", "momentum", len(momentum), k.Len)
	checkLen("lars", "dw", len(dw), k.Len)
	checkLen("lars", "rate", len(rate), 1)
	local := 1.0
	if k.Adapt {
		size := math.Sqrt(sumSquares(p, w, p.Scratch(0)))
		slope := math.Sqrt(sumSquares(p, dw, p.Scratch(0)))
		if size != 0 && slope != 0 {
			local = k.Trust * size / (slope + float64(k.Decay)*size)
		}
	}
	t := par.Task{Kernel: k, X: float32(float64(rate[0]) * local)}
	t.F[0], t.F[1], t.F[2] = w, momentum, dw
	p.Run(elemTiles(k.Len), larsTile, t)
}

func larsTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LARS)
	lo, hi := elemSpan(i, k.Len)
	w, momentum, dw := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi]
	for j := range w {
		m := float32(k.Momentum*momentum[j]) + float32(t.X*(dw[j]+float32(k.Decay*w[j])))
		momentum[j] = m
		w[j] -= m
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *LARS) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *LARS) Operands() []plan.Operand {
	return []plan.Operand{
		update("w", k.Len), update("momentum", k.Len), read("dw", k.Len), read("rate", 1),
	}
}
