package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// even says that pixels are pairs of channels.
func (s *NormShape) even() bool { return s.C%2 == 0 }

// MomentsBF16 is Moments on bf16.
//
// Shapes: as Moments, x in bf16. Order and error: as there.
type MomentsBF16 Moments

// BF16 is the form for bf16.
func (k *Moments) BF16(func(int) bool) plan.Kernel {
	if !k.even() {
		return nil
	}
	return (*MomentsBF16)(k)
}

// Run sets moments from x.
func (k *MomentsBF16) Run(p *par.Pool, moments []float32, x []uint16, work []float32) {
	checkLen("moments bf16", "moments", len(moments), k.momentsLen())
	checkLen("moments bf16", "x", len(x), k.len())
	checkLen("moments bf16", "work", len(work), (*Moments)(k).WorkLen())
	t := par.Task{Kernel: (*Moments)(k)}
	t.F[0], t.H[0], t.F[2] = moments, x, work
	p.Run(k.N*k.chunks(), momentsHalfChunk, t)
	p.Run(k.N*k.groupBlocks(), momentsMerge, t)
}

func momentsHalfChunk(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Moments)
	_, _, lo, hi := k.chunk(i)
	x := t.H[0][lo:hi]
	mean, squares := k.partials(t.F[2], i)
	clear(mean)
	simd.HalfSum(mean, x)
	rows := float32(len(x) / k.C)
	for c := range mean {
		mean[c] /= rows
	}
	clear(squares)
	simd.HalfSquares(squares, x, mean)
}

// Call runs the kernel on views in the order of Operands.
func (k *MomentsBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].H, a[2].F32) }

// Operands describes the arguments of Run.
func (k *MomentsBF16) Operands() []plan.Operand {
	ops := (*Moments)(k).Operands()
	ops[1] = half(ops[1])
	return ops
}

// NormalizeBF16 is Normalize on bf16.
//
// Shapes: as Normalize; y, x and z in bf16. Formula, order and error: as there,
// before the rounding of y, for functions of limits only.
type NormalizeBF16 Normalize

// BF16 is the form for bf16.
func (k *Normalize) BF16(func(int) bool) plan.Kernel {
	if !k.even() || k.Fn.late() {
		return nil
	}
	return (*NormalizeBF16)(k)
}

// Scratch is the room for the scale and the shift of each channel.
func (k *NormalizeBF16) Scratch() int { return 2 * k.C }

// Run sets y from x.
func (k *NormalizeBF16) Run(p *par.Pool, y, x []uint16, moments, w, b []float32, z []uint16) {
	checkLen("normalize bf16", "y", len(y), k.len())
	checkLen("normalize bf16", "x", len(x), k.len())
	checkLen("normalize bf16", "moments", len(moments), k.momentsLen())
	checkChannels("normalize bf16", "w", w, k.C)
	checkChannels("normalize bf16", "b", b, k.C)
	if z != nil {
		checkLen("normalize bf16", "z", len(z), k.len())
	}
	t := par.Task{Kernel: k}
	t.H[0], t.H[1], t.F[2], t.F[3], t.F[4], t.H[2] = y, x, moments, w, b, z
	p.Run(k.N*k.chunks(), normalizeHalfTile, t)
}

func normalizeHalfTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBF16)
	n, _, lo, hi := k.chunk(i)
	mean, a, _ := k.moments(t.F[2], n)
	a, b := affine(a, t.F[3], t.F[4], p.Scratch(worker))
	z := t.H[2]
	if z != nil {
		z = z[lo:hi]
	}
	simd.HalfNorm(t.H[0][lo:hi], t.H[1][lo:hi], mean, a, b, z, k.Fn.clamp())
}

// Call runs the kernel on views in the order of Operands.
func (k *NormalizeBF16) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].H, a[1].H, a[2].F32, a[3].F32, a[4].F32, a[5].H)
}

// InPlace says that y may lie where x does.
func (k *NormalizeBF16) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *NormalizeBF16) Operands() []plan.Operand {
	ops := (*Normalize)(k).Operands()
	ops[0], ops[1], ops[5] = half(ops[0]), half(ops[1]), half(ops[5])
	return ops
}

// NormalizeBackwardBF16 is NormalizeBackward on bf16.
//
// Shapes: as NormalizeBackward; dx, dy and x in bf16. Order and error: as there,
// before the rounding of dx.
type NormalizeBackwardBF16 NormalizeBackward

// BF16 is the form for bf16.
func (k *NormalizeBackward) BF16(func(int) bool) plan.Kernel {
	if !k.even() {
		return nil
	}
	return (*NormalizeBackwardBF16)(k)
}

// Scratch is the room for the scale and the shift of each channel, and a vector of
// zeros.
func (k *NormalizeBackwardBF16) Scratch() int { return 3 * k.C }

// Run sets those of dx, dw and db that are not nil.
func (k *NormalizeBackwardBF16) Run(p *par.Pool, dx []uint16, dw, db []float32, dy, x []uint16, moments, w, b, work []float32) {
	if dx != nil {
		checkLen("normalize backward bf16", "dx", len(dx), k.len())
	}
	checkChannels("normalize backward bf16", "dw", dw, k.C)
	checkChannels("normalize backward bf16", "db", db, k.C)
	checkLen("normalize backward bf16", "dy", len(dy), k.len())
	checkLen("normalize backward bf16", "x", len(x), k.len())
	checkLen("normalize backward bf16", "moments", len(moments), k.momentsLen())
	checkChannels("normalize backward bf16", "w", w, k.C)
	checkChannels("normalize backward bf16", "b", b, k.C)
	checkLen("normalize backward bf16", "work", len(work), (*NormalizeBackward)(k).WorkLen())
	t := par.Task{Kernel: (*NormalizeBackward)(k)}
	t.H[0], t.F[1], t.F[2], t.H[1], t.H[2], t.F[5], t.F[6], t.F[7], t.F[8] = dx, dw, db, dy, x, moments, w, work, b
	if dw != nil || db != nil || !k.Fixed {
		p.Run(k.N*k.chunks(), normalizeHalfSums, t)
		p.Run(k.N*k.groupBlocks(), normalizeMerge, t)
		if dw != nil || db != nil {
			p.Run((k.C+mergeChannels-1)/mergeChannels, normalizeWeights, t)
		}
	}
	if dx != nil {
		p.Run(k.N*k.chunks(), normalizeHalfData, t)
	}
}

// gateOf is the scale and the shift of each channel for Gate, else nil.
func (k *NormalizeBackward) gateOf(t *par.Task, inv, scratch []float32) (a, b []float32) {
	if !k.Gate {
		return nil, nil
	}
	return affine(inv, t.F[6], t.F[8], scratch)
}

// normalizeHalfSums leaves Σdy and Σdy·(x-mean) of a chunk.
func normalizeHalfSums(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, _, lo, hi := k.chunk(i)
	mean, inv, _ := k.moments(t.F[5], n)
	sum, dot := k.partials(t.F[7], i)
	a, b := k.gateOf(t, inv, p.Scratch(worker))
	clear(sum)
	clear(dot)
	simd.HalfDots(sum, dot, t.H[1][lo:hi], t.H[2][lo:hi], mean, a, b)
}

func normalizeHalfData(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, _, lo, hi := k.chunk(i)
	mean, inv, _ := k.moments(t.F[5], n)
	scratch := p.Scratch(worker)
	dx, dy := t.H[0][lo:hi], t.H[1][lo:hi]
	if k.Fixed {
		scale, _ := affine(inv, t.F[6], nil, scratch)
		zero := scratch[2*k.C:][:k.C]
		clear(zero)
		simd.HalfNorm(dx, dy, zero, scale, zero, nil, simd.Clamp{})
		return
	}
	c, q, s, _, _ := k.coefficients(t.F[7], n)
	a, b := k.gateOf(t, inv, scratch)
	simd.HalfGrad(dx, dy, t.H[2][lo:hi], mean, c, q, s, a, b)
}

// Call runs the kernel on views in the order of Operands.
func (k *NormalizeBackwardBF16) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].H, a[1].F32, a[2].F32, a[3].H, a[4].H, a[5].F32, a[6].F32, a[7].F32, a[8].F32)
}

// InPlace says that dx may lie where dy does.
func (k *NormalizeBackwardBF16) InPlace() (dst, src int) { return 0, 3 }

// Operands describes the arguments of Run.
func (k *NormalizeBackwardBF16) Operands() []plan.Operand {
	ops := (*NormalizeBackward)(k).Operands()
	ops[0], ops[3], ops[4] = half(ops[0]), half(ops[3]), half(ops[4])
	return ops
}
