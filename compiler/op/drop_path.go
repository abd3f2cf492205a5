package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/rng"
)

// DropPath is the attributes of drop_path.
type DropPath struct {
	Rate float64 `net:"rate,pos,required,min=0,max=0.99" doc:"probability with which an image's value is set to 0"`
}

func dropPath() *ir.Op {
	return &ir.Op{
		Name: "drop_path",
		Doc: "Sets the whole value of an image to 0 at random while training and scales the others by 1/(1 − rate), " +
			"so that a residual body is left out; passes its input through in inference.",
		Source: "Huang et al. 2016, Deep networks with stochastic depth",
		New:    func() any { return &DropPath{} },
		Weighs: true,
		Random: true,
		Infer:  func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape },
		FLOPs:  perElement(0),
		Lower: func(e *ir.Emitter, n *ir.Node) {
			k := dropPathKernel(e, n)
			if !e.Training || k.Rate == 0 {
				e.Share(n.Out, n.In[0])
				return
			}
			e.Step(k, e.Value(n.Out), e.Value(n.In[0]), e.Input(ir.Seed, plan.I64, 1), e.PassNumber())
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			k := dropPathKernel(e, n)
			if k.Rate == 0 {
				e.Pass(n.In[0], n.Out)
				return
			}
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				e.Step(k, dx, e.Gradient(n.Out), e.Input(ir.Seed, plan.I64, 1), e.PassNumber())
			}
		},
		Examples: []string{"drop_path(0.5)", "conv(3, 1x1) -> drop_path(0.1)", "drop_path(0)"},
	}
}

func dropPathKernel(e *ir.Emitter, n *ir.Node) *kernel.DropPath {
	return &kernel.DropPath{
		N: e.Batch, Len: int(elems(n.Out)), Rate: float32(n.Attrs.(*DropPath).Rate), Stream: rng.Stream(n.Name),
	}
}
