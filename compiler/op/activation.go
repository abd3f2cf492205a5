package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Activation is the attributes of an activation without settings.
type Activation struct{}

// activations lists the elementwise functions whose derivative follows from
// their output. flops counts each exponential, division and comparison as one.
var activations = []struct {
	name, doc, source string
	fn                kernel.Fn
	flops             int64
	follows           ir.Rule
}{
	{"relu", "Rectified linear unit: max(x, 0).", "Nair and Hinton 2010", kernel.ReLU, 1, ir.He},
	{"tanh", "Hyperbolic tangent.", "LeCun et al. 1998, Efficient BackProp", kernel.Tanh, 1, ir.Glorot},
	{"sigmoid", "Logistic function: 1/(1 + exp(−x)).", "Rumelhart et al. 1986", kernel.Sigmoid, 4, ir.Glorot},
}

func activationOps() []*ir.Op {
	var ops []*ir.Op
	for _, a := range activations {
		ops = append(ops, &ir.Op{
			Name: a.name, Doc: a.doc, Source: a.source,
			New:     func() any { return &Activation{} },
			Infer:   func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape },
			FLOPs:   perElement(a.flops),
			Follows: a.follows,
			Lower: func(e *ir.Emitter, n *ir.Node) {
				y := e.Value(n.Out)
				e.Step(&kernel.Activation{Fn: a.fn, Len: e.Len(y)}, y, e.Value(n.In[0]))
			},
			Grad: func(e *ir.Emitter, n *ir.Node) {
				if dx := e.Contribute(n.In[0]); dx != plan.None {
					e.Step(&kernel.ActivationBackward{Fn: a.fn, Len: e.Len(dx)}, dx, e.Gradient(n.Out), e.Value(n.Out))
				}
			},
			Examples: []string{a.name, "conv(3, 1x1) -> " + a.name, "flatten -> dense(9) -> " + a.name},
		})
	}
	return ops
}
