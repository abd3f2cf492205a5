package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// LRNShape is the geometry of local response normalisation: Rows pixels of C
// channels, each divided by a power of what the Size channels around it carry.
// The window of channel c is c-⌊Size/2⌋ … c+⌊(Size-1)/2⌋; channels outside count
// as 0. Alpha is divided by Size; K is above 0.
type LRNShape struct {
	Rows, C        int
	Size           int
	Alpha, Beta, K float32
}

func (s *LRNShape) len() int { return s.Rows * s.C }

// lrnElems is about the number of elements in a tile: its intermediate results
// share a level-1 cache.
const lrnElems = 2048

func (s *LRNShape) tileRows() int { return max(1, min(lrnElems/s.C, s.Rows)) }

func (s *LRNShape) tiles() int { return (s.Rows + s.tileRows() - 1) / s.tileRows() }

// tile is the range of elements of tile i.
func (s *LRNShape) tile(i int) (lo, hi int) {
	return i * s.tileRows() * s.C, min((i+1)*s.tileRows(), s.Rows) * s.C
}

// pitch is the distance of pixels in scratch: zeros between them stand for the
// channels outside, so that sums over windows run through all pixels at once.
func (s *LRNShape) pitch() int { return s.C + s.Size - 1 }

// padded is the length of one intermediate result.
func (s *LRNShape) padded() int { return s.tileRows() * s.pitch() }

// windows sets sum to the sums of Size neighbours of v, in order. What lies
// between pixels, and at the end, is no sum of one.
func (s *LRNShape) windows(sum, v []float32) {
	n := len(v) - s.Size + 1
	copy(sum, v[:n])
	for i := 1; i < s.Size; i++ {
		simd.Add(sum[:n], sum[:n], v[i:])
	}
}

// scales sets, for the pixels of x, base to K + Alpha/Size·Σx² over the window
// and power to base^(-Beta). work is overwritten.
func (s *LRNShape) scales(base, power, work, x []float32) {
	clear(work)
	for i, at := 0, s.Size/2; i < len(x); i, at = i+s.C, at+s.pitch() {
		simd.Mul(work[at:at+s.C], x[i:], x[i:])
	}
	s.windows(base, work)
	simd.Affine(base, base, s.Alpha/float32(s.Size), s.K)
	if s.Beta == 0.75 {
		simd.PowM34(power, base)
	} else {
		simd.Pow(power, base, -s.Beta)
	}
}

// LRN is local response normalisation across channels.
//
// Shapes: y, x Rows,C; y may be x. Formula: y[c] = x[c]·s[c]^(-Beta) with
// s[c] = K + Alpha/Size·Σ x²; the sum in order of the channels. Beta 3/4 is taken
// by square roots, another by exp and ln. Error: Size+2 roundings of s, 2.5 ulp
// of the power, or |Beta·ln s| + 2, and one.
// Source: A. Krizhevsky, I. Sutskever, G. Hinton, "ImageNet classification with
// deep convolutional neural networks", NIPS 2012.
type LRN struct{ LRNShape }

// Scratch is the room for the intermediate results of a tile.
func (k *LRN) Scratch() int { return 3 * k.padded() }

// Run sets y from x.
func (k *LRN) Run(p *par.Pool, y, x []float32) {
	checkLen("lrn", "y", len(y), k.len())
	checkLen("lrn", "x", len(x), k.len())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(k.tiles(), lrnTile, t)
}

func lrnTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LRN)
	lo, hi := k.tile(i)
	y, x := t.F[0][lo:hi], t.F[1][lo:hi]
	n := len(x) / k.C * k.pitch()
	scratch := p.Scratch(worker)
	base, power, work := scratch[:n], scratch[n:2*n], scratch[2*n:3*n]
	k.scales(base, power, work, x)
	for i, at := 0, 0; i < len(x); i, at = i+k.C, at+k.pitch() {
		simd.Mul(y[i:i+k.C], x[i:], power[at:])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *LRN) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// InPlace says that y may lie where x does.
func (k *LRN) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *LRN) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.len()), read("x", k.len())}
}

// LRNBackward is the gradient of LRN. It computes s again rather than read it
// from memory.
//
// Shapes: dx, dy, x Rows,C; dx may be dy. Formula:
// dx[c] = dy[c]·s[c]^(-Beta) - 2·Alpha·Beta/Size·x[c]·Σ dy[j]·x[j]·s[j]^(-Beta-1),
// over the j whose window holds c, in order. Error: as LRN, and Size+4 roundings.
type LRNBackward struct{ LRNShape }

// Scratch is the room for the intermediate results of a tile.
func (k *LRNBackward) Scratch() int { return 3*k.padded() + k.C }

// Run sets dx from dy and x.
func (k *LRNBackward) Run(p *par.Pool, dx, dy, x []float32) {
	checkLen("lrn backward", "dx", len(dx), k.len())
	checkLen("lrn backward", "dy", len(dy), k.len())
	checkLen("lrn backward", "x", len(x), k.len())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = dx, dy, x
	p.Run(k.tiles(), lrnBackwardTile, t)
}

func lrnBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*LRNBackward)
	lo, hi := k.tile(i)
	dx, dy, x := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi]
	n := len(x) / k.C * k.pitch()
	scratch := p.Scratch(worker)
	base, power, work, row := scratch[:n], scratch[n:2*n], scratch[2*n:3*n], scratch[3*n:3*n+k.C]
	k.scales(base, power, work, x)
	simd.Div(base, power, base)
	clear(work)
	before := (k.Size - 1) / 2
	for i, at := 0, 0; i < len(x); i, at = i+k.C, at+k.pitch() {
		simd.Mul(row, dy[i:], x[i:])
		simd.Mul(work[at+before:at+before+k.C], row, base[at:])
	}
	k.windows(base, work)
	scale := -2 * k.Alpha * k.Beta / float32(k.Size)
	for i, at := 0, 0; i < len(x); i, at = i+k.C, at+k.pitch() {
		simd.Mul(row, x[i:], base[at:])
		simd.Mul(dx[i:i+k.C], dy[i:], power[at:])
		simd.AddScaled(dx[i:i+k.C], row, scale)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *LRNBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// InPlace says that dx may lie where dy does.
func (k *LRNBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *LRNBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.len()), read("dy", k.len()), read("x", k.len())}
}
