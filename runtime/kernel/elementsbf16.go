package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// pieceElems is the number of elements that are made float32 at once: what two
// operands take stays in a level-1 cache.
const pieceElems = 2048

// halfTiles runs a body on pieces of n elements of bf16: it has two of them as
// float32, and leaves the result in the first.
func halfTiles(p *par.Pool, worker, i, n int, y, a, b []uint16, body func(t *par.Task, a, b []float32), t *par.Task) {
	scratch := p.Scratch(worker)
	lo, hi := elemSpan(i, n)
	for ; lo < hi; lo += pieceElems {
		m := min(pieceElems, hi-lo)
		v, w := scratch[:m], scratch[pieceElems:][:m]
		simd.Widen(v, a[lo:lo+m])
		if b != nil {
			simd.Widen(w, b[lo:lo+m])
		}
		body(t, v, w)
		simd.Narrow(y[lo:lo+m], v)
	}
}

// AddBF16 is Add on bf16: y, a and b are, and y is rounded to it.
type AddBF16 Add

// BF16 is the form for bf16.
func (k *Add) BF16(func(int) bool) plan.Kernel {
	if k.Len%2 != 0 {
		return nil
	}
	return (*AddBF16)(k)
}

// Run sets y from a and b.
func (k *AddBF16) Run(p *par.Pool, y, a, b []uint16) {
	checkLen("add bf16", "y", len(y), k.Len)
	checkLen("add bf16", "a", len(a), k.Len)
	checkLen("add bf16", "b", len(b), k.Len)
	t := par.Task{Kernel: k}
	t.H[0], t.H[1], t.H[2] = y, a, b
	p.Run(elemTiles(k.Len), addHalfTile, t)
}

func addHalfTile(_ *par.Pool, t *par.Task, _, i int) {
	lo, hi := elemSpan(i, len(t.H[0]))
	simd.HalfAdd(t.H[0][lo:hi], t.H[1][lo:hi], t.H[2][lo:hi])
}

// Call runs the kernel on views in the order of Operands.
func (k *AddBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].H, a[2].H) }

// InPlace says that y may lie where a does.
func (k *AddBF16) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *AddBF16) Operands() []plan.Operand { return halves((*Add)(k).Operands()) }

// halves is operands that are all bf16.
func halves(ops []plan.Operand) []plan.Operand {
	for i := range ops {
		ops[i] = half(ops[i])
	}
	return ops
}

// ActivationBF16 is Activation on bf16: y and x are, and y is rounded to it.
type ActivationBF16 Activation

// BF16 is the form for bf16.
func (k *Activation) BF16(func(int) bool) plan.Kernel {
	if k.Len%2 != 0 {
		return nil
	}
	return (*ActivationBF16)(k)
}

// Scratch is the room for a piece.
func (k *ActivationBF16) Scratch() int { return 2 * pieceElems }

// Run sets y from x.
func (k *ActivationBF16) Run(p *par.Pool, y, x []uint16) {
	checkLen("activation bf16", "y", len(y), k.Len)
	checkLen("activation bf16", "x", len(x), k.Len)
	t := par.Task{Kernel: k}
	t.H[0], t.H[1] = y, x
	p.Run(elemTiles(k.Len), activationHalfTile, t)
}

func activationHalfTile(p *par.Pool, t *par.Task, worker, i int) {
	halfTiles(p, worker, i, len(t.H[0]), t.H[0], t.H[1], nil, activationHalf, t)
}

func activationHalf(t *par.Task, x, _ []float32) {
	activations[t.Kernel.(*ActivationBF16).Fn].forward(x, x)
}

// Call runs the kernel on views in the order of Operands.
func (k *ActivationBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].H) }

// InPlace says that y may lie where x does.
func (k *ActivationBF16) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *ActivationBF16) Operands() []plan.Operand { return halves((*Activation)(k).Operands()) }

// ActivationBackwardBF16 is ActivationBackward on bf16: all operands are, and dx
// is rounded to it.
type ActivationBackwardBF16 ActivationBackward

// BF16 is the form for bf16.
func (k *ActivationBackward) BF16(func(int) bool) plan.Kernel {
	if k.Len%2 != 0 {
		return nil
	}
	return (*ActivationBackwardBF16)(k)
}

// Scratch is the room for a piece of dy and of what the gradient is taken from.
func (k *ActivationBackwardBF16) Scratch() int { return 2 * pieceElems }

// Run sets dx from dy and the output or input.
func (k *ActivationBackwardBF16) Run(p *par.Pool, dx, dy, at []uint16) {
	checkLen("activation backward bf16", "dx", len(dx), k.Len)
	checkLen("activation backward bf16", "dy", len(dy), k.Len)
	checkLen("activation backward bf16", "at", len(at), k.Len)
	t := par.Task{Kernel: k}
	t.H[0], t.H[1], t.H[2] = dx, dy, at
	p.Run(elemTiles(k.Len), activationBackwardHalfTile, t)
}

func activationBackwardHalfTile(p *par.Pool, t *par.Task, worker, i int) {
	if t.Kernel.(*ActivationBackwardBF16).Fn == ReLU {
		lo, hi := elemSpan(i, len(t.H[0]))
		simd.HalfReLUGrad(t.H[0][lo:hi], t.H[1][lo:hi], t.H[2][lo:hi])
		return
	}
	halfTiles(p, worker, i, len(t.H[0]), t.H[0], t.H[1], t.H[2], activationBackwardHalf, t)
}

func activationBackwardHalf(t *par.Task, dy, at []float32) {
	activations[t.Kernel.(*ActivationBackwardBF16).Fn].grad(dy, dy, at)
}

// Call runs the kernel on views in the order of Operands.
func (k *ActivationBackwardBF16) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].H, a[1].H, a[2].H)
}

// InPlace says that dx may lie where dy does.
func (k *ActivationBackwardBF16) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *ActivationBackwardBF16) Operands() []plan.Operand {
	return halves((*ActivationBackward)(k).Operands())
}
