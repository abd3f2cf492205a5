package kernel

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/rng"
)

// Dropout sets elements to zero at random and enlarges the others, so that the
// expected value stays.
//
// Shapes: y, x of N samples of Len elements; y may be x. seed and step have one
// element. Formula: y = x/(1-Rate) where kept, else 0. An element is dropped
// with probability Rate, rounded to a multiple of 2⁻³²; which ones is a function
// of seed, Stream, step and index, so nothing is stored for the gradient.
// Rate is in [0, 1]. Error: two roundings.
// Source: N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever,
// R. Salakhutdinov, "Dropout", JMLR 15, 2014, scaled while training.
type Dropout struct {
	N      int
	Len    int
	Rate   float32
	Stream uint64
}

// Run sets y from x.
func (k *Dropout) Run(p *par.Pool, y, x []float32, seed, step []int64) {
	runDropout(p, k, y, x, seed, step)
}

// Call runs the kernel on views in the order of Operands.
func (k *Dropout) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].I64, a[3].I64)
}

// InPlace says that y may lie where x does.
func (k *Dropout) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *Dropout) Operands() []plan.Operand { return dropoutOperands(k, "y", "x") }

// DropoutBackward is the gradient of the Dropout with the same fields.
//
// Shapes: dx, dy of N samples of Len elements; dx may be dy. Formula:
// dx = dy/(1-Rate) where kept, else 0. Error: two roundings.
type DropoutBackward struct {
	N      int
	Len    int
	Rate   float32
	Stream uint64
}

// Run sets dx from dy.
func (k *DropoutBackward) Run(p *par.Pool, dx, dy []float32, seed, step []int64) {
	runDropout(p, (*Dropout)(k), dx, dy, seed, step)
}

// Call runs the kernel on views in the order of Operands.
func (k *DropoutBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].I64, a[3].I64)
}

// InPlace says that dx may lie where dy does.
func (k *DropoutBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *DropoutBackward) Operands() []plan.Operand {
	return dropoutOperands((*Dropout)(k), "dx", "dy")
}

func dropoutOperands(k *Dropout, dst, src string) []plan.Operand {
	n := k.N * k.Len
	return []plan.Operand{
		write(dst, n), read(src, n),
		typed(read("seed", 1), plan.I64), typed(read("step", 1), plan.I64),
	}
}

// runDropout applies the mask; it is its own gradient.
func runDropout(p *par.Pool, k *Dropout, dst, src []float32, seed, step []int64) {
	checkLen("dropout", "output", len(dst), k.N*k.Len)
	checkLen("dropout", "input", len(src), k.N*k.Len)
	checkLen("dropout", "seed", len(seed), 1)
	checkLen("dropout", "step", len(step), 1)
	if !(k.Rate >= 0 && k.Rate <= 1) {
		panic(fmt.Sprintf("kernel dropout: rate %v, want a number of 0 … 1", k.Rate))
	}
	t := par.Task{Kernel: k, L: [2]int64{seed[0], step[0]}}
	t.F[0], t.F[1] = dst, src
	p.Run(elemTiles(k.N*k.Len), dropoutTile, t)
}

func dropoutTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Dropout)
	key := rng.New(uint64(t.L[0]), k.Stream).Fold(uint64(t.L[1]))
	drop, scale := dropRule(k.Rate)
	lo, hi := elemSpan(i, k.N*k.Len)
	dst, src := t.F[0][lo:hi], t.F[1][lo:hi]
	for ; len(dst) >= 4; dst, src, lo = dst[4:], src[4:], lo+4 {
		w0, w1, w2, w3 := key.Block(uint64(lo) / 4)
		dst[0] = keep(src[0]*scale, w0, drop)
		dst[1] = keep(src[1]*scale, w1, drop)
		dst[2] = keep(src[2]*scale, w2, drop)
		dst[3] = keep(src[3]*scale, w3, drop)
	}
	for j := range dst {
		dst[j] = keep(src[j]*scale, key.Uint32(uint64(lo+j)), drop)
	}
}

// dropRule is the number of words for which something is dropped, and the factor
// of what is kept.
func dropRule(rate float32) (drop uint64, scale float32) {
	return uint64(math.RoundToEven(float64(rate) * (1 << 32))), float32(1 / (1 - float64(rate)))
}

// keep returns v if word ≥ drop, else 0. It has no branch, which would be
// mispredicted.
func keep(v float32, word uint32, drop uint64) float32 {
	less := uint32((uint64(word) - drop) >> 63)
	return math.Float32frombits(math.Float32bits(v) & (less - 1))
}
