package kernel

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// CrossEntropy is the mean over the samples of the negative logarithm of the
// softmax at the label, and its gradient. A sample is an image, or one pixel of
// a map.
//
// Shapes: loss of one element; dx, logits N,Classes; label N. dx is nil where
// no gradient is wanted. ClassWeights has Classes elements, or none where all
// are 1.
// Formula, with m = max x, z = Σ exp(x[n,j]-m), l[j] = ln z + m - x[n,j],
// c the class weights, s = Smooth and t = label[n]:
// loss = Weight/D Σ ((1-s)·c[t]·l[t] + s/Classes Σ c[j]·l[j]);
// D = Σ c[t]; dx is the derivative. Samples whose label is Ignore are left out
// of all sums when Skips is set, and have no gradient; without any other sample
// the loss is 0. Sums are float64, in order of the classes and of the samples
// of a tile, then of the tiles. Error: each exponential 1 ulp and two roundings;
// the loss 1e-6 of itself and one rounding. A logit that is NaN or +Inf makes
// the loss and its row NaN.
// Source: C. Szegedy et al., "Rethinking the Inception architecture", CVPR 2016,
// for Smooth; class weights and their mean are PyTorch's.
type CrossEntropy struct {
	N, Classes   int
	Weight       float64 // of this loss among others
	Smooth       float64 // share of the target that is spread over all classes
	ClassWeights []float64
	Skips        bool
	Ignore       int32
}

// Scratch is the room for the losses of all tiles and for the exponentials of
// one sample.
func (k *CrossEntropy) Scratch() int { return 2*rowTiles(k.N, k.Classes) + k.Classes }

// Run sets loss and, unless it is nil, dx. It panics on a label that is not a
// class.
func (k *CrossEntropy) Run(p *par.Pool, loss, dx, logits []float32, label []int32) {
	checkLen("cross entropy", "loss", len(loss), 1)
	checkLen("cross entropy", "logits", len(logits), k.N*k.Classes)
	checkLen("cross entropy", "label", len(label), k.N)
	if dx != nil {
		checkLen("cross entropy", "dx", len(dx), k.N*k.Classes)
	}
	count := k.count(label)
	if count == 0 {
		loss[0] = 0
		clear(dx)
		return
	}
	t := par.Task{Kernel: k}
	tiles := rowTiles(k.N, k.Classes)
	t.F[0], t.F[1], t.F[2] = p.Scratch(0)[:2*tiles], dx, logits
	t.I[0], t.L[0] = label, floatBits(count)
	p.Run(tiles, crossEntropyTile, t)
	loss[0] = float32(k.Weight * total(t.F[0], tiles) / count)
}

// count is D of the formula.
func (k *CrossEntropy) count(label []int32) float64 {
	if !k.Skips && k.ClassWeights == nil {
		return float64(k.N)
	}
	sum := 0.0
	for n, at := range label {
		if !k.skips(at) {
			sum += k.classWeight(checkLabel("cross entropy", at, n, k.Classes))
		}
	}
	return sum
}

func (k *CrossEntropy) skips(label int32) bool { return k.Skips && label == k.Ignore }

func (k *CrossEntropy) classWeight(class int) float64 {
	if k.ClassWeights == nil {
		return 1
	}
	return k.ClassWeights[class]
}

// checkLabel is the label of sample n as a class.
func checkLabel(kernel string, label int32, n, classes int) int {
	if label < 0 || int(label) >= classes {
		panic(fmt.Sprintf("kernel %s: label %d of sample %d, want 0 … %d", kernel, label, n, classes-1))
	}
	return int(label)
}

func crossEntropyTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*CrossEntropy)
	lo, hi := rowSpan(i, k.N, k.Classes)
	e := p.Scratch(worker)[k.Scratch()-k.Classes : k.Scratch()]
	sum, count := 0.0, bitsFloat(t.L[0])
	for n := lo; n < hi; n++ {
		x := t.F[2][n*k.Classes : (n+1)*k.Classes]
		var dx []float32
		if t.F[1] != nil {
			dx = t.F[1][n*k.Classes : (n+1)*k.Classes]
			e = dx
		}
		if k.skips(t.I[0][n]) {
			clear(dx)
			continue
		}
		at := checkLabel("cross entropy", t.I[0][n], n, k.Classes)
		shift, z := softmaxSum(e, x)
		if k.Smooth == 0 {
			sum += k.classWeight(at) * (math.Log(z) + (float64(shift) - float64(x[at])))
			if dx != nil {
				k.gradient(dx, z, count, at)
			}
			continue
		}
		sum += k.smoothed(x, math.Log(z)+float64(shift), at)
		if dx != nil {
			k.smoothedGradient(dx, z, count, at)
		}
	}
	putFloat64(t.F[0], i, sum)
}

// gradient turns the exponentials of a row, of sum z, into its gradient.
func (k *CrossEntropy) gradient(e []float32, z, count float64, at int) {
	weight := k.Weight * k.classWeight(at)
	part := float64(e[at]) / z
	simd.Scale(e, e, float32(weight/(z*count)))
	e[at] = float32((part - 1) * weight / count)
}

// smoothed is the loss of a row whose logarithm of the sum of exponentials is
// given.
func (k *CrossEntropy) smoothed(x []float32, logSum float64, at int) float64 {
	spread := 0.0
	for j, v := range x {
		spread += k.classWeight(j) * (logSum - float64(v))
	}
	return (1-k.Smooth)*k.classWeight(at)*(logSum-float64(x[at])) + k.Smooth/float64(k.Classes)*spread
}

// smoothedGradient is gradient with a share of the target on every class.
func (k *CrossEntropy) smoothedGradient(e []float32, z, count float64, at int) {
	share := k.Smooth / float64(k.Classes)
	all := (1 - k.Smooth) * k.classWeight(at)
	target := all
	for j := range e {
		all += share * k.classWeight(j)
	}
	scale := k.Weight / count
	for j, v := range e {
		d := float64(v)/z*all - share*k.classWeight(j)
		if j == at {
			d -= target
		}
		e[j] = float32(d * scale)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *CrossEntropy) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].I32)
}

// Operands describes the arguments of Run.
func (k *CrossEntropy) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{
		write("loss", 1), optional(write("dx", n)), read("logits", n),
		typed(read("label", k.N), plan.I32),
	}
}
