package op

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

func mul() *ir.Op {
	return &ir.Op{
		Name: "mul",
		Doc: "Multiplies values of the same shape; one number for each channel, as a map of one pixel or as a vector, " +
			"multiplies every pixel of a map.",
		Source: "Hu et al. 2018, Squeeze-and-excitation networks",
		New:    func() any { return &Join{} },
		Weighs: true,
		Joins:  true,
		Infer: func(c *ir.Context) ir.Shape {
			if !branches(c) {
				return nil
			}
			full := c.Node.In[widest(c.Node)].Shape
			for _, v := range c.Node.In {
				if !v.Shape.Equal(full) && !gates(v.Shape, full) {
					mismatch(c, v, "give the branches the same shape, or all but one of them one number for each channel")
					return nil
				}
			}
			return full
		},
		FLOPs: func(n *ir.Node) int64 { return ir.Mul(int64(len(n.In)-1), elems(n.Out)) },
		Lower: func(e *ir.Emitter, n *ir.Node) {
			for i, v := range factors(n)[1:] {
				e.Step(gate(e, n, v), product(e, n, i+1), product(e, n, i), e.Value(v))
			}
		},
		Grad: gradMul,
		Examples: []string{
			"conv(same) | sigmoid",
			"relu | conv(same) | tanh",
			"relu | pool(avg, 8x8) -> conv(4, 1x1) -> sigmoid",
			"relu | pool(avg, 8x8) -> flatten -> dense(4) -> sigmoid",
			"pool(avg, 8x8) -> sigmoid | conv(same) | tanh | pool(max, 8x8)",
			"flatten -> dense(6) | flatten -> dense(6) -> tanh",
		},
	}
}

// gates reports whether a shape has one number for each channel of a map.
func gates(s, of ir.Shape) bool {
	one := ir.Int(1)
	return of.IsMap() && s[0].Equal(of[0]) && (!s.IsMap() || s[1] == one && s[2] == one)
}

// widest is the input that has the output's shape: the first map of more than
// one pixel, or else the first map, or else the first input.
func widest(n *ir.Node) int {
	one, at := ir.Int(1), -1
	for i, v := range n.In {
		if !v.Shape.IsMap() {
			continue
		}
		if v.Shape[1] != one || v.Shape[2] != one {
			return i
		}
		if at < 0 {
			at = i
		}
	}
	return max(at, 0)
}

// factors is the inputs with the widest in front.
func factors(n *ir.Node) []*ir.Value {
	i := widest(n)
	in := append([]*ir.Value{n.In[i]}, n.In[:i]...)
	return append(in, n.In[i+1:]...)
}

// product is the buffer of the product of factors 0 … i.
func product(e *ir.Emitter, n *ir.Node, i int) int {
	if i == 0 {
		return e.Value(factors(n)[0])
	}
	if i == len(n.In)-1 {
		return e.Value(n.Out)
	}
	return e.Saved(n, fmt.Sprint("product", i), plan.F32, ir.Storage(e.Batch, n.Out.Shape)...)
}

// gate multiplies by one factor, which has the output's shape or one number for
// each channel.
func gate(e *ir.Emitter, n *ir.Node, v *ir.Value) *kernel.Gate {
	size := e.Batch * int(elems(n.Out))
	if v.Shape.Equal(n.Out.Shape) {
		return &kernel.Gate{N: 1, Pixels: 1, C: size}
	}
	c := channels(v)
	return &kernel.Gate{N: e.Batch, Pixels: size / e.Batch / c, C: c}
}

// gradMul goes back through the products: of each it gives the gradients by the
// last factor, and by the product of those before it.
func gradMul(e *ir.Emitter, n *ir.Node) {
	in, d := factors(n), e.Gradient(n.Out)
	for i := len(in) - 1; i > 0; i-- {
		v, k := in[i], gate(e, n, in[i])
		if dv := e.Contribute(v); dv != plan.None {
			before := product(e, n, i-1)
			if v.Shape.Equal(n.Out.Shape) {
				e.Step(k, dv, d, before)
			} else {
				sums := &kernel.ChannelSums{N: k.N, Rows: k.Pixels, C: k.C}
				e.Step(sums, dv, plan.None, before, d, e.Temp("work", plan.F32, sums.WorkLen()))
			}
		}
		if !slices.ContainsFunc(in[:i], e.Needed) {
			return
		}
		var next int
		if i > 1 {
			next = e.Temp(fmt.Sprint("d_product", i-1), plan.F32, ir.Storage(e.Batch, n.Out.Shape)...)
		} else {
			next = e.Contribute(in[0])
		}
		e.Step(k, next, d, e.Value(v))
		d = next
	}
}
