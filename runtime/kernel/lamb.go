package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// LAMB is one update of layer-wise adaptive moments, in two passes over memory.
//
// Shapes: w, mean, square, dw of Len; rate and step of one element. step counts
// the finished updates, so that this one is number t = step+1.
// Formula: mean = Beta1·mean + (1-Beta1)·dw; square = Beta2·square +
// (1-Beta2)·dw²; u = mean/(1-Beta1ᵗ) / (√(square/(1-Beta2ᵗ)) + Eps) + Decay·w;
// w -= rate·‖w‖/‖u‖·u, the quotient 1 unless Adapt or where a norm is 0. Norms
// are summed as by SumSquares. Error: one rounding an operation.
// Source: Y. You et al., "Large batch optimization for deep learning: training
// BERT in 76 minutes", ICLR 2020: algorithm 2, with φ the identity.
type LAMB struct {
	Len   int
	Beta1 float64
	Beta2 float64
	Eps   float32
	Decay float32
	Adapt bool
}

// Scratch is the room for the sums of all tiles, of w and of u.
func (k *LAMB) Scratch() int { return 4 * elemTiles(k.Len) }

// Run updates w, mean and square.
func (k *LAMB) Run(p *par.Pool, w, mean, square, dw, rate []float32, step []int64) {
	checkLen("lamb", "w", len(w), k.Len)
	checkLen("lamb", "mean", len(mean), k.Len)
	checkLen("lamb", "square", len(square), k.Len)
	checkLen("lamb", "dw", len(dw), k.Len)
	checkLen("lamb", "rate", len(rate), 1)
	checkLen("lamb", "step", len(step), 1)
	tiles := elemTiles(k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = w, mean, square, dw
	t.F[4], t.F[5] = p.Scratch(0)[:2*tiles], p.Scratch(0)[2*tiles:4*tiles]
	correct1, correct2 := adamCorrections(k.Beta1, k.Beta2, step[0])
	t.L[0], t.L[1] = floatBits(1/correct1), floatBits(1/math.Sqrt(correct2))
	p.Run(tiles, lambMomentsTile, t)
	ratio := 1.0
	if k.Adapt {
		size, length := math.Sqrt(total(t.F[4], tiles)), math.Sqrt(total(t.F[5], tiles))
		if size != 0 && length != 0 {
			ratio = size / length
		}
	}
	t.X = float32(float64(rate[0]) * ratio)
	p.Run(tiles, lambTile, t)
}

// lambMomentsTile updates both moments and sums the squares of w and of u.
func lambMomentsTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LAMB)
	lo, hi := elemSpan(i, k.Len)
	w, mean, square, dw := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi], t.F[3][lo:hi]
	beta1, fresh1 := float32(k.Beta1), float32(1-k.Beta1)
	beta2, fresh2 := float32(k.Beta2), float32(1-k.Beta2)
	correct1, root2 := float32(bitsFloat(t.L[0])), float32(bitsFloat(t.L[1]))
	size, length := 0.0, 0.0
	for j, g := range dw {
		mean[j] = float32(beta1*mean[j]) + float32(fresh1*g)
		square[j] = float32(beta2*square[j]) + float32(fresh2*float32(g*g))
		u := float64(k.direction(w[j], mean[j], square[j], correct1, root2))
		size += float64(w[j]) * float64(w[j])
		length += u * u
	}
	putFloat64(t.F[4], i, size)
	putFloat64(t.F[5], i, length)
}

func lambTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LAMB)
	lo, hi := elemSpan(i, k.Len)
	w, mean, square := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi]
	correct1, root2 := float32(bitsFloat(t.L[0])), float32(bitsFloat(t.L[1]))
	for j := range w {
		w[j] -= float32(t.X * k.direction(w[j], mean[j], square[j], correct1, root2))
	}
}

// direction is u of the formula.
func (k *LAMB) direction(w, mean, square, correct1, root2 float32) float32 {
	return float32(mean*correct1)/(float32(sqrt32(square)*root2)+k.Eps) + float32(k.Decay*w)
}

// Call runs the kernel on views in the order of Operands.
func (k *LAMB) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].I64)
}

// Operands describes the arguments of Run.
func (k *LAMB) Operands() []plan.Operand {
	return []plan.Operand{
		update("w", k.Len), update("mean", k.Len), update("square", k.Len),
		read("dw", k.Len), read("rate", 1), typed(read("step", 1), plan.I64),
	}
}
