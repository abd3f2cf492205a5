package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConvForwardMoments is ConvForward with the first half of the Moments of y, taken
// of each block of outputs while it is in the caches; ConvMoments does the rest.
//
// Shapes: y N,P,Q,K; partials of ConvMoments; x N,H,W,C; packed from ConvPack; b K
// or nil. Formula, order and error: y of ConvForward; partials as ConvMoments says.
type ConvForwardMoments struct{ ConvShape }

// Run sets y and partials.
func (k *ConvForwardMoments) Run(p *par.Pool, y, partials, x, packed, b []float32) {
	checkLen("conv forward moments", "partials", len(partials), k.partialsLen(0))
	runForward(p, k, "conv forward moments", y, x, packed, b, nil, partials)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvForwardMoments) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *ConvForwardMoments) Operands() []plan.Operand {
	l := k.packed()
	return []plan.Operand{
		write("y", k.yLen()), write("partials", k.partialsLen(0)), read("x", k.xLen()),
		read("packed", l.len()), optional(read("b", k.K)),
	}
}

// Scratch is the private memory a worker needs.
func (k *ConvForwardMoments) Scratch() int {
	s := k.forward()
	b := s.split()
	return s.scratch(&b)
}

// WinogradForwardMoments is ConvForwardMoments by minimal filtering in tiles of
// Tile×Tile outputs, 2 or 4.
//
// Shapes: of ConvForwardMoments, packed from WinogradPack. Formula, order and
// error: y of WinogradForward; partials as ConvMoments says.
type WinogradForwardMoments struct {
	ConvShape
	Tile int
}

func (k *WinogradForwardMoments) pass() winograd { return k.winogradForward(k.Tile) }

// Run sets y and partials.
func (k *WinogradForwardMoments) Run(p *par.Pool, y, partials, x, packed, b []float32) {
	const name = "winograd forward moments"
	checkLen(name, "y", len(y), k.yLen())
	checkLen(name, "partials", len(partials), k.partialsLen(k.Tile))
	checkLen(name, "x", len(x), k.xLen())
	checkChannels(name, "b", b, k.K)
	runWinograd(p, k, y, x, packed, b, nil, partials)
}

// Call runs the kernel on views in the order of Operands.
func (k *WinogradForwardMoments) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *WinogradForwardMoments) Operands() []plan.Operand {
	w := k.pass()
	return []plan.Operand{
		write("y", k.yLen()), write("partials", k.partialsLen(k.Tile)), read("x", k.xLen()),
		read("packed", w.packedLen()), optional(read("b", k.K)),
	}
}

// Scratch is the private memory a worker needs.
func (k *WinogradForwardMoments) Scratch() int { w := k.pass(); return w.scratch() }

// ConvMoments is the Moments of the output of a convolution, over all images and
// pixels of each channel, from the partials that the convolution leaves.
//
// Shapes: moments 3,K as Moments leaves them for one part; partials blocks,2,K: for
// each block of outputs the means, and the sums of squares about them. Tile is that
// of the convolution, 0 of a direct one. Formula: of Moments. Order: a block is
// summed in runs of at most 120 pixels in order, float32, squares about the run's
// own mean, and the runs are joined in order; the blocks, which follow from the
// geometry, are joined in float64. Error: of Moments, with 120 roundings and three
// a run of a block.
// Source: of Moments.
type ConvMoments struct {
	ConvShape
	Tile int
	Eps  float32
}

// TakesMoments estimates whether a convolution in tiles of so many outputs each
// way, or a direct one where 0, that takes the moments of its output is faster than
// a step of its own for them: where the channels of a group are vectors, and the
// outputs are not made as planes, by rows or by one product.
func (s *ConvShape) TakesMoments(tile int) bool {
	if tile > 0 {
		if w := s.winogradForward(tile); w.form != byTile {
			return false
		}
	}
	f := s.forward()
	return !s.Planar() && !f.point() && s.K/s.Groups >= simd.Cols/2
}

// partialsLen is the number of elements of partials.
func (s *ConvShape) partialsLen(tile int) int { return 2 * s.momentBlocks(tile) * s.K }

// momentBlocks is the number of blocks of outputs.
func (s *ConvShape) momentBlocks(tile int) int {
	if tile > 0 {
		w := s.winograd(tile)
		return w.share().blocks
	}
	f := s.forward()
	b := f.split()
	return b.blocks()
}

// PartialsLen is the number of elements of partials.
func (k *ConvMoments) PartialsLen() int { return k.partialsLen(k.Tile) }

// Run sets moments.
func (k *ConvMoments) Run(p *par.Pool, moments, partials []float32) {
	checkLen("conv moments", "moments", len(moments), 3*k.K)
	checkLen("conv moments", "partials", len(partials), k.PartialsLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = moments, partials
	p.Run((k.K+mergeChannels-1)/mergeChannels, convMomentsTask, t)
}

// convMomentsTask joins the blocks of some channels.
func convMomentsTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ConvMoments)
	lo, hi := i*mergeChannels, min((i+1)*mergeChannels, k.K)
	var m, v [mergeChannels]float64
	k.eachBlock(func(rows float64, mean, squares []float32) {
		for c, a := range mean[lo:hi] {
			m[c] += rows * float64(a)
		}
	}, t.F[1])
	count := float64(k.N * k.P * k.Q)
	for c := range m {
		m[c] /= count
	}
	k.eachBlock(func(rows float64, mean, squares []float32) {
		for c, a := range mean[lo:hi] {
			d := float64(a) - m[c]
			v[c] += float64(squares[lo+c]) + float64(float64(rows*d)*d)
		}
	}, t.F[1])
	out := t.F[0]
	for c := lo; c < hi; c++ {
		variance := v[c-lo] / count
		out[c], out[k.K+c], out[2*k.K+c] = float32(m[c-lo]), float32(1/math.Sqrt(variance+float64(k.Eps))), float32(variance)
	}
}

// eachBlock calls f with what each block left, and the number of its pixels.
func (k *ConvMoments) eachBlock(f func(rows float64, mean, squares []float32), partials []float32) {
	at := func(i, rows int) {
		f(float64(rows), partials[2*i*k.K:][:k.K], partials[(2*i+1)*k.K:][:k.K])
	}
	if k.Tile > 0 {
		w := k.winograd(k.Tile)
		c := w.share()
		for i := range c.blocks {
			at(i, w.pixels(i*c.size, min(c.size, w.tiles()-i*c.size)))
		}
		return
	}
	s := k.forward()
	b := s.split()
	for i := range b.blocks() {
		o := s.block(&b, i)
		at(i, (o.n1-o.n0)*(o.p1-o.p0)*(o.q1-o.q0))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvMoments) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ConvMoments) Operands() []plan.Operand {
	return []plan.Operand{write("moments", 3*k.K), read("partials", k.PartialsLen())}
}
