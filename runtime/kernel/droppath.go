package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/rng"
)

// DropPath sets whole samples to zero at random and enlarges the others, so that
// the expected value stays. It is its own gradient, with dy for x.
//
// Shapes: y, x of N samples of Len elements; y may be x. seed and step have one
// element. Formula: sample n is x/(1-Rate) where kept, else 0. A sample is
// dropped with probability Rate, rounded to a multiple of 2⁻³²; which ones is a
// function of seed, Stream, step and n. Rate is in [0, 1). Error: two roundings.
// Source: G. Huang, Y. Sun, Z. Liu, D. Sedra, K. Weinberger, "Deep networks with
// stochastic depth", ECCV 2016, scaled while training.
type DropPath struct {
	N      int
	Len    int
	Rate   float32
	Stream uint64
}

// Run sets y from x.
func (k *DropPath) Run(p *par.Pool, y, x []float32, seed, step []int64) {
	checkLen("drop path", "y", len(y), k.N*k.Len)
	checkLen("drop path", "x", len(x), k.N*k.Len)
	checkLen("drop path", "seed", len(seed), 1)
	checkLen("drop path", "step", len(step), 1)
	t := par.Task{Kernel: k, L: [2]int64{seed[0], step[0]}}
	t.F[0], t.F[1] = y, x
	p.Run(elemTiles(k.N*k.Len), dropPathTile, t)
}

func dropPathTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*DropPath)
	key := rng.New(uint64(t.L[0]), k.Stream).Fold(uint64(t.L[1]))
	drop, scale := dropRule(k.Rate)
	lo, hi := elemSpan(i, k.N*k.Len)
	for lo < hi {
		n := lo / k.Len
		end := min((n+1)*k.Len, hi)
		if word := key.Uint32(uint64(n)); uint64(word) < drop {
			clear(t.F[0][lo:end])
		} else {
			y, x := t.F[0][lo:end], t.F[1][lo:end]
			for j, v := range x {
				y[j] = v * scale
			}
		}
		lo = end
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *DropPath) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].I64, a[3].I64)
}

// InPlace says that y may lie where x does.
func (k *DropPath) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *DropPath) Operands() []plan.Operand {
	n := k.N * k.Len
	return []plan.Operand{
		write("y", n), read("x", n),
		typed(read("seed", 1), plan.I64), typed(read("step", 1), plan.I64),
	}
}
