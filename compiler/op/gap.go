package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// GlobalAvgPool is the attributes of gap.
type GlobalAvgPool struct{}

func gap() *ir.Op {
	return &ir.Op{
		Name:   "gap",
		Doc:    "Global average pooling: the mean of each channel, as a vector.",
		Source: "Lin, Chen and Yan 2014, Network in network",
		New:    func() any { return &GlobalAvgPool{} },
		Infer: func(c *ir.Context) ir.Shape {
			if !needMap(c, "gap") {
				return nil
			}
			return ir.Vector(c.Node.In[0].Shape.Channels())
		},
		FLOPs:  func(n *ir.Node) int64 { return elems(n.In[0]) },
		Window: func(*ir.Node) ir.Window { return ir.Window{} },
		Lower: func(e *ir.Emitter, n *ir.Node) {
			k := gapKernel(e, n)
			e.Step(&k, e.Value(n.Out), e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				k := kernel.GlobalAvgPoolBackward(gapKernel(e, n))
				e.Step(&k, dx, e.Gradient(n.Out))
			}
		},
		Examples: []string{"gap", "conv(9, 3x3) -> relu -> gap", "pool(max, 8x8) -> gap"},
	}
}

func gapKernel(e *ir.Emitter, n *ir.Node) kernel.GlobalAvgPool {
	in, _ := n.In[0].Shape.Ints()
	return kernel.GlobalAvgPool{N: e.Batch, H: in[1], W: in[2], C: in[0]}
}
