package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// MAPCriterion is the loss of LeNet-5's output layer, and its gradient. With J
// above 0 it is the posterior probability of the label beside a class of rubbish,
// whose score is always -J; without, the score of the label alone, which is only
// of use where something else keeps the scores from growing.
//
// Shapes: loss of one element; dx, x N,Classes; label N. dx is nil where no
// gradient is wanted. Formula, with t = label[n]: loss = Weight/N Σ_n (-x[n,t] +
// log(e^-J + Σ_j e^x[n,j])), without the logarithm where J is 0; dx is the
// derivative. Sums are float64, in order. Error: two roundings.
// Source: LeCun et al. 1998, equations 8 and 9, where y is -x.
type MAPCriterion struct {
	N, Classes int
	J          float64
	Weight     float64 // of this loss among others
}

// Scratch is the room for the losses of all tiles.
func (k *MAPCriterion) Scratch() int { return 2 * rowTiles(k.N, k.Classes) }

// Run sets loss and, unless it is nil, dx. It panics on a label that is not a
// class.
func (k *MAPCriterion) Run(p *par.Pool, loss, dx, x []float32, label []int32) {
	checkLen("map criterion", "loss", len(loss), 1)
	checkLen("map criterion", "x", len(x), k.N*k.Classes)
	checkLen("map criterion", "label", len(label), k.N)
	if dx != nil {
		checkLen("map criterion", "dx", len(dx), k.N*k.Classes)
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = p.Scratch(0), dx, x
	t.I[0] = label
	tiles := rowTiles(k.N, k.Classes)
	p.Run(tiles, mapCriterionTile, t)
	loss[0] = float32(k.Weight / float64(k.N) * total(t.F[0], tiles))
}

func mapCriterionTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*MAPCriterion)
	lo, hi := rowSpan(i, k.N, k.Classes)
	sum, step := 0.0, k.Weight/float64(k.N)
	for n := lo; n < hi; n++ {
		x, dx := t.F[2][n*k.Classes:(n+1)*k.Classes], []float32(nil)
		if t.F[1] != nil {
			dx = t.F[1][n*k.Classes : (n+1)*k.Classes]
			clear(dx)
		}
		at := checkLabel("map criterion", t.I[0][n], n, k.Classes)
		sum -= float64(x[at])
		all := 0.0
		if k.J > 0 {
			all = logSum(x, -k.J)
			sum += all
		}
		if dx == nil {
			continue
		}
		for j, v := range x {
			share := 0.0
			if k.J > 0 {
				share = math.Exp(float64(v) - all)
			}
			if j == at {
				share--
			}
			dx[j] = float32(step * share)
		}
	}
	putFloat64(t.F[0], i, sum)
}

// logSum is log(e^first + Σ e^x), without overflow.
func logSum(x []float32, first float64) float64 {
	top := first
	for _, v := range x {
		if f := float64(v); f > top || f != f {
			top = f
		}
	}
	sum := math.Exp(first - top)
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

// Call runs the kernel on views in the order of Operands.
func (k *MAPCriterion) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].I32)
}

// Operands describes the arguments of Run.
func (k *MAPCriterion) Operands() []plan.Operand {
	n := k.N * k.Classes
	return []plan.Operand{
		write("loss", 1), optional(write("dx", n)), read("x", n), typed(read("label", k.N), plan.I32),
	}
}
