package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Activation is the attributes of an activation without settings.
type Activation struct{}

// activations lists the elementwise functions. flops counts each addition,
// multiplication, division, comparison, exponential and hyperbolic tangent as
// one.
var activations = []struct {
	name, doc, source string
	fn                kernel.Fn
	flops             int64
	follows           ir.Rule
}{
	{"relu", "Rectified linear unit: max(x, 0).", "Nair and Hinton 2010", kernel.ReLU, 1, ir.He},
	{"tanh", "Hyperbolic tangent.", "LeCun et al. 1998, Efficient BackProp", kernel.Tanh, 1, ir.Glorot},
	{"sigmoid", "Logistic function: 1/(1 + exp(−x)).", "Rumelhart et al. 1986", kernel.Sigmoid, 4, ir.Glorot},
	{"relu6", "Rectified linear unit with a ceiling: min(max(x, 0), 6).", "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10", kernel.ReLU6, 2, ir.He},
	{"elu", "Exponential linear unit: x above 0, exp(x) − 1 below.", "Clevert et al. 2016", kernel.ELU, 3, ir.He},
	{"selu", "Self-normalising exponential linear unit: 1.0507·x above 0, 1.7581·(exp(x) − 1) below.", "Klambauer et al. 2017", kernel.SELU, 4, ir.He},
	{"silu", "Sigmoid linear unit, or swish: x/(1 + exp(−x)).", "Hendrycks and Gimpel 2016; Ramachandran et al. 2017", kernel.SiLU, 5, ir.He},
	{"mish", "Mish: x·tanh(ln(1 + exp(x))).", "Misra 2020", kernel.Mish, 5, ir.He},
	{"softplus", "Smooth rectifier: ln(1 + exp(x)).", "Glorot et al. 2011", kernel.Softplus, 3, ir.He},
	{"hard_sigmoid", "Piecewise linear sigmoid: min(max(x + 3, 0), 6)/6.", "Howard et al. 2019, MobileNetV3", kernel.HardSigmoid, 4, ir.Glorot},
	{"hard_swish", "Piecewise swish: x·min(max(x + 3, 0), 6)/6.", "Howard et al. 2019, MobileNetV3", kernel.HardSwish, 5, ir.He},
	{"hard_tanh", "Piecewise linear tanh: min(max(x, −1), 1).", "Collobert 2004", kernel.HardTanh, 2, ir.Glorot},
	{"scaled_tanh", "The squashing function of LeNet-5: 1.7159·tanh(2x/3).", "LeCun et al. 1998, Gradient-based learning applied to document recognition", kernel.ScaledTanh, 3, ir.Glorot},
}

func activationOps() []*ir.Op {
	var ops []*ir.Op
	for _, a := range activations {
		o := elementwise(func(*ir.Node) kernel.Fn { return a.fn })
		o.Name, o.Doc, o.Source = a.name, a.doc, a.source
		o.New = func() any { return &Activation{} }
		o.FLOPs = perElement(a.flops)
		o.Follows = a.follows
		if a.fn.FromInput() {
			o.Part.Training = 0 // its gradient asks for what a chain does not keep
		}
		o.Examples = []string{"conv(3, 1x1) -> " + a.name, "flatten -> dense(9) -> " + a.name}
		ops = append(ops, o)
	}
	return append(ops, gelu())
}

// elementwise is what all activations share: the shape, and the steps for the
// function that a node applies.
func elementwise(fn func(*ir.Node) kernel.Fn) *ir.Op {
	return &ir.Op{
		Part:  ir.Parts{Inference: ir.PartFunction, Training: ir.PartFunction},
		Infer: func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape },
		Lower: func(e *ir.Emitter, n *ir.Node) {
			y := e.Value(n.Out)
			e.Step(&kernel.Activation{Fn: fn(n), Len: e.Len(y)}, y, e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			dx := e.Contribute(n.In[0])
			if dx == plan.None {
				return
			}
			k := &kernel.ActivationBackward{Fn: fn(n), Len: e.Len(dx)}
			at := n.Out
			if k.Fn.FromInput() {
				at = n.In[0]
			}
			e.Step(k, dx, e.Gradient(n.Out), e.Value(at))
		},
	}
}

// GELU is the attributes of gelu.
type GELU struct {
	Tanh bool `net:"tanh,flag" doc:"the approximation by tanh(√(2/π)·(x + 0.044715·x³))"`
}

func (a *GELU) fn() kernel.Fn {
	if a.Tanh {
		return kernel.GELUTanh
	}
	return kernel.GELU
}

func gelu() *ir.Op {
	o := elementwise(func(n *ir.Node) kernel.Fn { return n.Attrs.(*GELU).fn() })
	o.Part.Training = 0 // its gradient asks for the input
	o.Name = "gelu"
	o.Doc = "Gaussian error linear unit: x·(1 + erf(x/√2))/2."
	o.Source = "Hendrycks and Gimpel 2016"
	o.New = func() any { return &GELU{} }
	o.FLOPs = func(n *ir.Node) int64 {
		if n.Attrs.(*GELU).Tanh {
			return ir.Mul(8, elems(n.Out))
		}
		return ir.Mul(5, elems(n.Out)) // the error function counts as one
	}
	o.Follows = ir.He
	o.Examples = []string{"gelu", "gelu(tanh)", "conv(3, 1x1) -> gelu", "flatten -> dense(9) -> gelu(tanh)"}
	return o
}
