package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// SumSquares adds the squares of a tensor to a total: the global norm of the
// gradients before they are clipped.
//
// Shapes: total of one element, the bits of a float64; x of Len.
// Formula: total += Σ x². Each tile is summed in four interleaved parts, which
// are added in order, and then the tiles in order. Error: 1e-15·Len of itself.
type SumSquares struct{ Len int }

// Scratch is the room for the sums of all tiles.
func (k *SumSquares) Scratch() int { return 2 * elemTiles(k.Len) }

// Run adds to total.
func (k *SumSquares) Run(p *par.Pool, total []int64, x []float32) {
	checkLen("sum of squares", "total", len(total), 1)
	checkLen("sum of squares", "x", len(x), k.Len)
	total[0] = floatBits(bitsFloat(total[0]) + sumSquares(p, x, p.Scratch(0)))
}

// sumSquares is Σ x². sums has room for two elements a tile.
func sumSquares(p *par.Pool, x, sums []float32) float64 {
	t := par.Task{}
	n := elemTiles(len(x))
	t.F[0], t.F[1] = x, sums
	p.Run(n, sumSquaresTile, t)
	return total(sums, n)
}

func sumSquaresTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	x := t.F[0][lo:hi]
	var s [4]float64
	for ; len(x) >= 4; x = x[4:] {
		for j, v := range x[:4] {
			s[j] += float64(v) * float64(v) // the product is exact
		}
	}
	for j, v := range x {
		s[j] += float64(v) * float64(v)
	}
	putFloat64(t.F[1], i, s[0]+s[1]+s[2]+s[3])
}

// putFloat64 leaves the bits of a float64 in elements 2i and 2i+1 of scratch.
func putFloat64(scratch []float32, i int, x float64) {
	b := math.Float64bits(x)
	scratch[2*i] = math.Float32frombits(uint32(b >> 32))
	scratch[2*i+1] = math.Float32frombits(uint32(b))
}

// total adds the first n numbers that putFloat64 left, in order.
func total(scratch []float32, n int) float64 {
	sum := 0.0
	for i := range n {
		hi, lo := math.Float32bits(scratch[2*i]), math.Float32bits(scratch[2*i+1])
		sum += math.Float64frombits(uint64(hi)<<32 | uint64(lo))
	}
	return sum
}

// Call runs the kernel on views in the order of Operands.
func (k *SumSquares) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].I64, a[1].F32) }

// Operands describes the arguments of Run.
func (k *SumSquares) Operands() []plan.Operand {
	return []plan.Operand{typed(update("total", 1), plan.I64), read("x", k.Len)}
}

// ClipNorm scales a gradient so that all of them together have at most a norm.
//
// Shapes: dw of Len; total of one element, the bits of a float64: the sum of the
// squares of all gradients. Formula: dw *= min(1, Max/(√total + 1e-6)), the
// factor in float64 and then rounded. Error: two roundings. A total that is not
// finite makes NaN of what it came from.
// Source: R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training
// recurrent neural networks", ICML 2013, with PyTorch's 1e-6.
type ClipNorm struct {
	Len int
	Max float64
}

// Run scales dw.
func (k *ClipNorm) Run(p *par.Pool, dw []float32, total []int64) {
	checkLen("clip norm", "dw", len(dw), k.Len)
	checkLen("clip norm", "total", len(total), 1)
	scale := k.Max / (math.Sqrt(bitsFloat(total[0])) + 1e-6)
	if scale >= 1 {
		return
	}
	t := par.Task{Kernel: k, X: float32(scale)}
	t.F[0] = dw
	p.Run(elemTiles(k.Len), clipNormTile, t)
}

func clipNormTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	for j := lo; j < hi; j++ {
		t.F[0][j] *= t.X
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ClipNorm) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I64) }

// Operands describes the arguments of Run.
func (k *ClipNorm) Operands() []plan.Operand {
	return []plan.Operand{update("dw", k.Len), typed(read("total", 1), plan.I64)}
}

// ClipValue keeps every element of a gradient within ±Max.
//
// Shapes: dw of Len. Formula: dw = min(max(dw, -Max), Max), exact; NaN stays.
type ClipValue struct {
	Len int
	Max float32
}

// Run bounds dw.
func (k *ClipValue) Run(p *par.Pool, dw []float32) {
	checkLen("clip value", "dw", len(dw), k.Len)
	t := par.Task{Kernel: k, X: k.Max}
	t.F[0] = dw
	p.Run(elemTiles(k.Len), clipValueTile, t)
}

func clipValueTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	for j := lo; j < hi; j++ {
		t.F[0][j] = min(max(t.F[0][j], -t.X), t.X)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ClipValue) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32) }

// Operands describes the arguments of Run.
func (k *ClipValue) Operands() []plan.Operand { return []plan.Operand{update("dw", k.Len)} }
