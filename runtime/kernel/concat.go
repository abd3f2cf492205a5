package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Concat copies one operand of a concatenation to its channels. As many of
// them as there are operands make the whole; no order is needed.
//
// Shapes: y Rows,Of; x Rows,C, where a row is a pixel, or a sample of a vector.
// Formula: y[i, At+c] = x[i,c], exact; the other channels of y are kept.
type Concat struct {
	Rows int
	C    int // channels of x
	Of   int // channels of y
	At   int // the first of them that x fills
}

// Run sets channels At … At+C-1 of y from x.
func (k *Concat) Run(p *par.Pool, y, x []float32) {
	checkLen("concat", "y", len(y), k.Rows*k.Of)
	checkLen("concat", "x", len(x), k.Rows*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.Rows, k.C), concatTile, t)
}

func concatTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Concat)
	lo, hi := rowSpan(i, k.Rows, k.C)
	for r := lo; r < hi; r++ {
		copy(t.F[0][r*k.Of+k.At:][:k.C], t.F[1][r*k.C:])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Concat) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Concat) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Rows*k.Of), read("x", k.Rows*k.C)}
}

// ConcatBackward is the gradient of a concatenation by one operand.
//
// Shapes: dx Rows,C; dy Rows,Of. Formula: dx[i,c] = dy[i, At+c], exact.
type ConcatBackward struct {
	Rows int
	C    int // channels of dx
	Of   int // channels of dy
	At   int // the first of them that belongs to dx
}

// Run sets dx from dy.
func (k *ConcatBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("concat backward", "dx", len(dx), k.Rows*k.C)
	checkLen("concat backward", "dy", len(dy), k.Rows*k.Of)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	p.Run(rowTiles(k.Rows, k.C), concatBackwardTile, t)
}

func concatBackwardTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ConcatBackward)
	lo, hi := rowSpan(i, k.Rows, k.C)
	for r := lo; r < hi; r++ {
		copy(t.F[0][r*k.C:][:k.C], t.F[1][r*k.Of+k.At:])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ConcatBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConcatBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.Rows*k.C), read("dy", k.Rows*k.Of)}
}
