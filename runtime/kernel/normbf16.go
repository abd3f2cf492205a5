package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// pieceElems is about the number of elements that are made float32 at once: what
// two operands take stays in a level-1 cache.
const pieceElems = 2048

// pieceRows is the number of rows of such a piece.
func (s *NormShape) pieceRows() int { return max(1, pieceElems/s.C) }

// piece is the elements of a piece.
func (s *NormShape) piece() int { return s.pieceRows() * s.C }

// even says that pixels are pairs of channels.
func (s *NormShape) even() bool { return s.C%2 == 0 }

// MomentsBF16 is Moments on bf16.
//
// Shapes: as Moments, x in bf16. Order: as there, but that the rows of a chunk
// fall into pieces, whose sums are added in order. Error: as there.
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
	part := p.Scratch(worker)[:k.C]
	wide := p.Scratch(worker)[k.C:][:k.piece()]
	clear(mean)
	clear(squares)
	for at := 0; at < len(x); at += len(wide) {
		v := wide[:min(len(wide), len(x)-at)]
		simd.Widen(v, x[at:][:len(v)])
		simd.ColumnSum(part, v)
		simd.Add(mean, mean, part)
	}
	rows := float32(len(x) / k.C)
	for c := range mean {
		mean[c] /= rows
	}
	for at := 0; at < len(x); at += len(wide) {
		v := wide[:min(len(wide), len(x)-at)]
		simd.Widen(v, x[at:][:len(v)])
		simd.ColumnSquares(part, v, mean)
		simd.Add(squares, squares, part)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *MomentsBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].H, a[2].F32) }

// Scratch is the room for a piece and its sums.
func (k *MomentsBF16) Scratch() int { return k.C + k.piece() }

// Operands describes the arguments of Run.
func (k *MomentsBF16) Operands() []plan.Operand {
	ops := (*Moments)(k).Operands()
	ops[1] = half(ops[1])
	return ops
}

// NormalizeBF16 is Normalize on bf16.
//
// Shapes: as Normalize; y, x and z in bf16. Formula, order and error: as there,
// before the rounding of y.
type NormalizeBF16 Normalize

// BF16 is the form for bf16.
func (k *Normalize) BF16(func(int) bool) plan.Kernel {
	if !k.even() {
		return nil
	}
	return (*NormalizeBF16)(k)
}

// Scratch is the room for the scale and the shift of each channel, and for pieces
// of x and z.
func (k *NormalizeBF16) Scratch() int { return 2*k.C + 2*k.piece() }

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
	scratch := p.Scratch(worker)
	a, b := affine(a, t.F[3], t.F[4], scratch)
	wide, more := scratch[2*k.C:][:k.piece()], scratch[2*k.C+k.piece():][:k.piece()]
	for at := lo; at < hi; at += len(wide) {
		end := min(at+len(wide), hi)
		v := wide[:end-at]
		simd.Widen(v, t.H[1][at:end])
		var z []float32
		if t.H[2] != nil {
			z = more[:len(v)]
			simd.Widen(z, t.H[2][at:end])
		}
		simd.ColumnNorm(v, v, mean, a, b, z, k.Fn.clamp())
		if k.Fn.late() {
			k.Fn.apply(v, len(v), 1, len(v))
		}
		simd.Narrow(t.H[0][at:end], v)
	}
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
// with the sums of MomentsBF16, and dx rounded once more.
type NormalizeBackwardBF16 NormalizeBackward

// BF16 is the form for bf16.
func (k *NormalizeBackward) BF16(func(int) bool) plan.Kernel {
	if !k.even() {
		return nil
	}
	return (*NormalizeBackwardBF16)(k)
}

// Scratch is the room for the scale and the shift of each channel, for the sums
// of a piece, and for pieces of dy and x.
func (k *NormalizeBackwardBF16) Scratch() int { return 4*k.C + 2*k.piece() }

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

// halfPieces is the room for pieces of dy and x.
func (k *NormalizeBackward) halfPieces(p *par.Pool, worker int) (dy, x []float32) {
	v := p.Scratch(worker)[4*k.C:]
	return v[:k.piece()], v[k.piece():][:k.piece()]
}

// normalizeHalfSums leaves Σdy and Σdy·(x-mean) of a chunk.
func normalizeHalfSums(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, _, lo, hi := k.chunk(i)
	mean, inv, _ := k.moments(t.F[5], n)
	sum, dot := k.partials(t.F[7], i)
	scratch := p.Scratch(worker)
	a, b := affine(inv, t.F[6], t.F[8], scratch)
	s, d := scratch[2*k.C:][:k.C], scratch[3*k.C:][:k.C]
	dy, x := k.halfPieces(p, worker)
	clear(sum)
	clear(dot)
	for at := lo; at < hi; at += k.piece() {
		m := min(k.piece(), hi-at)
		simd.Widen(dy[:m], t.H[1][at:at+m])
		simd.Widen(x[:m], t.H[2][at:at+m])
		if k.Gate {
			simd.ColumnDotsGate(s, d, dy[:m], x[:m], mean, a, b)
		} else {
			simd.ColumnDots(s, d, dy[:m], x[:m], mean)
		}
		simd.Add(sum, sum, s)
		simd.Add(dot, dot, d)
	}
}

func normalizeHalfData(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*NormalizeBackward)
	n, _, lo, hi := k.chunk(i)
	mean, inv, _ := k.moments(t.F[5], n)
	c, q, s, _, _ := k.coefficients(t.F[7], n)
	scratch := p.Scratch(worker)
	a, b := affine(inv, t.F[6], t.F[8], scratch)
	if k.Fixed {
		clear(scratch[3*k.C:][:k.C])
	}
	zero := scratch[3*k.C:][:k.C]
	dy, x := k.halfPieces(p, worker)
	for at := lo; at < hi; at += k.piece() {
		m := min(k.piece(), hi-at)
		g := dy[:m]
		simd.Widen(g, t.H[1][at:at+m])
		if !k.Fixed {
			simd.Widen(x[:m], t.H[2][at:at+m])
		}
		switch {
		case k.Fixed:
			simd.ColumnAffine(g, g, zero, a, zero)
		case k.Gate:
			simd.ColumnGradGate(g, g, x[:m], mean, c, q, s, a, b)
		default:
			simd.ColumnGrad(g, g, x[:m], mean, c, q, s)
		}
		simd.Narrow(t.H[0][at:at+m], g)
	}
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
