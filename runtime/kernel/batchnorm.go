package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// RunningMoments lets running statistics follow the moments of a batch.
//
// Shapes: mean, variance C; moments 3,C as Moments leaves them for one part; step
// of one element, the finished training steps, or nil unless Cumulative.
// Formula: r = (1-m)·r + m·batch, with the unbiased variance, Count/(Count-1)
// times the biased one; m is Momentum, or 1/(step+1) when Cumulative, which makes
// r the mean over the steps. Of one value the variance is 0. Error: float64,
// rounded once.
// Source: S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015, as PyTorch
// weights it.
type RunningMoments struct {
	C          int
	Count      int // values of a channel in a batch
	Momentum   float32
	Cumulative bool
}

// Run updates mean and variance.
func (k *RunningMoments) Run(p *par.Pool, mean, variance, moments []float32, step []int64) {
	checkLen("running moments", "mean", len(mean), k.C)
	checkLen("running moments", "variance", len(variance), k.C)
	checkLen("running moments", "moments", len(moments), 3*k.C)
	m := float64(k.Momentum)
	if k.Cumulative {
		checkLen("running moments", "step", len(step), 1)
		m = 1 / float64(step[0]+1)
	}
	unbiased := float64(k.Count) / float64(max(k.Count-1, 1))
	follow := func(running, batch []float32, scale float64) {
		for c, r := range running {
			running[c] = float32(float64((1-m)*float64(r)) + float64(m*scale*float64(batch[c])))
		}
	}
	follow(mean, moments[:k.C], 1)
	follow(variance, moments[2*k.C:], unbiased)
}

// Call runs the kernel on views in the order of Operands.
func (k *RunningMoments) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].I64)
}

// Operands describes the arguments of Run.
func (k *RunningMoments) Operands() []plan.Operand {
	step := typed(read("step", 1), plan.I64)
	step.Optional = !k.Cumulative
	return []plan.Operand{update("mean", k.C), update("variance", k.C), read("moments", 3*k.C), step}
}

// StoredMoments makes moments of running statistics.
//
// Shapes: moments 3,C (mean, 1/√(variance+Eps), variance); mean, variance C.
// Error: float64, rounded once.
type StoredMoments struct {
	C   int
	Eps float32
}

// Run sets moments.
func (k *StoredMoments) Run(p *par.Pool, moments, mean, variance []float32) {
	checkLen("stored moments", "moments", len(moments), 3*k.C)
	checkLen("stored moments", "mean", len(mean), k.C)
	checkLen("stored moments", "variance", len(variance), k.C)
	copy(moments, mean)
	copy(moments[2*k.C:], variance)
	for c, v := range variance {
		moments[k.C+c] = float32(1 / math.Sqrt(float64(v)+float64(k.Eps)))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *StoredMoments) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *StoredMoments) Operands() []plan.Operand {
	return []plan.Operand{write("moments", 3*k.C), read("mean", k.C), read("variance", k.C)}
}

// FoldMoments makes normalisation by running statistics a part of the layer
// that it follows: a factor for the weights of each output channel, and a bias.
//
// Shapes: scale, shift, mean, variance C; w, b, bias C, or nil for 1, 0 and 0.
// Formula: scale = w/√(variance+Eps), shift = (bias - mean)·scale + b, so that
// Normalize of x + bias is x·scale + shift. Error: float64, rounded once.
type FoldMoments struct {
	C   int
	Eps float32
}

// Run sets scale and shift.
func (k *FoldMoments) Run(p *par.Pool, scale, shift, mean, variance, w, b, bias []float32) {
	for _, o := range []struct {
		name string
		v    []float32
	}{{"scale", scale}, {"shift", shift}, {"mean", mean}, {"variance", variance}} {
		checkLen("fold moments", o.name, len(o.v), k.C)
	}
	checkChannels("fold moments", "w", w, k.C)
	checkChannels("fold moments", "b", b, k.C)
	checkChannels("fold moments", "bias", bias, k.C)
	at := func(v []float32, c int, absent float64) float64 {
		if v == nil {
			return absent
		}
		return float64(v[c])
	}
	for c := range scale {
		s := at(w, c, 1) / math.Sqrt(float64(variance[c])+float64(k.Eps))
		scale[c] = float32(s)
		shift[c] = float32(float64((at(bias, c, 0)-float64(mean[c]))*s) + at(b, c, 0))
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *FoldMoments) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32, a[5].F32, a[6].F32)
}

// Operands describes the arguments of Run.
func (k *FoldMoments) Operands() []plan.Operand {
	return []plan.Operand{
		write("scale", k.C), write("shift", k.C), read("mean", k.C), read("variance", k.C),
		optional(read("w", k.C)), optional(read("b", k.C)), optional(read("bias", k.C)),
	}
}
