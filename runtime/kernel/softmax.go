package kernel

import (
	"math"

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

// SoftmaxBackward is the gradient of Softmax, from its output.
//
// Shapes: dx, dy, y N,Classes; dx may be dy. Formula: dx[n,j] =
// y[n,j]·(dy[n,j] - Σ dy·y), a float64 sum in order of the classes. Error: three
// roundings.
type SoftmaxBackward struct{ N, Classes int }

// Run sets dx from dy and the output y.
func (k *SoftmaxBackward) Run(p *par.Pool, dx, dy, y []float32) {
	checkLen("softmax backward", "dx", len(dx), k.N*k.Classes)
	checkLen("softmax backward", "dy", len(dy), k.N*k.Classes)
	checkLen("softmax backward", "y", len(y), k.N*k.Classes)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = dx, dy, y
	p.Run(rowTiles(k.N, k.Classes), softmaxBackwardTile, t)
}

func softmaxBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*SoftmaxBackward)
	lo, hi := rowSpan(i, k.N, k.Classes)
	for n := lo; n < hi; n++ {
		dx := t.F[0][n*k.Classes : (n+1)*k.Classes]
		dy, y := t.F[1][n*k.Classes:][:len(dx)], t.F[2][n*k.Classes:][:len(dx)]
		dot := 0.0
		for j, v := range y {
			dot += float64(dy[j]) * float64(v)
		}
		for j, v := range y {
			dx[j] = v * (dy[j] - float32(dot))
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *SoftmaxBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// InPlace says that dx may lie where dy does.
func (k *SoftmaxBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *SoftmaxBackward) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{write("dx", n), read("dy", n), read("y", n)}
}

// LogSoftmax turns each row into logarithms of probabilities.
//
// Shapes: y, x N,Classes; y may be x. Formula: y[n,j] = x[n,j] - (m + ln z) with
// m = max x and z = Σ exp(x[n,j]-m), float64 but for the exponentials, the sum in
// order of the classes. Error: 1e-7 of the exponentials, and one rounding. A
// logit that is NaN or +Inf makes its row NaN.
type LogSoftmax struct{ N, Classes int }

// Scratch is the room for the exponentials of a row.
func (k *LogSoftmax) Scratch() int { return k.Classes }

// Run sets y from x.
func (k *LogSoftmax) Run(p *par.Pool, y, x []float32) {
	checkLen("log softmax", "y", len(y), k.N*k.Classes)
	checkLen("log softmax", "x", len(x), k.N*k.Classes)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.N, k.Classes), logSoftmaxTile, t)
}

func logSoftmaxTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LogSoftmax)
	lo, hi := rowSpan(i, k.N, k.Classes)
	e := p.Scratch(worker)[:k.Classes]
	for n := lo; n < hi; n++ {
		y, x := t.F[0][n*k.Classes:(n+1)*k.Classes], t.F[1][n*k.Classes:(n+1)*k.Classes]
		shift, z := softmaxSum(e, x)
		all := float64(shift) + math.Log(z)
		for j, v := range x {
			y[j] = float32(float64(v) - all)
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *LogSoftmax) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// InPlace says that y may lie where x does.
func (k *LogSoftmax) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *LogSoftmax) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{write("y", n), read("x", n)}
}

// LogSoftmaxBackward is the gradient of LogSoftmax, from its output.
//
// Shapes: dx, dy, y N,Classes; dx may be dy. Formula: dx[n,j] =
// dy[n,j] - exp(y[n,j])·Σ dy, a float64 sum in order of the classes. Error: the
// exponential 1 ulp, and three roundings.
type LogSoftmaxBackward struct{ N, Classes int }

// Scratch is the room for the exponentials of a row.
func (k *LogSoftmaxBackward) Scratch() int { return k.Classes }

// Run sets dx from dy and the output y.
func (k *LogSoftmaxBackward) Run(p *par.Pool, dx, dy, y []float32) {
	checkLen("log softmax backward", "dx", len(dx), k.N*k.Classes)
	checkLen("log softmax backward", "dy", len(dy), k.N*k.Classes)
	checkLen("log softmax backward", "y", len(y), k.N*k.Classes)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = dx, dy, y
	p.Run(rowTiles(k.N, k.Classes), logSoftmaxBackwardTile, t)
}

func logSoftmaxBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LogSoftmaxBackward)
	lo, hi := rowSpan(i, k.N, k.Classes)
	e := p.Scratch(worker)[:k.Classes]
	for n := lo; n < hi; n++ {
		dx := t.F[0][n*k.Classes : (n+1)*k.Classes]
		dy, y := t.F[1][n*k.Classes:][:len(dx)], t.F[2][n*k.Classes:][:len(dx)]
		sum := 0.0
		for _, v := range dy {
			sum += float64(v)
		}
		simd.Exp(e, y, 0)
		for j, v := range e {
			dx[j] = dy[j] - float32(v*float32(sum))
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *LogSoftmaxBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// InPlace says that dx may lie where dy does.
func (k *LogSoftmaxBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *LogSoftmaxBackward) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{write("dx", n), read("dy", n), read("y", n)}
}
