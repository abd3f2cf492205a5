package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// pairs says that a convolution has forms for bf16: its outputs are pairs.
func (s *ConvShape) pairs() bool { return s.Groups == 1 && s.K%2 == 0 }

// pitchLen is the length of x in bf16.
func (s *ConvShape) pitchLen() int { return s.N * s.H * s.W * paired(s.C) }

// overPairs is the sweep over pairs of channels.
func (s sweep) overPairs() sweep {
	s.C = paired(s.C) / 2
	s.Panels.Rows = s.C
	s.Pairs = true
	return s
}

// computePairs is compute for pairs of bf16.
func (s *sweep) computePairs(o block, v window, offsets *table, lo, hi int, y, packed []float32, e epilogue) {
	pixels := (o.p1 - o.p0) * (o.q1 - o.q0)
	images := min(o.n1-o.n0, (tablePixels+pixels-1)/pixels, maxPixels/pixels) // of one table
	s.fill(offsets, o, images, &v)

	l := &s.Panels
	t := simd.PairTile{
		XOff: offsets.x[:], YOff: offsets.y[:],
		R: s.R, S: s.S, T: l.Rows, XR: s.DilH * v.row, XS: s.DilW * v.pixel, XT: 1,
		Clamp: e.fn.clamp(),
	}
	if s.DilW == 1 && s.TapCol == 1 && v.pixel == l.Rows { // the taps of a row are one run
		t.S, t.T = min(1, s.S), s.S*l.Rows
	}
	first := s.Out + o.n0*s.OutImage + o.p0*s.OutRow + o.q0*s.OutPixel
	for j := lo; j < hi; j++ {
		c := l.at(j)
		row := l.Rows * c.Width // of the panel, one tap
		t.W = packed[c.Start*l.Taps*l.Rows+s.Tap0*row:]
		t.WR, t.WS, t.WT, t.N = s.TapRow*row, s.TapCol*row, c.Width, c.N
		if e.b != nil {
			t.B = e.b[c.Col:]
		}
		for n := 0; n < o.n1-o.n0; n += images {
			if !s.empty() {
				t.X = v.x[n*v.image:]
			}
			t.H = e.h[first+n*s.OutImage+c.Col:]
			t.Run(pixels * min(images, o.n1-o.n0-n))
		}
	}
}

// ConvForwardBF16 is ConvForward on bf16, without z and Pitch.
//
// Shapes: y N,P,Q,K; x N,H,W, C rounded up to an even number; packed from
// ConvPackBF16; b K or nil. Order: from zero over r, s and pairs of c ascending,
// of a pair the second first, one rounding a product; then b; then f, a function
// of limits only.
// Error: at most (R·S·C + 1)·2⁻²⁴ of Σ|x·w| + |b|, before f and the rounding of y.
type ConvForwardBF16 struct {
	ConvShape
	Fn Fn
}

// BF16 is the form for bf16.
func (k *ConvForward) BF16(has func(int) bool) plan.Kernel {
	if !k.pairs() || k.Fn.late() || k.Pitch != 0 || has(4) {
		return nil
	}
	return &ConvForwardBF16{k.ConvShape, k.Fn}
}

func (k *ConvForwardBF16) function() Fn { return k.Fn }

func (k *ConvForwardBF16) sweep() sweep { return k.forward().overPairs() }

// Run sets y.
func (k *ConvForwardBF16) Run(p *par.Pool, y, x, packed []uint16, b []float32) {
	s := k.sweep()
	checkLen("conv forward bf16", "y", len(y), k.yLen())
	checkLen("conv forward bf16", "x", len(x), k.pitchLen())
	checkLen("conv forward bf16", "packed", len(packed), 2*s.Panels.len())
	checkChannels("conv forward bf16", "b", b, k.K)
	t := par.Task{Kernel: k}
	t.H[0], t.F[1], t.F[2], t.F[3] = y, simd.Pairs(x), simd.Pairs(packed), b
	p.Run(s.tasks(), forwardPairsTask, t)
}

func forwardPairsTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*ConvForwardBF16)
	s := k.sweep()
	s.task(i, nil, t.F[1], t.F[2], epilogue{b: t.F[3], fn: k.Fn, h: t.H[0]}, deskOf(p, worker, i))
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvForwardBF16) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].H, a[1].H, a[2].H, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *ConvForwardBF16) Operands() []plan.Operand {
	s := k.sweep()
	return []plan.Operand{
		half(write("y", k.yLen())), half(read("x", k.pitchLen())),
		half(read("packed", 2*s.Panels.len())), optional(read("b", k.K)),
	}
}

// Scratch is the private memory a worker needs.
func (k *ConvForwardBF16) Scratch() int {
	s := k.sweep()
	b := s.split()
	return s.scratch(&b)
}

// ConvBackwardDataBF16 is ConvBackwardData on bf16.
//
// Shapes: dx N,H,W,C, C even; dy N,P,Q,K; packed from ConvPackTransposedBF16.
// Order: from zero over p, q and pairs of k ascending, of a pair the second
// first, one rounding a product. Error: at most R·S·K·2⁻²⁴ of Σ|dy·w|, before the
// rounding of dx.
type ConvBackwardDataBF16 struct{ ConvShape }

// BF16 is the form for bf16.
func (k *ConvBackwardData) BF16(func(int) bool) plan.Kernel {
	if !k.pairs() || k.C%2 != 0 {
		return nil
	}
	return &ConvBackwardDataBF16{k.ConvShape}
}

func (k *ConvBackwardDataBF16) sweep(i int) sweep { return k.backward(i).overPairs() }

// packedLen is the length of packed.
func (k *ConvBackwardDataBF16) packedLen() int {
	s := k.sweep(0)
	return 2 * s.Panels.len()
}

// Run sets dx.
func (k *ConvBackwardDataBF16) Run(p *par.Pool, dx, dy, packed []uint16) {
	checkLen("conv backward data bf16", "dx", len(dx), k.xLen())
	checkLen("conv backward data bf16", "dy", len(dy), k.yLen())
	checkLen("conv backward data bf16", "packed", len(packed), k.packedLen())
	tasks := 0
	for i := range k.phases() {
		s := k.sweep(i)
		tasks += s.tasks()
	}
	t := par.Task{Kernel: k}
	t.H[0], t.F[1], t.F[2] = dx, simd.Pairs(dy), simd.Pairs(packed)
	p.Run(tasks, backwardDataPairsTask, t)
}

func backwardDataPairsTask(p *par.Pool, t *par.Task, worker, i int) {
	k, desk := t.Kernel.(*ConvBackwardDataBF16), deskOf(p, worker, i)
	for j := range k.phases() {
		s := k.sweep(j)
		n := s.tasks()
		if i < n {
			s.task(i, nil, t.F[1], t.F[2], epilogue{h: t.H[0]}, desk)
			return
		}
		i -= n
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvBackwardDataBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].H, a[2].H) }

// Operands describes the arguments of Run.
func (k *ConvBackwardDataBF16) Operands() []plan.Operand {
	return []plan.Operand{half(write("dx", k.xLen())), half(read("dy", k.yLen())), half(read("packed", k.packedLen()))}
}

// Scratch is the private memory a worker needs.
func (k *ConvBackwardDataBF16) Scratch() int {
	n := 0
	for i := range k.phases() {
		s := k.sweep(i)
		b := s.split()
		n = max(n, s.scratch(&b))
	}
	return n
}
