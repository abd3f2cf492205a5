package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// AdaptiveShape is the geometry of a pooling layer whose output has a given
// size: maps of H by W with C channels give maps of P by Q. Window (p, q) has
// the rows ⌊p·H/P⌋ … ⌈(p+1)·H/P⌉-1, the columns likewise, so neighbours may share
// some; each has at least one.
type AdaptiveShape struct{ N, H, W, C, P, Q int }

// AdaptiveWindow is the range of window i of out over in elements.
func AdaptiveWindow(i, in, out int) (lo, hi int) { return i * in / out, ((i+1)*in + out - 1) / out }

// pool is a pooling layer of about the same work, for its tiles.
func (s *AdaptiveShape) pool() PoolShape {
	return PoolShape{N: s.N, H: s.H, W: s.W, C: s.C, P: s.P, Q: s.Q, R: (s.H + s.P - 1) / s.P, S: (s.W + s.Q - 1) / s.Q}
}

func (s *AdaptiveShape) inLen() int  { return s.N * s.H * s.W * s.C }
func (s *AdaptiveShape) outLen() int { return s.N * s.P * s.Q * s.C }

// window returns output (p, q) for c channels, where in its sample the window
// starts, and how many taps it has.
func (s *AdaptiveShape) window(p, q, c int) (row simd.Row, at, taps int) {
	h0, h1 := AdaptiveWindow(p, s.H, s.P)
	w0, w1 := AdaptiveWindow(q, s.W, s.Q)
	row = simd.Row{N: 1, C: c, R: h1 - h0, RStep: s.W * s.C, S: w1 - w0, SStep: s.C}
	return row, (h0*s.W + w0) * s.C, row.R * row.S
}

// outputs calls f for the windows of the output rows of tile i: x and y are
// where the window and its output start.
func (s *AdaptiveShape) outputs(i int, f func(row simd.Row, x, y, taps int)) {
	shape := s.pool()
	lo, hi := shape.rowSpan(i)
	for j := lo; j < hi; j++ {
		for q := range s.Q {
			row, at, taps := s.window(j%s.P, q, s.C)
			f(row, j/s.P*s.H*s.W*s.C+at, (j*s.Q+q)*s.C, taps)
		}
	}
}

// gradients clears the channels of backward tile i in dx and calls f for their
// windows, in row-major order.
func (s *AdaptiveShape) gradients(i int, dx []float32, f func(row simd.Row, x, y, taps int)) {
	shape := s.pool()
	n, lo, hi := shape.mapTile(i)
	size := s.H * s.W * s.C
	shape.zeroMap(dx[n*size:(n+1)*size], lo, hi)
	for p := range s.P {
		for q := range s.Q {
			row, at, taps := s.window(p, q, hi-lo)
			f(row, n*size+at+lo, ((n*s.P+p)*s.Q+q)*s.C+lo, taps)
		}
	}
}

// AdaptiveAvgPool takes the mean of each window.
//
// Shapes: y N,P,Q,C; x N,H,W,C. Formula: y = Σ/count over the window, in row-major
// order. Error: one rounding an addition and one for the division.
type AdaptiveAvgPool struct{ AdaptiveShape }

// Run sets y from x.
func (k *AdaptiveAvgPool) Run(p *par.Pool, y, x []float32) {
	checkLen("adaptive avg pool", "y", len(y), k.outLen())
	checkLen("adaptive avg pool", "x", len(x), k.inLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	shape := k.pool()
	p.Run(shape.rowTiles(), adaptiveAvgPoolTile, t)
}

func adaptiveAvgPoolTile(p *par.Pool, t *par.Task, worker, i int) {
	t.Kernel.(*AdaptiveAvgPool).outputs(i, func(row simd.Row, x, y, taps int) {
		row.Mean(t.F[0][y:], t.F[1][x:], float32(taps))
	})
}

// Call runs the kernel on views in the order of Operands.
func (k *AdaptiveAvgPool) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *AdaptiveAvgPool) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.outLen()), read("x", k.inLen())}
}

// AdaptiveAvgPoolBackward is the gradient of AdaptiveAvgPool.
//
// Shapes: dx N,H,W,C; dy N,P,Q,C. Formula: dx is the sum of dy/count over the
// windows that cover the element, in row-major order of the output. Error: one
// rounding a division and an addition.
type AdaptiveAvgPoolBackward struct{ AdaptiveShape }

// Run sets dx from dy.
func (k *AdaptiveAvgPoolBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("adaptive avg pool backward", "dx", len(dx), k.inLen())
	checkLen("adaptive avg pool backward", "dy", len(dy), k.outLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	shape := k.pool()
	p.Run(shape.mapTiles(), adaptiveAvgPoolBackwardTile, t)
}

func adaptiveAvgPoolBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	dx := t.F[0]
	t.Kernel.(*AdaptiveAvgPoolBackward).gradients(i, dx, func(row simd.Row, x, y, taps int) {
		row.MeanGrad(dx[x:], t.F[1][y:], float32(taps))
	})
}

// Call runs the kernel on views in the order of Operands.
func (k *AdaptiveAvgPoolBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *AdaptiveAvgPoolBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.inLen()), read("dy", k.outLen())}
}

// AdaptiveMaxPool takes the maximum of each window, and notes its place for
// AdaptiveMaxPoolBackward.
//
// Shapes: y N,P,Q,C; index as y, or nil; x N,H,W,C. Formula: the first of equals
// in row-major order, and NaN if there is one; index is its number in the
// window. Exact.
type AdaptiveMaxPool struct{ AdaptiveShape }

// Run sets y and, unless it is nil, index.
func (k *AdaptiveMaxPool) Run(p *par.Pool, y []float32, index []int32, x []float32) {
	checkLen("adaptive max pool", "y", len(y), k.outLen())
	checkLen("adaptive max pool", "x", len(x), k.inLen())
	if index != nil {
		checkLen("adaptive max pool", "index", len(index), k.outLen())
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.I[0] = y, x, index
	shape := k.pool()
	p.Run(shape.rowTiles(), adaptiveMaxPoolTile, t)
}

func adaptiveMaxPoolTile(p *par.Pool, t *par.Task, worker, i int) {
	t.Kernel.(*AdaptiveMaxPool).outputs(i, func(row simd.Row, x, y, taps int) {
		if t.I[0] == nil {
			row.Max(t.F[0][y:], t.F[1][x:])
			return
		}
		row.MaxIndex(t.F[0][y:], t.I[0][y:], t.F[1][x:])
	})
}

// Call runs the kernel on views in the order of Operands.
func (k *AdaptiveMaxPool) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *AdaptiveMaxPool) Operands() []plan.Operand {
	return []plan.Operand{
		write("y", k.outLen()), optional(typed(write("index", k.outLen()), plan.I32)), read("x", k.inLen()),
	}
}

// AdaptiveMaxPoolBackward is the gradient of AdaptiveMaxPool.
//
// Shapes: dx N,H,W,C; dy, index N,P,Q,C. Formula: dx is the sum of dy over the
// windows whose maximum the element is, in row-major order of the output. Error:
// one rounding an addition.
type AdaptiveMaxPoolBackward struct{ AdaptiveShape }

// Run sets dx from dy and index.
func (k *AdaptiveMaxPoolBackward) Run(p *par.Pool, dx, dy []float32, index []int32) {
	checkLen("adaptive max pool backward", "dx", len(dx), k.inLen())
	checkLen("adaptive max pool backward", "dy", len(dy), k.outLen())
	checkLen("adaptive max pool backward", "index", len(index), k.outLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.I[0] = dx, dy, index
	shape := k.pool()
	p.Run(shape.mapTiles(), adaptiveMaxPoolBackwardTile, t)
}

func adaptiveMaxPoolBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	dx := t.F[0]
	t.Kernel.(*AdaptiveMaxPoolBackward).gradients(i, dx, func(row simd.Row, x, y, taps int) {
		row.MaxGrad(dx[x:], t.F[1][y:], t.I[0][y:])
	})
}

// Call runs the kernel on views in the order of Operands.
func (k *AdaptiveMaxPoolBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].I32)
}

// Operands describes the arguments of Run.
func (k *AdaptiveMaxPoolBackward) Operands() []plan.Operand {
	return []plan.Operand{
		write("dx", k.inLen()), read("dy", k.outLen()), typed(read("index", k.outLen()), plan.I32),
	}
}
