package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// DenseShape is the geometry of a fully connected layer: N rows of C inputs
// become N rows of K outputs. It is computed as the 1×1 convolution of one row
// of N pixels.
type DenseShape struct{ N, C, K int }

func (s *DenseShape) conv() ConvShape {
	return ConvShape{
		N: 1, H: 1, W: s.N, C: s.C, K: s.K, R: 1, S: 1, P: 1, Q: s.N,
		StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1,
	}
}

// DensePack turns weights into the panels that DenseForward reads.
//
// Shapes: packed of PackedLen; w K,C; scale K or nil for 1. Formula: for each panel
// of outputs, packed[c][k] = w[k,c]·scale[k], and 0 in the columns beyond the
// last. Error: one rounding, or none without scale.
type DensePack struct{ DenseShape }

// PackedLen is the number of elements of packed.
func (k *DensePack) PackedLen() int {
	c := k.conv()
	l := c.packed()
	return l.len()
}

// Run sets packed from w.
func (k *DensePack) Run(p *par.Pool, packed, w, scale []float32) {
	runPack(p, k, "dense pack", packed, w, scale)
}

// Call runs the kernel on views in the order of Operands.
func (k *DensePack) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *DensePack) Operands() []plan.Operand {
	return []plan.Operand{write("packed", k.PackedLen()), read("w", k.K*k.C), optional(read("scale", k.K))}
}

// DenseForward is a fully connected layer.
//
// Shapes: y N,K; x N,C; packed from DensePack; b K or nil; z as y or nil, y may
// be z. Formula: y[n,k] = f(z[n,k] + b[k] + Σ_c x[n,c] · w[k,c]), f the function
// Fn. Order: from zero over c ascending, one rounding a term; then b, then z.
// Error: at most (C+2)·2⁻²⁴ of Σ|x·w| + |b| + |z|, before f.
type DenseForward struct {
	DenseShape
	Fn Fn
}

func (k *DenseForward) function() Fn { return k.Fn }

// InPlace says that y may lie where z does.
func (k *DenseForward) InPlace() (dst, src int) { return 0, 4 }

// Run sets y.
func (k *DenseForward) Run(p *par.Pool, y, x, packed, b, z []float32) {
	l := panels{Groups: 1, Cols: k.K, Rows: k.C, Taps: 1}
	if !k.near() {
		runForward(p, k, "dense forward", y, x, packed, b, z, nil)
		return
	}
	checkLen("dense forward", "y", len(y), k.N*k.K)
	checkLen("dense forward", "x", len(x), k.N*k.C)
	checkLen("dense forward", "packed", len(packed), l.len())
	checkChannels("dense forward", "b", b, k.K)
	if z != nil {
		checkLen("dense forward", "z", len(z), k.N*k.K)
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = y, x, packed, b, z
	p.Run(k.products(&l), denseTask, t)
}

// The rows that nearRows bounds have their offsets in one table, and with nearInputs
// elements they stay near while panels of weights go by.
const (
	nearRows   = 48
	nearInputs = 64 << 10
)

// near says that tasks are panels of columns, each of all rows.
func (s *DenseShape) near() bool {
	return s.N == 1 || s.N <= nearRows && s.N*s.C <= nearInputs && s.C%aliased != 0
}

// products is the number of such tasks.
func (s *DenseShape) products(l *panels) int {
	return max(1, min(wanted(s.N*s.C*s.K), l.count()))
}

// denseTask computes some panels of columns.
func denseTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*DenseForward)
	l := panels{Groups: 1, Cols: k.K, Rows: k.C, Taps: 1}
	parts, count := k.products(&l), l.count()
	lo, hi := i*count/parts, (i+1)*count/parts
	e := epilogue{b: t.F[3], z: t.F[4], fn: k.Fn}
	if k.N == 1 {
		l.product(lo, hi, t.F[0], t.F[1], t.F[2], &e)
		return
	}
	var from, to [nearRows]int
	for n := range k.N {
		from[n], to[n] = n*k.C, n*k.K
	}
	m := simd.Tile{X: t.F[1], XOff: from[:], YOff: to[:], R: 1, S: 1, T: k.C, XT: 1, Clamp: k.Fn.clamp()}
	for j := lo; j < hi; j++ {
		c := l.at(j)
		y := t.F[0][c.Col:]
		m.N, m.WT, m.W, m.Y = c.N, c.Width, t.F[2][c.Start*k.C:], y
		if e.b != nil {
			m.B = e.b[c.Col:]
		}
		if e.z != nil {
			m.Z = e.z[c.Col:]
		}
		m.Run(k.N)
		if k.Fn.late() {
			k.Fn.apply(y, c.N, k.N, k.K)
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *DenseForward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *DenseForward) Operands() []plan.Operand {
	c := k.conv()
	return c.forwardOperands()
}

// Scratch is the private memory a worker needs.
func (k *DenseForward) Scratch() int {
	f := ConvForward{ConvShape: k.conv()}
	return f.Scratch()
}
