package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// point says that the sweep has a single output pixel of a single tap: it is the
// product of a vector and a matrix, whose cost is to read the weights.
func (s *sweep) point() bool {
	return s.N*s.P*s.Q == 1 && s.H*s.W == 1 && s.R == 1 && s.S == 1 && s.OrgH == 0 && s.OrgW == 0 &&
		s.Panels.Groups == 1 && s.Panels.Taps == 1 && !s.Panels.Depthwise
}

// products is the number of tasks of such a sweep.
func (s *sweep) products() int {
	return max(1, min(s.want(), s.Panels.count()))
}

func productTask(_ *par.Pool, t *par.Task, _, i int) {
	c := t.Kernel.(geometry).conv()
	s := c.forward()
	parts, count := s.products(), s.Panels.count()
	e := epilogueOf(t.Kernel.(plan.Kernel), t.F[3], t.F[4])
	y := t.F[0][s.Out:]
	if e.z != nil {
		e.z = e.z[s.Out:]
	}
	s.Panels.product(i*count/parts, (i+1)*count/parts, y, t.F[1], t.F[2], &e)
}

// product computes the columns of panels lo … hi-1 of y, the product of a vector
// and weights of one tap and group: the wide panels together, and the last of a layer
// by itself where it is narrow.
func (l *panels) product(lo, hi int, y, x, packed []float32, e *epilogue) {
	first, last := l.at(lo), l.at(hi-1)
	from, to := first.Col, last.Col+last.N
	wide := to
	if last.Width < simd.Cols {
		wide = last.Col
	}
	if wide > from {
		t := simd.Gemv{
			X: x, W: packed[first.Start*l.Rows:], Y: y[from:], T: l.Rows, WP: l.Rows * simd.Cols,
			N: wide - from, Clamp: e.fn.clamp(),
		}
		if e.b != nil {
			t.B = e.b[from:]
		}
		if e.z != nil {
			t.Z = e.z[from:]
		}
		t.Run()
	}
	if wide < to {
		var zero [1]int
		t := simd.Tile{
			X: x, W: packed[last.Start*l.Rows:], Y: y[wide:], XOff: zero[:], YOff: zero[:],
			R: 1, S: 1, T: l.Rows, XT: 1, WT: last.Width, N: last.N, Clamp: e.fn.clamp(),
		}
		if e.b != nil {
			t.B = e.b[wide:]
		}
		if e.z != nil {
			t.Z = e.z[wide:]
		}
		t.Run(1)
	}
	if e.fn.late() {
		e.fn.apply(y[from:], to-from, 1, to-from)
	}
}
