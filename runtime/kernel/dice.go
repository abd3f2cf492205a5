package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Dice is one less the soft overlap of probabilities with a mask over the whole
// batch, and its gradient.
//
// Shapes: loss of one element; dx, x, target of Len; dx is nil where no
// gradient is wanted. Formula, with q = 1/(1+exp(-x)), I = Σ q·target and
// S = Σ q + Σ target: loss = Weight·(1 - (2·I + Smooth)/(S + Smooth)); dx is the
// derivative. Computed in float64, summed in order of the elements of a tile,
// then of the tiles. Error: one rounding.
// Source: F. Milletari, N. Navab, S.-A. Ahmadi, "V-Net", 3DV 2016, without the
// squares below the line, and with Smooth in both sums.
type Dice struct {
	Len    int
	Smooth float64
	Weight float64 // of this loss among others
}

// Scratch is the room for both sums of all tiles.
func (k *Dice) Scratch() int { return 4 * elemTiles(k.Len) }

// Run sets loss and, unless it is nil, dx.
func (k *Dice) Run(p *par.Pool, loss, dx, x, target []float32) {
	checkLen("dice", "loss", len(loss), 1)
	checkLen("dice", "x", len(x), k.Len)
	checkLen("dice", "target", len(target), k.Len)
	if dx != nil {
		checkLen("dice", "dx", len(dx), k.Len)
	}
	tiles := elemTiles(k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = p.Scratch(0)[:2*tiles], p.Scratch(0)[2*tiles:4*tiles]
	t.F[2], t.F[3], t.F[4] = dx, x, target
	p.Run(tiles, diceSumTile, t)
	above := 2*total(t.F[0], tiles) + k.Smooth
	below := total(t.F[1], tiles) + k.Smooth
	loss[0] = float32(k.Weight * (1 - above/below))
	if dx != nil {
		t.L[0], t.L[1] = floatBits(above), floatBits(below)
		p.Run(tiles, diceGradientTile, t)
	}
}

func diceSumTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, len(t.F[3]))
	overlap, sum := 0.0, 0.0
	for j := lo; j < hi; j++ {
		q, target := logistic(t.F[3][j]), float64(t.F[4][j])
		overlap += float64(q * target)
		sum += q + target
	}
	putFloat64(t.F[0], i, overlap)
	putFloat64(t.F[1], i, sum)
}

// diceGradientTile sets dx = Weight·(above - 2·target·below)/below² · q·(1-q).
func diceGradientTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Dice)
	lo, hi := elemSpan(i, k.Len)
	above, below := bitsFloat(t.L[0]), bitsFloat(t.L[1])
	scale := k.Weight / (below * below)
	for j := lo; j < hi; j++ {
		q := logistic(t.F[3][j])
		slope := above - float64(2*float64(t.F[4][j])*below)
		t.F[2][j] = float32(scale * slope * (q * (1 - q)))
	}
}

func logistic(x float32) float64 { return 1 / (1 + math.Exp(-float64(x))) }

// Call runs the kernel on views in the order of Operands.
func (k *Dice) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *Dice) Operands() []plan.Operand {
	return []plan.Operand{
		write("loss", 1), optional(write("dx", k.Len)), read("x", k.Len), read("target", k.Len),
	}
}
