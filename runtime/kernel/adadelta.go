package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// AdaDelta is one update of AdaDelta, in one pass over memory.
//
// Shapes: w, square, delta, dw of Len; rate of one element.
// Formula: g = dw + Decay·w; square = Rho·square + (1-Rho)·g²;
// u = √(delta + Eps)/√(square + Eps)·g; delta = Rho·delta + (1-Rho)·u²;
// w -= rate·u. Error: one rounding an operation.
// Source: M. Zeiler, "ADADELTA: an adaptive learning rate method", 2012.
type AdaDelta struct {
	Len   int
	Rho   float64
	Eps   float32
	Decay float32
}

// Run updates w, square and delta.
func (k *AdaDelta) Run(p *par.Pool, w, square, delta, dw, rate []float32) {
	checkLen("adadelta", "w", len(w), k.Len)
	checkLen("adadelta", "square", len(square), k.Len)
	checkLen("adadelta", "delta", len(delta), k.Len)
	checkLen("adadelta", "dw", len(dw), k.Len)
	checkLen("adadelta", "rate", len(rate), 1)
	t := par.Task{Kernel: k, X: rate[0]}
	t.F[0], t.F[1], t.F[2], t.F[3] = w, square, delta, dw
	p.Run(elemTiles(k.Len), adadeltaTile, t)
}

func adadeltaTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*AdaDelta)
	lo, hi := elemSpan(i, k.Len)
	w, square, delta, dw := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi], t.F[3][lo:hi]
	rho, fresh := float32(k.Rho), float32(1-k.Rho)
	for j := range w {
		g := dw[j] + float32(k.Decay*w[j])
		s := float32(rho*square[j]) + float32(fresh*float32(g*g))
		square[j] = s
		u := float32(sqrt32(delta[j]+k.Eps) / sqrt32(s+k.Eps) * g)
		delta[j] = float32(rho*delta[j]) + float32(fresh*float32(u*u))
		w[j] -= float32(t.X * u)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *AdaDelta) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *AdaDelta) Operands() []plan.Operand {
	return []plan.Operand{
		update("w", k.Len), update("square", k.Len), update("delta", k.Len),
		read("dw", k.Len), read("rate", 1),
	}
}
