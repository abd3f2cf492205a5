package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/rng"
)

// Dropout is the attributes of dropout.
type Dropout struct {
	Rate float64 `net:"rate,pos,required,min=0,max=0.99" doc:"probability with which an element is set to 0"`
}

func dropout() *ir.Op {
	return &ir.Op{
		Name: "dropout",
		Doc: "Sets elements to 0 at random while training and scales the others by 1/(1 − rate); " +
			"passes its input through in inference.",
		Source: "Srivastava et al. 2014",
		New:    func() any { return &Dropout{} },
		Weighs: true,
		Random: true,
		Infer:  func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape },
		FLOPs:  perElement(0),
		Lower: func(e *ir.Emitter, n *ir.Node) {
			k, active := dropoutKernel(e, n)
			if !active {
				e.Share(n.Out, n.In[0])
				return
			}
			e.Step(&k, e.Value(n.Out), e.Value(n.In[0]), e.Input(ir.Seed, plan.I64, 1), e.PassNumber())
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			k, active := dropoutKernel(e, n)
			if !active {
				e.Pass(n.In[0], n.Out)
				return
			}
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				back := kernel.DropoutBackward(k)
				e.Step(&back, dx, e.Gradient(n.Out), e.Input(ir.Seed, plan.I64, 1), e.PassNumber())
			}
		},
		Examples: []string{"dropout(0.5)", "flatten -> dropout(0.1)", "dropout(0)"},
	}
}

// dropoutKernel returns the kernel, and whether there is anything to do.
func dropoutKernel(e *ir.Emitter, n *ir.Node) (kernel.Dropout, bool) {
	rate := n.Attrs.(*Dropout).Rate
	k := kernel.Dropout{
		N: e.Batch, Len: int(elems(n.Out)), Rate: float32(rate), Stream: rng.Stream(n.Name),
	}
	return k, e.Training && rate > 0
}
