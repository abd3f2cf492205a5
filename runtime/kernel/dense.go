package kernel

import (
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
	runForward(p, k, "dense forward", y, x, packed, b, z, nil)
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
