package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// LeakyReLU is the attributes of leaky_relu.
type LeakyReLU struct {
	Slope float64 `net:"slope,pos,min=0" doc:"factor of what is below zero; 0.01 when absent"`
}

func leakyReLU() *ir.Op {
	return &ir.Op{
		Name:    "leaky_relu",
		Doc:     "Rectified linear unit that lets a constant part of what is below zero pass.",
		Source:  "Maas et al. 2013",
		New:     func() any { return &LeakyReLU{Slope: 0.01} },
		Infer:   func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape },
		FLOPs:   perElement(2),
		Follows: ir.He,
		Lower: func(e *ir.Emitter, n *ir.Node) {
			y := e.Value(n.Out)
			e.Step(&kernel.LeakyReLU{Len: e.Len(y), Slope: float32(n.Attrs.(*LeakyReLU).Slope)}, y, e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				k := &kernel.LeakyReLUBackward{Len: e.Len(dx), Slope: float32(n.Attrs.(*LeakyReLU).Slope)}
				e.Step(k, dx, e.Gradient(n.Out), e.Value(n.Out))
			}
		},
		Examples: []string{"leaky_relu", "conv(3, 1x1) -> leaky_relu(0.2)", "flatten -> dense(9) -> leaky_relu(slope=0)"},
	}
}
