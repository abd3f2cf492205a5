package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Add adds two tensors: a residual connection, or gradients that meet.
//
// Shapes: y, a, b of Len; y may be a or b. Formula: y = a + b. Error: one
// rounding.
type Add struct{ Len int }

// Run sets y from a and b.
func (k *Add) Run(p *par.Pool, y, a, b []float32) {
	checkLen("add", "y", len(y), k.Len)
	checkLen("add", "a", len(a), k.Len)
	checkLen("add", "b", len(b), k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = y, a, b
	p.Run(elemTiles(k.Len), addTile, t)
}

func addTile(p *par.Pool, t *par.Task, worker, i int) {
	lo, hi := elemSpan(i, t.Kernel.(*Add).Len)
	simd.Add(t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi])
}

// Call runs the kernel on views in the order of Operands.
func (k *Add) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// InPlace says that y may lie where a does.
func (k *Add) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *Add) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Len), read("a", k.Len), read("b", k.Len)}
}
