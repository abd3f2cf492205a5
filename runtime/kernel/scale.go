package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Scale multiplies each channel by a trained factor and may add a bias. Without
// one it is its own gradient by x, with dy for x; the gradients by w and b are
// ChannelSums.
//
// Shapes: y, x Rows,C; w C; b C or nil; y may be x. Formula: y[i,c] =
// x[i,c]·w[c] + b[c]. Error: one rounding an operation.
type Scale struct{ Rows, C int }

// Run sets y from x.
func (k *Scale) Run(p *par.Pool, y, x, w, b []float32) {
	checkLen("scale", "y", len(y), k.Rows*k.C)
	checkLen("scale", "x", len(x), k.Rows*k.C)
	checkLen("scale", "w", len(w), k.C)
	if b != nil {
		checkLen("scale", "b", len(b), k.C)
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = y, x, w, b
	p.Run(rowTiles(k.Rows, k.C), scaleTile, t)
}

func scaleTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Scale)
	lo, hi := rowSpan(i, k.Rows, k.C)
	w, b := t.F[2], t.F[3]
	for r := lo; r < hi; r++ {
		y, x := t.F[0][r*k.C:][:k.C], t.F[1][r*k.C:][:k.C]
		if b == nil {
			for c, v := range x {
				y[c] = v * w[c]
			}
			continue
		}
		for c, v := range x {
			y[c] = float32(v*w[c]) + b[c]
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Scale) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// InPlace says that y may lie where x does.
func (k *Scale) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *Scale) Operands() []plan.Operand {
	n := k.Rows * k.C
	return []plan.Operand{write("y", n), read("x", n), read("w", k.C), optional(read("b", k.C))}
}
