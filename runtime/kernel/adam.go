package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Adam is one update of Adam, AMSGrad or AdamW, in one pass over memory.
//
// Shapes: w, mean, square, largest, dw of Len; rate, kept and step of one
// element. largest is nil without AMSGrad. step counts the finished updates, so
// that this one is number t = step+1. When Cycled, kept stands for Beta1; else it
// is nil.
// Formula: g = dw + Decay·w; mean = Beta1·mean + (1-Beta1)·g;
// square = Beta2·square + (1-Beta2)·g²; s = square, or with AMSGrad
// largest = max(largest, square); w -= rate/(1-Beta1ᵗ) · mean/(√s/√(1-Beta2ᵗ) + Eps).
// When Decoupled, g = dw and w is multiplied by 1-rate·Decay first. The
// corrections are float64, made once a call. Error: one rounding an operation.
// Source: D. Kingma, J. Ba, "Adam", ICLR 2015; S. Reddi et al., "On the
// convergence of Adam and beyond", ICLR 2018; I. Loshchilov, F. Hutter,
// "Decoupled weight decay regularization", ICLR 2019.
type Adam struct {
	Len       int
	Beta1     float64
	Beta2     float64
	Eps       float64
	Decay     float64
	Decoupled bool
	AMSGrad   bool
	Cycled    bool
}

// Run updates w, mean, square and largest.
func (k *Adam) Run(p *par.Pool, w, mean, square, largest, dw, rate, kept []float32, step []int64) {
	checkLen("adam", "w", len(w), k.Len)
	checkLen("adam", "mean", len(mean), k.Len)
	checkLen("adam", "square", len(square), k.Len)
	checkLen("adam", "dw", len(dw), k.Len)
	checkLen("adam", "rate", len(rate), 1)
	checkLen("adam", "step", len(step), 1)
	if k.AMSGrad {
		checkLen("adam", "largest", len(largest), k.Len)
	}
	t := par.Task{Kernel: k, X: rate[0]}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = w, mean, square, largest, dw
	if k.Cycled {
		checkLen("adam", "kept", len(kept), 1)
	}
	t.F[5] = kept
	correct1, correct2 := adamCorrections(k.beta1(kept), k.Beta2, step[0])
	t.L[0] = floatBits(float64(rate[0]) / correct1)
	t.L[1] = floatBits(math.Sqrt(correct2))
	p.Run(elemTiles(k.Len), adamTile, t)
}

// beta1 is the share of the mean that this update keeps.
func (k *Adam) beta1(kept []float32) float64 {
	if k.Cycled {
		return float64(kept[0])
	}
	return k.Beta1
}

// adamCorrections is 1-β₁ᵗ and 1-β₂ᵗ for t = step+1.
func adamCorrections(beta1, beta2 float64, step int64) (c1, c2 float64) {
	t := float64(step + 1)
	return 1 - math.Pow(beta1, t), 1 - math.Pow(beta2, t)
}

func adamTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Adam)
	lo, hi := elemSpan(i, k.Len)
	w, mean, square, dw := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi], t.F[4][lo:hi]
	largest := square
	if k.AMSGrad {
		largest = t.F[3][lo:hi]
	}
	mean, square, largest, dw = mean[:len(w)], square[:len(w)], largest[:len(w)], dw[:len(w)]
	rate, root := float32(bitsFloat(t.L[0])), float32(1/bitsFloat(t.L[1]))
	first := k.beta1(t.F[5])
	beta1, fresh1 := float32(first), float32(1-first)
	beta2, fresh2 := float32(k.Beta2), float32(1-k.Beta2)
	eps, decay, keep := float32(k.Eps), float32(k.Decay), float32(1)
	if k.Decoupled {
		decay, keep = 0, float32(1-float64(t.X)*k.Decay)
	}
	for j := range w {
		g := dw[j] + float32(decay*w[j])
		m := float32(beta1*mean[j]) + float32(fresh1*g)
		s := float32(beta2*square[j]) + float32(fresh2*float32(g*g))
		mean[j], square[j] = m, s
		// Without AMSGrad largest is square, and this changes nothing.
		if s = max(largest[j], s); k.AMSGrad {
			largest[j] = s
		}
		w[j] = float32(keep*w[j]) - float32(rate*(m/(float32(sqrt32(s)*root)+eps)))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Adam) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].F32, a[6].F32, a[7].I64)
}

// Operands describes the arguments of Run.
func (k *Adam) Operands() []plan.Operand {
	largest := update("largest", k.Len)
	largest.Optional = !k.AMSGrad
	kept := read("kept", 1)
	kept.Optional = !k.Cycled
	return []plan.Operand{
		update("w", k.Len), update("mean", k.Len), update("square", k.Len), largest,
		read("dw", k.Len), read("rate", 1), kept, typed(read("step", 1), plan.I64),
	}
}

// sqrt32 is the correctly rounded square root.
func sqrt32(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// floatBits carries a float64 where a task or a plan has room for an int64.
func floatBits(x float64) int64 { return int64(math.Float64bits(x)) }

// bitsFloat is the float64 of floatBits.
func bitsFloat(b int64) float64 { return math.Float64frombits(uint64(b)) }
