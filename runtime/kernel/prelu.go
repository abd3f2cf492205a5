package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// LeakyReLU lets a constant part of what is below zero pass.
//
// Shapes: y, x of Len; y may be x. Formula: y = x where x > 0, else Slope·x.
// Slope ≥ 0. Error: one rounding.
// Source: A. Maas, A. Hannun, A. Ng, "Rectifier nonlinearities improve neural
// network acoustic models", ICML 2013.
type LeakyReLU struct {
	Len   int
	Slope float32
}

// Run sets y from x.
func (k *LeakyReLU) Run(p *par.Pool, y, x []float32) {
	checkLen("leaky relu", "y", len(y), k.Len)
	checkLen("leaky relu", "x", len(x), k.Len)
	t := par.Task{Kernel: k, X: k.Slope}
	t.F[0], t.F[1], t.F[2] = y, x, x
	p.Run(elemTiles(k.Len), leakyTile, t)
}

// leakyTile scales F[1] by the slope where F[2] is not above zero.
func leakyTile(_ *par.Pool, t *par.Task, _, i int) {
	lo, hi := elemSpan(i, len(t.F[0]))
	dst, src, at := t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi]
	for j, v := range at {
		g := src[j]
		if !(v > 0) {
			g *= t.X
		}
		dst[j] = g
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *LeakyReLU) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// InPlace says that y may lie where x does.
func (k *LeakyReLU) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *LeakyReLU) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Len), read("x", k.Len)}
}

// LeakyReLUBackward is the gradient of LeakyReLU, from its output.
//
// Shapes: dx, dy, y of Len; dx may be dy. Formula: dx = dy where y > 0, else
// Slope·dy. Error: one rounding.
type LeakyReLUBackward struct {
	Len   int
	Slope float32
}

// Run sets dx from dy and the output y.
func (k *LeakyReLUBackward) Run(p *par.Pool, dx, dy, y []float32) {
	checkLen("leaky relu backward", "dx", len(dx), k.Len)
	checkLen("leaky relu backward", "dy", len(dy), k.Len)
	checkLen("leaky relu backward", "y", len(y), k.Len)
	t := par.Task{Kernel: k, X: k.Slope}
	t.F[0], t.F[1], t.F[2] = dx, dy, y
	p.Run(elemTiles(k.Len), leakyTile, t)
}

// Call runs the kernel on views in the order of Operands.
func (k *LeakyReLUBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// InPlace says that dx may lie where dy does.
func (k *LeakyReLUBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *LeakyReLUBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.Len), read("dy", k.Len), read("y", k.Len)}
}

// PReLU is LeakyReLU with a trained slope for each channel. The gradient by the
// slopes is ChannelSums with Below.
//
// Shapes: y, x Rows,C; w C; y may be x. Formula: y[i,c] = x[i,c] where that is
// above 0, else w[c]·x[i,c]. Error: one rounding.
// Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV
// 2015.
type PReLU struct{ Rows, C int }

// Run sets y from x and the slopes w.
func (k *PReLU) Run(p *par.Pool, y, x, w []float32) {
	checkLen("prelu", "y", len(y), k.Rows*k.C)
	checkLen("prelu", "x", len(x), k.Rows*k.C)
	checkLen("prelu", "w", len(w), k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = y, x, x, w
	t.L[0] = int64(k.C)
	p.Run(rowTiles(k.Rows, k.C), preluTile, t)
}

// preluTile multiplies F[1] by the slopes F[3] where F[2] is not above zero.
func preluTile(_ *par.Pool, t *par.Task, _, i int) {
	c := int(t.L[0])
	lo, hi := rowSpan(i, len(t.F[0])/c, c)
	w := t.F[3]
	for r := lo; r < hi; r++ {
		dst, src, at := t.F[0][r*c:][:c], t.F[1][r*c:][:c], t.F[2][r*c:][:c]
		for j, v := range at {
			g := src[j]
			if !(v > 0) {
				g *= w[j]
			}
			dst[j] = g
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *PReLU) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// InPlace says that y may lie where x does.
func (k *PReLU) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *PReLU) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Rows*k.C), read("x", k.Rows*k.C), read("w", k.C)}
}

// PReLUBackward is the gradient of PReLU by its input.
//
// Shapes: dx, dy, x Rows,C; w C; dx may be dy. Formula: dx[i,c] = dy[i,c] where
// x[i,c] > 0, else w[c]·dy[i,c]. Error: one rounding.
type PReLUBackward struct{ Rows, C int }

// Run sets dx from dy, the input x and the slopes w.
func (k *PReLUBackward) Run(p *par.Pool, dx, dy, x, w []float32) {
	checkLen("prelu backward", "dx", len(dx), k.Rows*k.C)
	checkLen("prelu backward", "dy", len(dy), k.Rows*k.C)
	checkLen("prelu backward", "x", len(x), k.Rows*k.C)
	checkLen("prelu backward", "w", len(w), k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = dx, dy, x, w
	t.L[0] = int64(k.C)
	p.Run(rowTiles(k.Rows, k.C), preluTile, t)
}

// Call runs the kernel on views in the order of Operands.
func (k *PReLUBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// InPlace says that dx may lie where dy does.
func (k *PReLUBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *PReLUBackward) Operands() []plan.Operand {
	n := k.Rows * k.C
	return []plan.Operand{write("dx", n), read("dy", n), read("x", n), read("w", k.C)}
}
