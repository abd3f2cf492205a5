package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// AdaGrad is one update of AdaGrad, in one pass over memory.
//
// Shapes: w, sum, dw of Len; rate and step of one element. step counts the
// finished updates. Formula: g = dw + Decay·w; sum += g²;
// w -= rate/(1 + step·RateDecay) · g/(√sum + Eps). Error: one rounding an
// operation.
// Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods", JMLR
// 2011, in the form PyTorch gives it.
type AdaGrad struct {
	Len       int
	Eps       float32
	Decay     float32
	RateDecay float64
}

// Run updates w and sum.
func (k *AdaGrad) Run(p *par.Pool, w, sum, dw, rate []float32, step []int64) {
	checkLen("adagrad", "w", len(w), k.Len)
	checkLen("adagrad", "sum", len(sum), k.Len)
	checkLen("adagrad", "dw", len(dw), k.Len)
	checkLen("adagrad", "rate", len(rate), 1)
	checkLen("adagrad", "step", len(step), 1)
	t := par.Task{Kernel: k, X: float32(float64(rate[0]) / (1 + float64(step[0])*k.RateDecay))}
	t.F[0], t.F[1], t.F[2] = w, sum, dw
	p.Run(elemTiles(k.Len), adagradTile, t)
}

func adagradTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*AdaGrad)
	lo, hi := elemSpan(i, k.Len)
	w, sum, dw := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi]
	for j := range w {
		g := dw[j] + float32(k.Decay*w[j])
		s := sum[j] + float32(g*g)
		sum[j] = s
		w[j] -= float32(t.X * (g / (sqrt32(s) + k.Eps)))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *AdaGrad) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].I64)
}

// Operands describes the arguments of Run.
func (k *AdaGrad) Operands() []plan.Operand {
	return []plan.Operand{
		update("w", k.Len), update("sum", k.Len), read("dw", k.Len),
		read("rate", 1), typed(read("step", 1), plan.I64),
	}
}
