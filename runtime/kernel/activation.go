package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Fn names an activation function.
type Fn uint8

// The activation functions, with the error in units of the last place of the
// result, or of x where it says so.
const (
	Linear      Fn = iota // x
	ReLU                  // x where x ≥ 0 or x is NaN, else 0
	Tanh                  // hyperbolic tangent, within 2.5 ulp
	Sigmoid               // 1/(1+exp(-x)), within 2.5 ulp
	ReLU6                 // min(max(x, 0), 6)
	HardTanh              // min(max(x, -1), 1)
	HardSigmoid           // min(max(x+3, 0), 6)/6, two roundings
	HardSwish             // x·HardSigmoid(x), three roundings
	ELU                   // x where x > 0, else exp(x)-1, within 2.5 ulp
	SELU                  // 1.0507·x where x > 0, else 1.0507·1.6733·(exp(x)-1), within 4 ulp
	Softplus              // ln(1+exp(x)), within 4 ulp
	ScaledTanh            // 1.7159·tanh(2x/3), within 5 ulp
	SiLU                  // x·Sigmoid(x), within 3.5 ulp
	GELU                  // x·(1+erf(x/√2))/2, within 3 ulp of x
	GELUTanh              // x·(1+tanh(√(2/π)·(x+0.044715x³)))/2, within 4 ulp of x
	Mish                  // x·tanh(Softplus(x)), within 8 ulp
)

// activations has one row a function: its name, itself, and its gradient from
// the output or, where the output does not tell it, from the input.
var activations = [...]struct {
	name      string
	constant  string
	forward   func(y, x []float32)
	grad      func(dx, dy, at []float32)
	fromInput bool
}{
	Linear:      {"linear", "Linear", linear, linearGrad, false},
	ReLU:        {"relu", "ReLU", simd.ReLU, simd.ReLUGrad, false},
	Tanh:        {"tanh", "Tanh", simd.Tanh, simd.TanhGrad, false},
	Sigmoid:     {"sigmoid", "Sigmoid", simd.Sigmoid, simd.SigmoidGrad, false},
	ReLU6:       {"relu6", "ReLU6", relu6, relu6Grad, false},
	HardTanh:    {"hard_tanh", "HardTanh", hardTanh, hardTanhGrad, false},
	HardSigmoid: {"hard_sigmoid", "HardSigmoid", hardSigmoid, hardSigmoidGrad, false},
	HardSwish:   {"hard_swish", "HardSwish", hardSwish, hardSwishGrad, true},
	ELU:         {"elu", "ELU", elu, eluGrad, false},
	SELU:        {"selu", "SELU", selu, seluGrad, false},
	Softplus:    {"softplus", "Softplus", softplus, softplusGrad, false},
	ScaledTanh:  {"scaled_tanh", "ScaledTanh", scaledTanh, scaledTanhGrad, false},
	SiLU:        {"silu", "SiLU", silu, siluGrad, true},
	GELU:        {"gelu", "GELU", gelu, geluGrad, true},
	GELUTanh:    {"gelu(tanh)", "GELUTanh", geluTanh, geluTanhGrad, true},
	Mish:        {"mish", "Mish", mish, mishGrad, true},
}

// FromInput says that ActivationBackward wants the input, not the output.
func (f Fn) FromInput() bool { return activations[f].fromInput }

func (f Fn) String() string { return activations[f].name }

// GoName is the constant's name, for generated code.
func (f Fn) GoName() string { return activations[f].constant }

// Activation applies a function to every element.
//
// Shapes: y, x of Len; y may be x. Formula: y = f(x). Error: as its constant says;
// exact where that says nothing.
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

// ActivationBackward is the gradient of Activation, from its output or, where
// Fn.FromInput says so, its input.
//
// Shapes: dx, dy, at of Len; dx may be dy. Formula: dx = dy·f'; f' is the side
// without slope at a kink: ReLU: 1 where y > 0 or y is NaN, else 0; ReLU6,
// HardTanh and HardSigmoid: 0 at their bounds; HardSwish: 1 at 3. Tanh: 1-y²;
// Sigmoid: y-y²; ELU: y+1 where y ≤ 0; Softplus: 1-exp(-y); the others in the
// same way. Error: one rounding an operation.
type ActivationBackward struct {
	Fn  Fn
	Len int
}

// Run sets dx from dy and the output or input.
func (k *ActivationBackward) Run(p *par.Pool, dx, dy, at []float32) {
	checkLen("activation backward", "dx", len(dx), k.Len)
	checkLen("activation backward", "dy", len(dy), k.Len)
	checkLen("activation backward", "at", len(at), k.Len)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = dx, dy, at
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
	return []plan.Operand{write("dx", k.Len), read("dy", k.Len), read("at", k.Len)}
}
