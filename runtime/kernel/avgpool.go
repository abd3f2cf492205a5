package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// AvgPool takes the mean of each window.
//
// Shapes: y N,P,Q,C; x N,H,W,C. Formula: y[n,p,q,c] = Σ/count, the sum over the
// taps inside the map in row-major order; count is the number of these taps,
// or, with CountPad, of those inside the map and its padding (PadT, PadB, PadL,
// PadR). Error: one rounding an addition and one for the division. A window
// without a tap gives 0.
type AvgPool struct {
	PoolShape
	CountPad   bool
	PadB, PadR int // used with CountPad only
}

// count is the divisor of a run of windows.
func (k *AvgPool) count(s *span) float32 {
	r, c := s.row.R, s.row.S
	if k.CountPad {
		r0, r1 := clip(s.h+k.PadT, k.R, k.DilH, k.PadT+k.H+k.PadB)
		s0, s1 := clip(s.w+k.PadL, k.S, k.DilW, k.PadL+k.W+k.PadR)
		r, c = r1-r0, s1-s0
	}
	return float32(max(1, r*c))
}

// Run sets y from x.
func (k *AvgPool) Run(p *par.Pool, y, x []float32) {
	checkLen("avg pool", "y", len(y), k.outLen())
	checkLen("avg pool", "x", len(x), k.inLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(k.rowTiles(), avgPoolTile, t)
}

func avgPoolTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*AvgPool)
	lo, hi := k.rowSpan(i)
	for j := lo; j < hi; j++ {
		n, row := j/k.P, j%k.P
		y := t.F[0][n*k.P*k.Q*k.C:]
		x := t.F[1][n*k.H*k.W*k.C:]
		for q := 0; q < k.Q; {
			s := k.span(row, q)
			s.row.Mean(y[s.y:], x[s.x:], k.count(&s))
			q += s.row.N
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *AvgPool) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *AvgPool) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.outLen()), read("x", k.inLen())}
}

// AvgPoolBackward is the gradient of the AvgPool with the same fields.
//
// Shapes: dx N,H,W,C; dy N,P,Q,C. Formula: dx is the sum of dy/count over the
// windows that cover the element, in row-major order of the output. Error: one
// rounding a division and an addition.
type AvgPoolBackward struct {
	PoolShape
	CountPad   bool
	PadB, PadR int // used with CountPad only
}

// Run sets dx from dy.
func (k *AvgPoolBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("avg pool backward", "dx", len(dx), k.inLen())
	checkLen("avg pool backward", "dy", len(dy), k.outLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	p.Run(k.mapTiles(), avgPoolBackwardTile, t)
}

func avgPoolBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := (*AvgPool)(t.Kernel.(*AvgPoolBackward))
	n, lo, hi := k.mapTile(i)
	size := k.H * k.W * k.C
	dx := t.F[0][n*size : (n+1)*size]
	dy := t.F[1][n*k.P*k.Q*k.C+lo:]
	k.zeroMap(dx, lo, hi)
	for j := range k.P {
		for q := 0; q < k.Q; {
			s := k.span(j, q)
			s.row.C = hi - lo
			s.row.MeanGrad(dx[s.x+lo:], dy[s.y:], k.count(&s))
			q += s.row.N
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *AvgPoolBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *AvgPoolBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.inLen()), read("dy", k.outLen())}
}
