package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Gate multiplies every pixel of a sample by one vector: the weights that
// squeeze-and-excitation gives to channels. With one sample of one pixel it
// multiplies element by element. It is its own gradient by x, with dy for x.
//
// Shapes: y, x N,Pixels,C; s N,C; y may be x. Formula: y[n,i,c] =
// x[n,i,c]·s[n,c]. Error: one rounding.
type Gate struct{ N, Pixels, C int }

// Run sets y from x and s.
func (k *Gate) Run(p *par.Pool, y, x, s []float32) {
	n := k.N * k.Pixels * k.C
	checkLen("gate", "y", len(y), n)
	checkLen("gate", "x", len(x), n)
	checkLen("gate", "s", len(s), k.N*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = y, x, s
	p.Run(elemTiles(n), gateTile, t)
}

func gateTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Gate)
	lo, hi := elemSpan(i, k.N*k.Pixels*k.C)
	for lo < hi {
		pixel, c := lo/k.C, lo%k.C
		end := min(lo+k.C-c, hi)
		y, x, s := t.F[0][lo:end], t.F[1][lo:end], t.F[2][pixel/k.Pixels*k.C+c:]
		x, s = x[:len(y)], s[:len(y)]
		for j := range y {
			y[j] = x[j] * s[j]
		}
		lo = end
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Gate) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// InPlace says that y may lie where x does.
func (k *Gate) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *Gate) Operands() []plan.Operand {
	n := k.N * k.Pixels * k.C
	return []plan.Operand{write("y", n), read("x", n), read("s", k.N*k.C)}
}
