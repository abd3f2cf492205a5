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

// DensePackTransposed turns weights into the panels that DenseBackwardData
// reads.
//
// Shapes: packed of PackedLen; w K,C. Formula: for each panel of inputs,
// packed[k][c] = w[k,c], and 0 in the columns beyond the last. Error: none.
type DensePackTransposed struct{ DenseShape }

// PackedLen is the number of elements of packed.
func (k *DensePackTransposed) PackedLen() int {
	c := k.conv()
	l := c.transposed()
	return l.len()
}

// Run sets packed from w.
func (k *DensePackTransposed) Run(p *par.Pool, packed, w []float32) {
	runPackTransposed(p, k, "dense pack transposed", packed, w)
}

// Call runs the kernel on views in the order of Operands.
func (k *DensePackTransposed) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *DensePackTransposed) Operands() []plan.Operand {
	return []plan.Operand{write("packed", k.PackedLen()), read("w", k.K*k.C)}
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
	runForward(p, k, "dense forward", y, x, packed, b, z)
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

// DenseBackwardData is the gradient of a fully connected layer by its input.
//
// Shapes: dx N,C; dy N,K; packed from DensePackTransposed. Formula:
// dx[n,c] = Σ_k dy[n,k] · w[k,c]. Order: from zero over k ascending, one
// rounding a term. Error: at most K·2⁻²⁴ of Σ|dy·w|.
type DenseBackwardData struct{ DenseShape }

// Run sets dx.
func (k *DenseBackwardData) Run(p *par.Pool, dx, dy, packed []float32) {
	runBackwardData(p, k, "dense backward data", dx, dy, packed, nil)
}

// Call runs the kernel on views in the order of Operands.
func (k *DenseBackwardData) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// Operands describes the arguments of Run.
func (k *DenseBackwardData) Operands() []plan.Operand {
	c := k.conv()
	return c.backwardDataOperands()
}

// Scratch is the private memory a worker needs.
func (k *DenseBackwardData) Scratch() int {
	b := ConvBackwardData{k.conv()}
	return b.Scratch()
}

// DenseBackwardWeights is the gradient of a fully connected layer by its
// weights and bias.
//
// Shapes: dw K,C; db K or nil; x N,C; dy N,K; work of WorkLen. Formula:
// dw[k,c] = Σ_n dy[n,k] · x[n,c]; db[k] = Σ_n dy[n,k]. Order and error: as
// ConvBackwardWeights of one row of N pixels.
type DenseBackwardWeights struct{ DenseShape }

// WorkLen is the number of elements of work.
func (k *DenseBackwardWeights) WorkLen() int {
	g := ConvBackwardWeights{k.conv()}
	return g.WorkLen()
}

// Run sets dw and db. What work held does not matter.
func (k *DenseBackwardWeights) Run(p *par.Pool, dw, db, x, dy, work []float32) {
	runBackwardWeights(p, k, "dense backward weights", dw, db, x, dy, work)
}

// Call runs the kernel on views in the order of Operands.
func (k *DenseBackwardWeights) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *DenseBackwardWeights) Operands() []plan.Operand {
	c := k.conv()
	return c.backwardWeightsOperands()
}

// Scratch is the private memory a worker needs.
func (k *DenseBackwardWeights) Scratch() int {
	g := ConvBackwardWeights{k.conv()}
	return g.Scratch()
}
