package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// RMSProp is one update of RMSprop, in one pass over memory.
//
// Shapes: w, square, mean, momentum, dw of Len; rate of one element. mean is
// nil unless Centered, momentum where Momentum is 0.
// Formula: g = dw + Decay·w; square = Alpha·square + (1-Alpha)·g²; v = square,
// or when Centered mean = Alpha·mean + (1-Alpha)·g and v = max(square-mean², 0);
// u = g/(√v + Eps); with Momentum, momentum = Momentum·momentum + u and u is
// that; w -= rate·u. Error: one rounding an operation; when Centered the
// difference loses what square and mean² share.
// Source: T. Tieleman, G. Hinton, "Lecture 6.5: RMSprop", 2012; A. Graves,
// "Generating sequences with recurrent neural networks", 2013; Eps stands
// outside of the root as in PyTorch.
type RMSProp struct {
	Len      int
	Alpha    float64
	Eps      float32
	Decay    float32
	Momentum float32
	Centered bool
}

// Run updates w, square, mean and momentum.
func (k *RMSProp) Run(p *par.Pool, w, square, mean, momentum, dw, rate []float32) {
	checkLen("rmsprop", "w", len(w), k.Len)
	checkLen("rmsprop", "square", len(square), k.Len)
	checkLen("rmsprop", "dw", len(dw), k.Len)
	checkLen("rmsprop", "rate", len(rate), 1)
	if k.Centered {
		checkLen("rmsprop", "mean", len(mean), k.Len)
	}
	if k.Momentum != 0 {
		checkLen("rmsprop", "momentum", len(momentum), k.Len)
	}
	t := par.Task{Kernel: k, X: rate[0]}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = w, square, mean, momentum, dw
	p.Run(elemTiles(k.Len), rmspropTile, t)
}

func rmspropTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*RMSProp)
	lo, hi := elemSpan(i, k.Len)
	w, square, dw := t.F[0][lo:hi], t.F[1][lo:hi], t.F[4][lo:hi]
	alpha, fresh := float32(k.Alpha), float32(1-k.Alpha)
	for j := range w {
		g := dw[j] + float32(k.Decay*w[j])
		v := float32(alpha*square[j]) + float32(fresh*float32(g*g))
		square[j] = v
		if k.Centered {
			m := float32(alpha*t.F[2][lo+j]) + float32(fresh*g)
			t.F[2][lo+j] = m
			v = max(v-float32(m*m), 0)
		}
		u := g / (sqrt32(v) + k.Eps)
		if k.Momentum != 0 {
			u += float32(k.Momentum * t.F[3][lo+j])
			t.F[3][lo+j] = u
		}
		w[j] -= float32(t.X * u)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *RMSProp) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].F32)
}

// Operands describes the arguments of Run.
func (k *RMSProp) Operands() []plan.Operand {
	mean, momentum := update("mean", k.Len), update("momentum", k.Len)
	mean.Optional, momentum.Optional = !k.Centered, k.Momentum == 0
	return []plan.Operand{
		update("w", k.Len), update("square", k.Len), mean, momentum,
		read("dw", k.Len), read("rate", 1),
	}
}
