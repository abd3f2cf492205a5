package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Softmax turns each row into probabilities.
//
// Shapes: y, x N,Classes; y may be x. Formula: y[n,j] = exp(x[n,j]-m)/z with
// m = max x and z = Σ exp(x[n,j]-m), a float64 sum in order of the classes.
// Error: the exponential 1 ulp and two roundings. A logit that is NaN
// or +Inf makes its row NaN.
type Softmax struct{ N, Classes int }

// Run sets y from x.
func (k *Softmax) Run(p *par.Pool, y, x []float32) {
	checkLen("softmax", "y", len(y), k.N*k.Classes)
	checkLen("softmax", "x", len(x), k.N*k.Classes)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.N, k.Classes), softmaxTile, t)
}

func softmaxTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Softmax)
	lo, hi := rowSpan(i, k.N, k.Classes)
	for n := lo; n < hi; n++ {
		y := t.F[0][n*k.Classes : (n+1)*k.Classes]
		_, z := softmaxSum(y, t.F[1][n*k.Classes:(n+1)*k.Classes])
		simd.Scale(y, y, float32(1/z))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Softmax) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Softmax) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{write("y", n), read("x", n)}
}

// softmaxSum sets e to exp(x-shift) with shift the largest of x, and returns
// that and the sum of e. A NaN anywhere reaches the sum.
func softmaxSum(e, x []float32) (shift float32, z float64) {
	shift = x[0]
	for _, v := range x[1:] {
		if v > shift {
			shift = v
		}
	}
	simd.Exp(e, x, shift)
	for _, v := range e {
		z += float64(v)
	}
	return shift, z
}

// rowTiles is the number of tiles of n rows of c elements, split between rows.
func rowTiles(n, c int) int {
	rows := max(1, elemTile/4/c)
	return (n + rows - 1) / rows
}

// rowSpan is the range of rows of tile i.
func rowSpan(i, n, c int) (lo, hi int) {
	rows := max(1, elemTile/4/c)
	return i * rows, min((i+1)*rows, n)
}
