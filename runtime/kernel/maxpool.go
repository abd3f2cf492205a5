package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// MaxPool takes the maximum of each window, for inference.
//
// Shapes: y N,P,Q,C; x N,H,W,C. Formula: y[n,p,q,c] = max over the taps inside
// the map, in row-major order; NaN if one of them is. Exact. A window without a
// tap gives -Inf.
type MaxPool struct{ PoolShape }

// Run sets y from x.
func (k *MaxPool) Run(p *par.Pool, y, x []float32) {
	checkLen("max pool", "y", len(y), k.outLen())
	checkLen("max pool", "x", len(x), k.inLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(k.rowTiles(), maxPoolTile, t)
}

func maxPoolTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*MaxPool)
	lo, hi := k.rowSpan(i)
	for j := lo; j < hi; j++ {
		n, row := j/k.P, j%k.P
		y := t.F[0][n*k.P*k.Q*k.C:]
		x := t.F[1][n*k.H*k.W*k.C:]
		for q := 0; q < k.Q; {
			s := k.span(row, q)
			s.row.Max(y[s.y:], x[s.x:])
			q += s.row.N
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *MaxPool) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *MaxPool) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.outLen()), read("x", k.inLen())}
}

// MaxPoolIndex is MaxPool for training: it also tells which tap was taken.
//
// Shapes: y, index N,P,Q,C; x N,H,W,C. Formula: y as MaxPool; index is r·S+s of
// the tap: the first of equals, the last NaN.
type MaxPoolIndex struct{ PoolShape }

// Run sets y and index from x.
func (k *MaxPoolIndex) Run(p *par.Pool, y []float32, index []int32, x []float32) {
	checkLen("max pool", "y", len(y), k.outLen())
	checkLen("max pool", "index", len(index), k.outLen())
	checkLen("max pool", "x", len(x), k.inLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	t.I[0] = index
	p.Run(k.rowTiles(), maxPoolIndexTile, t)
}

func maxPoolIndexTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*MaxPoolIndex)
	lo, hi := k.rowSpan(i)
	for j := lo; j < hi; j++ {
		n, row := j/k.P, j%k.P
		out := n * k.P * k.Q * k.C
		x := t.F[1][n*k.H*k.W*k.C:]
		for q := 0; q < k.Q; {
			s := k.span(row, q)
			s.row.MaxIndex(t.F[0][out+s.y:], t.I[0][out+s.y:], x[s.x:])
			q += s.row.N
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *MaxPoolIndex) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *MaxPoolIndex) Operands() []plan.Operand {
	return []plan.Operand{
		write("y", k.outLen()), typed(write("index", k.outLen()), plan.I32), read("x", k.inLen()),
	}
}

// MaxPoolBackward is the gradient of MaxPoolIndex.
//
// Shapes: dx N,H,W,C; dy, index N,P,Q,C. Formula: dx is the sum of dy over the
// windows that took the element, in row-major order of the output. Error: one
// rounding an addition.
type MaxPoolBackward struct{ PoolShape }

// Run sets dx from dy and index.
func (k *MaxPoolBackward) Run(p *par.Pool, dx, dy []float32, index []int32) {
	checkLen("max pool backward", "dx", len(dx), k.inLen())
	checkLen("max pool backward", "dy", len(dy), k.outLen())
	checkLen("max pool backward", "index", len(index), k.outLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	t.I[0] = index
	p.Run(k.mapTiles(), maxPoolBackwardTile, t)
}

func maxPoolBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*MaxPoolBackward)
	n, lo, hi := k.mapTile(i)
	size := k.H * k.W * k.C
	dx := t.F[0][n*size : (n+1)*size]
	out := n*k.P*k.Q*k.C + lo
	k.zeroMap(dx, lo, hi)
	for j := range k.P {
		for q := 0; q < k.Q; {
			s := k.span(j, q)
			s.row.C = hi - lo
			s.row.MaxGrad(dx[s.x+lo:], t.F[1][out+s.y:], t.I[0][out+s.y:])
			q += s.row.N
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *MaxPoolBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].I32) }

// Operands describes the arguments of Run.
func (k *MaxPoolBackward) Operands() []plan.Operand {
	return []plan.Operand{
		write("dx", k.inLen()), read("dy", k.outLen()), typed(read("index", k.outLen()), plan.I32),
	}
}
