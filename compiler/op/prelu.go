package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// PReLU is the attributes of prelu.
type PReLU struct {
	Slope  float64 `net:"slope,pos" doc:"first value of the slopes; 0.25 when absent"`
	Shared bool    `net:"shared,flag" doc:"train one slope for all channels"`
}

func prelu() *ir.Op {
	return &ir.Op{
		Name:    "prelu",
		Doc:     "Rectified linear unit with a trained slope below zero, one for each channel.",
		Source:  "He et al. 2015, Delving deep into rectifiers",
		New:     func() any { return &PReLU{Slope: 0.25} },
		FLOPs:   perElement(2),
		Follows: ir.He,
		Infer: func(c *ir.Context) ir.Shape {
			a, in, slopes := c.Node.Attrs.(*PReLU), c.Node.In[0].Shape, 1
			if !a.Shared {
				n, ok := knownChannels(c, in)
				if !ok {
					return nil
				}
				slopes = n
			}
			c.Node.DeclareElementwise("weight", ir.Init{Value: a.Slope}, slopes)
			return in
		},
		Lower: func(e *ir.Emitter, n *ir.Node) {
			y, w := e.Value(n.Out), n.Param("weight")
			k := &kernel.PReLU{Rows: e.Len(y) / int(w.Len()), C: int(w.Len())}
			e.Step(k, y, e.Value(n.In[0]), e.Param(w))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			dy, x, w := e.Gradient(n.Out), e.Value(n.In[0]), n.Param("weight")
			rows, c := e.Len(dy)/int(w.Len()), int(w.Len())
			if dw := e.GradientOf(w); dw != plan.None {
				sums := &kernel.ChannelSums{N: 1, Rows: rows, C: c, Below: true}
				e.Step(sums, dw, plan.None, x, dy, e.Temp("work", plan.F32, sums.WorkLen()))
			}
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				e.Step(&kernel.PReLUBackward{Rows: rows, C: c}, dx, dy, x, e.Param(w))
			}
		},
		Examples: []string{"prelu", "conv(3, 1x1) -> prelu(0.1)", "prelu(shared)", "flatten -> dense(9) -> prelu"},
	}
}

// knownChannels is the number of channels or features of the input; it reports
// one that is left open.
func knownChannels(c *ir.Context, in ir.Shape) (int, bool) {
	n, ok := in.Channels().Known()
	if !ok {
		c.Errorf(diag.NeedsNumbers, "", "%s needs a known number of channels", c.Node.Op.Name).
			WithLabel("input is %s", in.Batched()).
			WithHelp("give the input's size as numbers")
	}
	return n, ok
}
