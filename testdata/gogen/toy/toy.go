// Package toy has naive kernels of every form that the generator must print:
// nested structs, enumerations, floats without a literal, optional operands,
// all element types.
package toy

import (
	"math"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Act is an activation; it names its constants.
type Act uint8

// The activations.
const (
	Identity Act = iota
	Square
)

// GoName is the constant's name.
func (a Act) GoName() string { return [...]string{"Identity", "Square"}[a] }

// Order is an order of summation; it can only say what it is.
type Order uint8

// The orders.
const (
	Up Order = iota
	Down
)

func (o Order) String() string { return [...]string{"up", "down"}[o] }

// Clip bounds values.
type Clip struct {
	Low, High float32
	Off       bool
}

// Uniform sets w to values below Bound that depend on seed and Stream.
type Uniform struct {
	Len    int
	Stream uint64
	Bound  float32
}

// Run fills w.
func (k *Uniform) Run(_ *par.Pool, w []float32, seed []int64) {
	x := uint64(seed[0])*0x9e3779b97f4a7c15 ^ k.Stream
	for i := range w {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		w[i] = k.Bound * (float32(x>>40)/(1<<23) - 1)
	}
}

// Call runs the kernel on views.
func (k *Uniform) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I64) }

// Operands describes the arguments.
func (k *Uniform) Operands() []plan.Operand {
	return []plan.Operand{{Name: "w", Len: k.Len, Access: plan.Write}, {Name: "seed", DType: plan.I64, Len: 1}}
}

// Fill sets every element of w to Value.
type Fill struct {
	Len   int
	Value float32
}

// Run fills w.
func (k *Fill) Run(_ *par.Pool, w []float32) {
	for i := range w {
		w[i] = k.Value
	}
}

// Call runs the kernel on views.
func (k *Fill) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32) }

// Operands describes the arguments.
func (k *Fill) Operands() []plan.Operand {
	return []plan.Operand{{Name: "w", Len: k.Len, Access: plan.Write}}
}

// Zero sets a counter to zero.
type Zero struct{}

// Run sets t.
func (k *Zero) Run(_ *par.Pool, t []int64) { t[0] = 0 }

// Call runs the kernel on views.
func (k *Zero) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].I64) }

// Operands describes the arguments.
func (k *Zero) Operands() []plan.Operand {
	return []plan.Operand{{Name: "t", DType: plan.I64, Len: 1, Access: plan.Write}}
}

// Transpose is dst (C×K) from w (K×C).
type Transpose struct{ K, C int }

// Run sets dst.
func (k *Transpose) Run(_ *par.Pool, dst, w []float32) {
	for i := range k.K {
		for j := range k.C {
			dst[j*k.K+i] = w[i*k.C+j]
		}
	}
}

// Call runs the kernel on views.
func (k *Transpose) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments.
func (k *Transpose) Operands() []plan.Operand {
	return []plan.Operand{{Name: "dst", Len: k.K * k.C, Access: plan.Write}, {Name: "w", Len: k.K * k.C}}
}

// Shape is the geometry of Dense.
type Shape struct{ N, C, K int }

// Dense is y = act(clip(x·w + b)) with w packed, C×K.
type Dense struct {
	Shape
	Act     Act
	Order   Order
	Clip    Clip
	Weights []float32 // of nothing, to have a list
}

// Run sets y.
func (k *Dense) Run(p *par.Pool, y, x, w, b []float32) {
	sum := p.Scratch(0)
	for n := range k.N {
		for o := range k.K {
			sum[0] = 0
			if b != nil {
				sum[0] = b[o]
			}
			for c := range k.C {
				if k.Order == Down {
					c = k.C - 1 - c
				}
				sum[0] += x[n*k.C+c] * w[c*k.K+o]
			}
			v := sum[0]
			if !k.Clip.Off {
				v = max(k.Clip.Low, min(k.Clip.High, v))
			}
			if k.Act == Square {
				v *= v
			}
			y[n*k.K+o] = v
		}
	}
}

// Scratch is one word.
func (k *Dense) Scratch() int { return 1 }

// Call runs the kernel on views.
func (k *Dense) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32) }

// Operands describes the arguments.
func (k *Dense) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "y", Len: k.N * k.K, Access: plan.Write},
		{Name: "x", Len: k.N * k.C},
		{Name: "w", Len: k.C * k.K},
		{Name: "b", Len: k.K, Optional: true},
	}
}

// DenseGrad is dw (K×C) = dyᵀ·x.
type DenseGrad struct{ Shape }

// Run sets dw.
func (k *DenseGrad) Run(_ *par.Pool, dw, dy, x []float32) {
	for o := range k.K {
		for c := range k.C {
			sum := float32(0)
			for n := range k.N {
				sum += dy[n*k.K+o] * x[n*k.C+c]
			}
			dw[o*k.C+c] = sum
		}
	}
}

// Call runs the kernel on views.
func (k *DenseGrad) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments.
func (k *DenseGrad) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "dw", Len: k.K * k.C, Access: plan.Write},
		{Name: "dy", Len: k.N * k.K},
		{Name: "x", Len: k.N * k.C},
	}
}

// Loss is half the squared distance to one-hot labels, and its gradient, with
// noise of the seed and the step.
type Loss struct{ N, K int }

// Run sets loss and dy.
func (k *Loss) Run(_ *par.Pool, loss, dy, y []float32, label []int32, seed, step []int64) {
	loss[0] = 0
	noise := float32(math.Sin(float64(seed[0]+step[0]))) / 1024
	for n := range k.N {
		for o := range k.K {
			d := y[n*k.K+o] + noise
			if int32(o) == label[n] {
				d--
			}
			dy[n*k.K+o] = d / float32(k.N)
			loss[0] += d * d / float32(2*k.N)
		}
	}
}

// Call runs the kernel on views.
func (k *Loss) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].I32, a[4].I64, a[5].I64)
}

// Operands describes the arguments.
func (k *Loss) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "loss", Len: 1, Access: plan.Write},
		{Name: "dy", Len: k.N * k.K, Access: plan.Write},
		{Name: "y", Len: k.N * k.K},
		{Name: "label", DType: plan.I32, Len: k.N},
		{Name: "seed", DType: plan.I64, Len: 1},
		{Name: "step", DType: plan.I64, Len: 1},
	}
}

// Momentum is v = Mu·v + dw; w -= rate·v.
type Momentum struct {
	Len int
	Mu  float32
}

// Run updates w and v.
func (k *Momentum) Run(_ *par.Pool, w, v, dw, rate []float32) {
	for i := range w {
		v[i] = k.Mu*v[i] + dw[i]
		w[i] -= rate[0] * v[i]
	}
}

// Call runs the kernel on views.
func (k *Momentum) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments.
func (k *Momentum) Operands() []plan.Operand {
	return []plan.Operand{
		{Name: "w", Len: k.Len, Access: plan.ReadWrite},
		{Name: "v", Len: k.Len, Access: plan.ReadWrite},
		{Name: "dw", Len: k.Len},
		{Name: "rate", Len: 1},
	}
}

// Count adds one to a counter.
type Count struct{}

// Run adds one to t.
func (k *Count) Run(_ *par.Pool, t []int64) { t[0]++ }

// Call runs the kernel on views.
func (k *Count) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].I64) }

// Operands describes the arguments.
func (k *Count) Operands() []plan.Operand {
	return []plan.Operand{{Name: "t", DType: plan.I64, Len: 1, Access: plan.ReadWrite}}
}
