package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Average keeps the exponential moving average of a tensor, after an update.
//
// Shapes: average, w of Len; step of one element, the number of finished updates.
// Formula: average = w in step 0, afterwards average += (1-Keep)·(w - average).
// Error: one rounding an operation.
// Source: B. Polyak, A. Juditsky, "Acceleration of stochastic approximation by
// averaging", SIAM J. Control Optim. 30, 1992, in the exponential form.
type Average struct {
	Len  int
	Keep float64
}

// Run updates average.
func (k *Average) Run(p *par.Pool, average, w []float32, step []int64) {
	checkLen("average", "average", len(average), k.Len)
	checkLen("average", "w", len(w), k.Len)
	checkLen("average", "step", len(step), 1)
	if step[0] == 0 {
		copy(average, w)
		return
	}
	t := par.Task{Kernel: k, X: float32(1 - k.Keep)}
	t.F[0], t.F[1] = average, w
	p.Run(elemTiles(k.Len), averageTile, t)
}

func averageTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	average, w := t.F[0][lo:hi], t.F[1][lo:hi]
	w = w[:len(average)]
	for j, a := range average {
		average[j] = a + float32(t.X*(w[j]-a))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Average) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].I64) }

// Operands describes the arguments of Run.
func (k *Average) Operands() []plan.Operand {
	return []plan.Operand{update("average", k.Len), read("w", k.Len), typed(read("step", 1), plan.I64)}
}

// Copy copies a tensor.
//
// Shapes: dst, src of Len.
type Copy struct{ Len int }

// Run sets dst.
func (k *Copy) Run(p *par.Pool, dst, src []float32) {
	checkLen("copy", "dst", len(dst), k.Len)
	checkLen("copy", "src", len(src), k.Len)
	copy(dst, src)
}

// Call runs the kernel on views in the order of Operands.
func (k *Copy) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Copy) Operands() []plan.Operand {
	return []plan.Operand{write("dst", k.Len), read("src", k.Len)}
}
