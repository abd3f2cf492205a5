package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConvTransposed is a transposed convolution: the gradient by the input of the
// convolution with the same fields, plus a bias. What that convolution calls its
// output, N,P,Q,K, is the input here. The gradient by x is ConvForward, the
// gradient by the weights ConvBackwardWeights with dy for its x and x for its dy,
// and the gradient by the bias ChannelSums.
//
// Shapes: y N,H,W,C; x N,P,Q,K; packed from ConvPackTransposed; b C or nil.
// Formula: y[n,h,w,c] = b[c] + Σ x[n,p,q,k] · w[k,c,r,s] over all p, q, r, s with
// h = p·StrideH−PadT+r·DilH and w = q·StrideW−PadL+s·DilW, and the k of c's
// group, and then the function Fn of that. With Pitch the pixels of y are that far
// apart, and what lies between them is kept. Order: from zero over p, q, k
// ascending, one rounding a term; b last.
// Error: at most (R·S·K/Groups + 1)·2⁻²⁴ of Σ|x·w| + |b|, before the function.
// Source: V. Dumoulin, F. Visin, arXiv:1603.07285.
type ConvTransposed struct {
	ConvShape
	Fn    Fn
	Pitch int
}

// outputs is the distance of the pixels of y.
func (k *ConvTransposed) pixels() int { return k.Pitch }

func (k *ConvTransposed) function() Fn { return k.Fn }

// Run sets y.
func (k *ConvTransposed) Run(p *par.Pool, y, x, packed, b []float32) {
	if b != nil {
		checkLen("conv transposed", "b", len(b), k.C)
	}
	runBackwardData(p, k, "conv transposed", y, x, packed, b)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvTransposed) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *ConvTransposed) Operands() []plan.Operand {
	l := k.transposed()
	return []plan.Operand{
		write("y", k.inputSpan(pitchOf(k, k.C))), read("x", k.yLen()),
		read("packed", l.len()), optional(read("b", k.C)),
	}
}

// Scratch is the private memory a worker needs.
func (k *ConvTransposed) Scratch() int {
	back := ConvBackwardData{k.ConvShape}
	return back.Scratch()
}
