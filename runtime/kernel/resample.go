package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Sampling says which positions of an axis an output position is made of.
type Sampling uint8

// The samplings of an axis of size in by one of size out, for output position i.
const (
	Nearest  Sampling = iota // position ⌊i·in/out⌋
	Bilinear                 // between the neighbours of max((i+½)·in/out − ½, 0)
	Corners                  // between the neighbours of i·(in−1)/(out−1), so that both ends meet
	Reflect                  // i − pad, mirrored at the first and the last position
)

// GoName is the constant's name, for generated code.
func (s Sampling) GoName() string {
	return [...]string{"Nearest", "Bilinear", "Corners", "Reflect"}[s]
}

// ResampleShape is the geometry of a change of a map's size from H by W to P by
// Q; PadT and PadL count for Reflect only, where each is less than the size.
type ResampleShape struct {
	N, H, W, C, P, Q int
	Sampling         Sampling
	PadT, PadL       int
}

func (s *ResampleShape) xLen() int { return s.N * s.H * s.W * s.C }
func (s *ResampleShape) yLen() int { return s.N * s.P * s.Q * s.C }

// source is the two positions that output position i is made of, and the weight
// of the second.
func (s *ResampleShape) source(i, in, out, pad int) (lo, hi int, weight float32) {
	var at float64
	switch s.Sampling {
	case Nearest:
		lo = i * in / out
		return lo, lo, 0
	case Reflect:
		lo = i - pad
		if lo < 0 {
			lo = -lo
		}
		if lo >= in {
			lo = 2*(in-1) - lo
		}
		return lo, lo, 0
	case Bilinear:
		at = max(float64((float64(i)+0.5)*float64(in))/float64(out)-0.5, 0)
	case Corners:
		at = float64(i*(in-1)) / float64(max(1, out-1))
	}
	lo = min(int(math.Floor(at)), in-1)
	if lo == in-1 {
		return lo, lo, 0
	}
	return lo, lo + 1, float32(at - float64(lo))
}

func (s *ResampleShape) row(p int) (lo, hi int, weight float32) { return s.source(p, s.H, s.P, s.PadT) }
func (s *ResampleShape) col(q int) (lo, hi int, weight float32) { return s.source(q, s.W, s.Q, s.PadL) }

// Resample makes a map of another size.
//
// Shapes: y N,P,Q,C; x N,H,W,C. Formula, with rows h0, h1 and weight u of p, and
// columns w0, w1 and weight v of q: y[n,p,q,c] = (1−u)·((1−v)·x[h0,w0] +
// v·x[h0,w1]) + u·((1−v)·x[h1,w0] + v·x[h1,w1]); what has weight 0 is not read.
// Error: one rounding an operation, and one for each weight.
type Resample struct{ ResampleShape }

// Run sets y from x.
func (k *Resample) Run(p *par.Pool, y, x []float32) {
	checkLen("resample", "y", len(y), k.yLen())
	checkLen("resample", "x", len(x), k.xLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.N*k.P, k.Q*k.C), resampleTile, t)
}

func resampleTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Resample)
	first, last := rowSpan(i, k.N*k.P, k.Q*k.C)
	for r := first; r < last; r++ {
		h0, h1, u := k.row(r % k.P)
		top := t.F[1][(r/k.P*k.H+h0)*k.W*k.C:][:k.W*k.C]
		bottom := t.F[1][(r/k.P*k.H+h1)*k.W*k.C:][:k.W*k.C]
		for q := range k.Q {
			w0, w1, v := k.col(q)
			y := t.F[0][(r*k.Q+q)*k.C:][:k.C]
			a, b := top[w0*k.C:][:k.C], top[w1*k.C:][:k.C]
			d, e := bottom[w0*k.C:][:k.C], bottom[w1*k.C:][:k.C]
			switch {
			case u == 0 && v == 0:
				copy(y, a)
			case u == 0:
				between(y, a, b, v)
			case v == 0:
				between(y, a, d, u)
			default:
				for c := range y {
					upper := float32((1-v)*a[c]) + float32(v*b[c])
					lower := float32((1-v)*d[c]) + float32(v*e[c])
					y[c] = float32((1-u)*upper) + float32(u*lower)
				}
			}
		}
	}
}

// between sets y to a point between a and b; weight is b's.
func between(y, a, b []float32, weight float32) {
	for c := range y {
		y[c] = float32((1-weight)*a[c]) + float32(weight*b[c])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Resample) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Resample) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.yLen()), read("x", k.xLen())}
}

// ResampleBackward is the gradient of Resample.
//
// Shapes: dx N,H,W,C; dy N,P,Q,C. Formula: dx[n,h,w,c] is the sum of dy[n,p,q,c]
// times the weight that (h, w) has in it. Order: from zero over p, q ascending,
// the first of two columns before the second. Error: one rounding an operation.
type ResampleBackward struct{ ResampleShape }

// Run sets dx from dy.
func (k *ResampleBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("resample backward", "dx", len(dx), k.xLen())
	checkLen("resample backward", "dy", len(dy), k.yLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	p.Run(rowTiles(k.N*k.H, k.W*k.C), resampleBackwardTile, t)
}

// resampleBackwardTile gathers the output rows that each of its rows is part of.
func resampleBackwardTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ResampleBackward)
	first, last := rowSpan(i, k.N*k.H, k.W*k.C)
	for r := first; r < last; r++ {
		dx := t.F[0][r*k.W*k.C:][:k.W*k.C]
		clear(dx)
		for p := range k.P {
			h0, h1, u := k.row(p)
			switch r % k.H {
			case h0:
				u = 1 - u
			case h1:
			default:
				continue
			}
			k.addRow(dx, t.F[1][(r/k.H*k.P+p)*k.Q*k.C:][:k.Q*k.C], u)
		}
	}
}

// addRow adds one row of dy, times u, to the row of dx that it was made of.
func (k *ResampleBackward) addRow(dx, dy []float32, u float32) {
	for q := range k.Q {
		w0, w1, v := k.col(q)
		g := dy[q*k.C:][:k.C]
		axpy(dx[w0*k.C:], g, u*(1-v))
		if w1 != w0 {
			axpy(dx[w1*k.C:], g, u*v)
		}
	}
}

// axpy adds a·x to y.
func axpy(y, x []float32, a float32) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += float32(a * v)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ResampleBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ResampleBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.xLen()), read("dy", k.yLen())}
}
