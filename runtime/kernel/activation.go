package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Fn names an activation function.
type Fn uint8

// The activation functions.
const (
	ReLU    Fn = iota // x where x ≥ 0 or x is NaN, else 0
	Tanh              // hyperbolic tangent, within 2.5 ulp
	Sigmoid           // 1/(1+exp(-x)), within 2.5 ulp
)

// activations has one row a function: its name, itself, and its gradient, which
// is a function of the output alone.
var activations = [...]struct {
	name     string
	constant string
	forward  func(y, x []float32)
	grad     func(dx, dy, y []float32)
}{
	ReLU:    {"relu", "ReLU", simd.ReLU, simd.ReLUGrad},
	Tanh:    {"tanh", "Tanh", simd.Tanh, simd.TanhGrad},
	Sigmoid: {"sigmoid", "Sigmoid", simd.Sigmoid, simd.SigmoidGrad},
}

func (f Fn) String() string { return activations[f].name }

// GoName is the constant's name, for generated code.
func (f Fn) GoName() string { return activations[f].constant }

// Activation applies a function to every element.
//
// Shapes: y, x of Len; y may be x. Formula: y = f(x). Error: exact for ReLU,
// 2.5 ulp for the others.
type Activation struct {
	Fn  Fn
	Len int
}

// Run sets y from x.
func (k *Activation) Run(p *par.Pool, y, x []float32) {
	checkLen("activation", "y", len(y), k.Len)
	checkLen("activation", "x", len(x), k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(elemTiles(k.Len), activationTile, t)
}

func activationTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Activation)
	lo, hi := elemSpan(i, k.Len)
	activations[k.Fn].forward(t.F[0][lo:hi], t.F[1][lo:hi])
}

// Call runs the kernel on views in the order of Operands.
func (k *Activation) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// InPlace says that y may lie where x does.
func (k *Activation) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *Activation) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Len), read("x", k.Len)}
}

// ActivationBackward is the gradient of Activation, from its output.
//
// Shapes: dx, dy, y of Len; dx may be dy. Formula: ReLU: dx = dy where y > 0,
// else 0 (0 at the kink; dy where y is NaN); Tanh: dx = dy·(1-y²); Sigmoid:
// dx = dy·(y-y²). Error: one rounding an operation.
type ActivationBackward struct {
	Fn  Fn
	Len int
}

// Run sets dx from dy and the output y.
func (k *ActivationBackward) Run(p *par.Pool, dx, dy, y []float32) {
	checkLen("activation backward", "dx", len(dx), k.Len)
	checkLen("activation backward", "dy", len(dy), k.Len)
	checkLen("activation backward", "y", len(y), k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = dx, dy, y
	p.Run(elemTiles(k.Len), activationBackwardTile, t)
}

func activationBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*ActivationBackward)
	lo, hi := elemSpan(i, k.Len)
	activations[k.Fn].grad(t.F[0][lo:hi], t.F[1][lo:hi], t.F[2][lo:hi])
}

// Call runs the kernel on views in the order of Operands.
func (k *ActivationBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// InPlace says that dx may lie where dy does.
func (k *ActivationBackward) InPlace() (dst, src int) { return 0, 1 }

// Operands describes the arguments of Run.
func (k *ActivationBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.Len), read("dy", k.Len), read("y", k.Len)}
}
