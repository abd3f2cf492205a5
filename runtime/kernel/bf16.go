package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// The kernels for bf16 read and write activations, and their gradients, as bf16;
// everything else stays float32: weights, their gradients, statistics, sums. Each
// is the form of a kernel for float32, has its operands in its order but for
// absent ones at the end, and rounds once to bf16 what it writes so. VDPBF16PS and its twin, simd.PairTile, give
// their products.

// HasBF16 says whether this machine and build multiply bf16 in hardware. Others
// get the same bits, slowly.
func HasBF16() bool { return simd.HasBF16() }

// Halver is a kernel with a form for bf16.
type Halver interface {
	// BF16 is the form for a step that has the operands it is told of, or nil
	// where there is none.
	BF16(has func(operand int) bool) plan.Kernel
}

// paired is the number of channels of a pixel in bf16: rounded up to pairs, the
// one beyond the last being zero.
func paired(channels int) int { return (channels + 1) / 2 * 2 }

func half(o plan.Operand) plan.Operand { return typed(o, plan.BF16) }

// Narrow rounds to bf16.
//
// Shapes: y Rows, C rounded up to an even number; x Rows,C. Formula: y is x to
// nearest, ties to even, a subnormal number becoming zero; a channel beyond C is 0.
// Error: 2⁻⁸ of x.
type Narrow struct{ Rows, C int }

// Run sets y from x.
func (k *Narrow) Run(p *par.Pool, y []uint16, x []float32) {
	checkLen("narrow", "y", len(y), k.Rows*paired(k.C))
	checkLen("narrow", "x", len(x), k.Rows*k.C)
	t := par.Task{Kernel: k}
	t.H[0], t.F[0] = y, x
	p.Run(elemTiles(len(y)), narrowTile, t)
}

func narrowTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Narrow)
	to := paired(k.C)
	if to == k.C {
		lo, hi := elemSpan(i, len(t.H[0]))
		simd.Narrow(t.H[0][lo:hi], t.F[0][lo:hi])
		return
	}
	tiles := elemTiles(len(t.H[0]))
	for r := i * k.Rows / tiles; r < (i+1)*k.Rows/tiles; r++ {
		row := t.H[0][r*to:][:to]
		simd.Narrow(row, t.F[0][r*k.C:][:k.C])
		row[k.C] = 0
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Narrow) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Narrow) Operands() []plan.Operand {
	return []plan.Operand{half(write("y", k.Rows*paired(k.C))), read("x", k.Rows*k.C)}
}

// Widen makes float32 of bf16, exactly.
//
// Shapes: y, x of Len.
type Widen struct{ Len int }

// Run sets y from x.
func (k *Widen) Run(p *par.Pool, y []float32, x []uint16) {
	checkLen("widen", "y", len(y), k.Len)
	checkLen("widen", "x", len(x), k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.H[0] = y, x
	p.Run(elemTiles(k.Len), widenTile, t)
}

func widenTile(_ *par.Pool, t *par.Task, _, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	simd.Widen(t.F[0][lo:hi], t.H[0][lo:hi])
}

// Call runs the kernel on views in the order of Operands.
func (k *Widen) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].H) }

// Operands describes the arguments of Run.
func (k *Widen) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Len), half(read("x", k.Len))}
}
