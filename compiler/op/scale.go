package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Scale is the attributes of scale.
type Scale struct {
	Value float64 `net:"value,pos" doc:"first value of the factors; 1 when absent"`
	Bias  bool    `net:"bias,flag" doc:"add a number to each channel; false when absent"`
}

func scale() *ir.Op {
	return &ir.Op{
		Name:   "scale",
		Doc:    "Multiplies each channel by a trained factor, and may add a bias.",
		Source: "LeCun et al. 1998 (subsampling coefficients); Touvron et al. 2021 (LayerScale)",
		New:    func() any { return &Scale{Value: 1} },
		Weighs: true,
		Infer: func(c *ir.Context) ir.Shape {
			a, in := c.Node.Attrs.(*Scale), c.Node.In[0].Shape
			n, ok := knownChannels(c, in)
			if !ok {
				return nil
			}
			c.Node.DeclareElementwise("weight", ir.Init{Value: a.Value}, n)
			if a.Bias {
				c.Node.DeclareElementwise("bias", ir.Init{}, n)
			}
			return in
		},
		FLOPs: func(n *ir.Node) int64 { return ir.Mul(int64(len(n.Params)), elems(n.Out)) },
		Lower: func(e *ir.Emitter, n *ir.Node) {
			y, c := e.Value(n.Out), channels(n.Out)
			e.Step(&kernel.Scale{Rows: e.Len(y) / c, C: c},
				y, e.Value(n.In[0]), e.Param(n.Param("weight")), e.Param(n.Param("bias")))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			dy, c := e.Gradient(n.Out), channels(n.Out)
			rows := e.Len(dy) / c
			dw, db := e.GradientOf(n.Param("weight")), e.GradientOf(n.Param("bias"))
			if dw != plan.None || db != plan.None {
				sums := &kernel.ChannelSums{N: 1, Rows: rows, C: c}
				e.Step(sums, dw, db, e.Value(n.In[0]), dy, e.Temp("work", plan.F32, sums.WorkLen()))
			}
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				e.Step(&kernel.Scale{Rows: rows, C: c}, dx, dy, e.Param(n.Param("weight")), plan.None)
			}
		},
		Examples: []string{"scale", "conv(3, same) -> scale(0.1)", "pool(avg, 2x2) -> scale(bias) -> tanh", "flatten -> scale(0.5, bias=true)"},
	}
}
