package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Point is a loss of one number against its target.
type Point uint8

// The losses, with d = x-t. The scale is δ of PointHuber and β of PointSmoothL1.
const (
	PointSquare   Point = iota // d²
	PointAbsolute              // |d|
	PointHuber                 // d²/2 for |d| ≤ δ, else δ·(|d| - δ/2)
	PointSmoothL1              // d²/(2β) for |d| < β, else |d| - β/2
	PointLogistic              // cross-entropy of the logistic of x with the probability t
)

// GoName is the constant's name in this package, for generated code.
func (f Point) GoName() string {
	return [...]string{"PointSquare", "PointAbsolute", "PointHuber", "PointSmoothL1", "PointLogistic"}[f]
}

// at is the loss of x against t and its derivative by x, which is 0 at the kink
// of PointAbsolute.
func (f Point) at(x, t, scale float64) (loss, slope float64) {
	d := x - t
	switch f {
	case PointAbsolute:
		return math.Abs(d), sign(d)
	case PointHuber:
		if math.Abs(d) <= scale {
			return d * d / 2, d
		}
		return scale * (math.Abs(d) - scale/2), scale * sign(d)
	case PointSmoothL1:
		if math.Abs(d) < scale {
			return d * d / (2 * scale), d / scale
		}
		return math.Abs(d) - scale/2, sign(d)
	case PointLogistic:
		e := math.Exp(-math.Abs(x)) // of the side that does not overflow
		p := 1 / (1 + e)
		if x < 0 {
			p = e / (1 + e)
		}
		return max(x, 0) - x*t + math.Log1p(e), p - t
	}
	return d * d, 2 * d
}

// sign is 1, -1, or x itself where that is 0 or NaN.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}

// PointLoss is the mean of a loss over all elements, and its gradient.
//
// Shapes: loss of one element; dx, x, target of Len; dx is nil where no
// gradient is wanted. Formula: loss = Weight/Len Σ Fn(x, target); dx is the
// derivative. Computed in float64, summed in order of the elements of a tile,
// then of the tiles. Error: one rounding.
// Source: P. PointHuber, "Robust estimation of a location parameter", 1964, for
// PointHuber; R. Girshick, "Fast R-CNN", ICCV 2015, for PointSmoothL1.
type PointLoss struct {
	Fn     Point
	Len    int
	Scale  float64
	Weight float64 // of this loss among others
}

// Scratch is the room for the losses of all tiles.
func (k *PointLoss) Scratch() int { return 2 * elemTiles(k.Len) }

// Run sets loss and, unless it is nil, dx.
func (k *PointLoss) Run(p *par.Pool, loss, dx, x, target []float32) {
	checkLen("point loss", "loss", len(loss), 1)
	checkLen("point loss", "x", len(x), k.Len)
	checkLen("point loss", "target", len(target), k.Len)
	if dx != nil {
		checkLen("point loss", "dx", len(dx), k.Len)
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = p.Scratch(0), dx, x, target
	p.Run(elemTiles(k.Len), pointLossTile, t)
	loss[0] = float32(k.Weight / float64(k.Len) * total(t.F[0], elemTiles(k.Len)))
}

func pointLossTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*PointLoss)
	lo, hi := elemSpan(i, k.Len)
	sum, scale := 0.0, k.Weight/float64(k.Len)
	for j := lo; j < hi; j++ {
		v, slope := k.Fn.at(float64(t.F[2][j]), float64(t.F[3][j]), k.Scale)
		sum += v
		if t.F[1] != nil {
			t.F[1][j] = float32(scale * slope)
		}
	}
	putFloat64(t.F[0], i, sum)
}

// Call runs the kernel on views in the order of Operands.
func (k *PointLoss) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *PointLoss) Operands() []plan.Operand {
	return []plan.Operand{
		write("loss", 1), optional(write("dx", k.Len)), read("x", k.Len), read("target", k.Len),
	}
}
