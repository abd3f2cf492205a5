package kernel

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// CrossEntropy is the mean over the batch of the negative logarithm of the
// softmax at the label, and its gradient.
//
// Shapes: loss of one element; dx, logits N,Classes; label N. dx is nil where
// no gradient is wanted. Formula, with m = max x and z = Σ exp(x[n,j]-m):
// loss = 1/N Σ (ln z + m - x[n,label]);
// dx[n,j] = (exp(x[n,j]-m)/z - [j = label[n]])/N. Both sums are float64, in
// order of the classes and of the samples. Error: each exponential 1 ulp and
// two roundings; the loss 1e-6 of itself and one rounding. A logit that is NaN
// or +Inf makes the loss and its row NaN.
type CrossEntropy struct{ N, Classes int }

// Scratch is the room for the losses of all samples, as pairs whose sum has
// float64's precision, and for the exponentials of one.
func (k *CrossEntropy) Scratch() int { return 2*k.N + k.Classes }

// Run sets loss and, unless it is nil, dx. It panics on a label that is not a
// class.
func (k *CrossEntropy) Run(p *par.Pool, loss, dx, logits []float32, label []int32) {
	checkLen("cross entropy", "loss", len(loss), 1)
	checkLen("cross entropy", "logits", len(logits), k.N*k.Classes)
	checkLen("cross entropy", "label", len(label), k.N)
	if dx != nil {
		checkLen("cross entropy", "dx", len(dx), k.N*k.Classes)
	}
	t := par.Task{Kernel: k}
	losses := p.Scratch(0)[:2*k.N]
	t.F[0], t.F[1], t.F[2] = losses, dx, logits
	t.I[0] = label
	p.Run(rowTiles(k.N, k.Classes), crossEntropyTile, t)
	sum := 0.0
	for n := range k.N {
		sum += float64(losses[2*n]) + float64(losses[2*n+1])
	}
	loss[0] = float32(sum / float64(k.N))
}

func crossEntropyTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*CrossEntropy)
	lo, hi := rowSpan(i, k.N, k.Classes)
	e := p.Scratch(worker)[2*k.N : 2*k.N+k.Classes]
	for n := lo; n < hi; n++ {
		x := t.F[2][n*k.Classes : (n+1)*k.Classes]
		at := int(t.I[0][n])
		if at < 0 || at >= k.Classes {
			panic(fmt.Sprintf("kernel cross entropy: label %d of sample %d, want 0 … %d", at, n, k.Classes-1))
		}
		if t.F[1] != nil {
			e = t.F[1][n*k.Classes : (n+1)*k.Classes]
		}
		shift, z := softmaxSum(e, x)
		v := math.Log(z) + (float64(shift) - float64(x[at]))
		t.F[0][2*n] = float32(v)
		t.F[0][2*n+1] = float32(v - float64(float32(v)))
		if t.F[1] != nil {
			scale := 1 / (z * float64(k.N))
			part := float64(e[at]) / z
			simd.Scale(e, e, float32(scale))
			e[at] = float32((part - 1) / float64(k.N))
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *CrossEntropy) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].I32)
}

// Operands describes the arguments of Run.
func (k *CrossEntropy) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{
		write("loss", 1), optional(write("dx", n)), read("logits", n),
		typed(read("label", k.N), plan.I32),
	}
}

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

// InPlace says that y may lie where x does.
func (k *Softmax) InPlace() (dst, src int) { return 0, 1 }

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
