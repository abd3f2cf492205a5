package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// SoftCrossEntropy is cross-entropy with a target of probabilities for each
// sample instead of a label, and its gradient. A sample is an image, or one
// pixel of a map.
//
// Shapes: loss of one element; dx, logits and target N,Classes. dx is nil where
// no gradient is wanted. ClassWeights has Classes elements, or none where all
// are 1.
// Formula, with m = max x, z = Σ exp(x[n,j]-m), l[j] = ln z + m - x[n,j] and
// u[j] = c[j]·((1-s)·target[n,j] + s/Classes), c the class weights, s = Smooth:
// loss = Weight/N Σ u[j]·l[j]; dx = Weight/N·(exp(x[n,j]-m)/z·Σ u - u[j]).
// Sums are float64, in order of the classes and of the samples of a tile, then
// of the tiles. Error: as CrossEntropy.
// Source: as CrossEntropy; with weights the mean is over samples, as PyTorch's.
type SoftCrossEntropy struct {
	N, Classes   int
	Weight       float64 // of this loss among others
	Smooth       float64 // share of the target that is spread over all classes
	ClassWeights []float64
}

// Scratch is the room for the losses of all tiles and for the exponentials of
// one sample.
func (k *SoftCrossEntropy) Scratch() int { return 2*rowTiles(k.N, k.Classes) + k.Classes }

// Run sets loss and, unless it is nil, dx.
func (k *SoftCrossEntropy) Run(p *par.Pool, loss, dx, logits, target []float32) {
	checkLen("soft cross entropy", "loss", len(loss), 1)
	checkLen("soft cross entropy", "logits", len(logits), k.N*k.Classes)
	checkLen("soft cross entropy", "target", len(target), k.N*k.Classes)
	if dx != nil {
		checkLen("soft cross entropy", "dx", len(dx), k.N*k.Classes)
	}
	t := par.Task{Kernel: k}
	tiles := rowTiles(k.N, k.Classes)
	t.F[0], t.F[1], t.F[2], t.F[3] = p.Scratch(0)[:2*tiles], dx, logits, target
	p.Run(tiles, softCrossEntropyTile, t)
	loss[0] = float32(k.Weight * total(t.F[0], tiles) / float64(k.N))
}

func softCrossEntropyTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*SoftCrossEntropy)
	lo, hi := rowSpan(i, k.N, k.Classes)
	e := p.Scratch(worker)[k.Scratch()-k.Classes : k.Scratch()]
	sum, scale := 0.0, k.Weight/float64(k.N)
	for n := lo; n < hi; n++ {
		x, target := t.F[2][n*k.Classes:(n+1)*k.Classes], t.F[3][n*k.Classes:(n+1)*k.Classes]
		if t.F[1] != nil {
			e = t.F[1][n*k.Classes : (n+1)*k.Classes]
		}
		shift, z := softmaxSum(e, x)
		logSum, all := math.Log(z)+float64(shift), 0.0
		for j, v := range x {
			u := k.share(target[j], j)
			all += u
			if u != 0 { // a class of probability 0 adds nothing, be its logit -Inf
				sum += float64(u * (logSum - float64(v)))
			}
		}
		if t.F[1] == nil {
			continue
		}
		for j, v := range e {
			e[j] = float32(scale * (float64(v)/z*all - k.share(target[j], j)))
		}
	}
	putFloat64(t.F[0], i, sum)
}

// share is u of the formula.
func (k *SoftCrossEntropy) share(target float32, class int) float64 {
	u := float64(target)
	if k.Smooth > 0 {
		u = float64((1-k.Smooth)*u) + k.Smooth/float64(k.Classes)
	}
	if k.ClassWeights != nil {
		u *= k.ClassWeights[class]
	}
	return u
}

// Call runs the kernel on views in the order of Operands.
func (k *SoftCrossEntropy) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *SoftCrossEntropy) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{
		write("loss", 1), optional(write("dx", n)), read("logits", n), read("target", n),
	}
}
