package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Dense is the attributes of dense.
type Dense struct {
	Features int     `net:"features,pos,required,min=1" doc:"outputs"`
	Bias     bool    `net:"bias" doc:"add a number to each output; true when absent"`
	Init     string  `net:"init,oneof=he|glorot|lecun|normal|zeros" doc:"how the weights begin; he in front of a rectifier and glorot elsewhere when absent"`
	Std      float64 `net:"std,min=0" doc:"standard deviation of init=normal; 0.01 when absent"`
	BiasInit float64 `net:"bias_init" doc:"what the bias begins with; 0 when absent"`
}

func dense() *ir.Op {
	return &ir.Op{
		Name:   "dense",
		Doc:    "Fully connected layer: every output is a weighted sum of all inputs, plus a bias.",
		Source: "LeCun et al. 1998, Gradient-based learning applied to document recognition",
		New:    func() any { return &Dense{Bias: true} },
		Infer:  inferDense,
		MACs:   denseMACs,
		FLOPs: func(n *ir.Node) int64 {
			flops := ir.Mul(2, denseMACs(n))
			if n.Attrs.(*Dense).Bias {
				flops = ir.Sum(flops, elems(n.Out))
			}
			return flops
		},
		Window:   func(*ir.Node) ir.Window { return ir.Window{} },
		Lower:    lowerDense,
		Grad:     gradDense,
		Reorders: true,
		Fuses:    ir.Parts{Inference: ir.PartNorm | ir.PartSum | ir.PartFunction, Training: ir.PartFunction},
		Examples: []string{
			"flatten; dense(10)",
			"flatten; dense(7, bias=false)",
			"flatten; dense(6, init=he, bias_init=-1)",
		},
	}
}

func inferDense(c *ir.Context) ir.Shape {
	n := c.Node
	a := n.Attrs.(*Dense)
	in := n.In[0].Shape
	if in.IsMap() {
		c.Errorf(diag.NeedsVector, "", "dense needs a vector of features").
			WithLabel("input is %s, a map", in.Batched()).
			WithSecondary(n.In[0].Span, "made here").
			WithHelp("flatten the map first", diag.Edit{Span: n.Span.Head(), NewText: "flatten -> "})
		return nil
	}
	features, ok := in.Channels().Known()
	if !ok {
		c.Errorf(diag.NeedsNumbers, "", "dense needs a known number of input features").
			WithLabel("input is %s", in.Batched()).
			WithHelp("reduce the map with `gap` in front of it, or give the input's size as numbers")
		return nil
	}
	n.Declare("weight", ir.Trained, initial(c, a.Init, a.Std, features, a.Features), a.Features, features)
	declareBias(c, a.Bias, a.BiasInit, a.Features)
	return ir.Vector(ir.Int(a.Features))
}

func denseMACs(n *ir.Node) int64 { return ir.Mul(elems(n.Out), elems(n.In[0])) }

func denseShape(batch int, n *ir.Node) kernel.DenseShape {
	in, _ := n.In[0].Shape.Ints()
	return kernel.DenseShape{N: batch, C: in[0], K: n.Attrs.(*Dense).Features}
}

func lowerDense(e *ir.Emitter, n *ir.Node) {
	s, c := denseShape(e.Batch, n), e.Chain(n)
	if e.Training && s.Direct() {
		k := &kernel.DenseDirect{DenseShape: s, Fn: function(c)}
		e.Compute(denseMACs(n), k, e.Value(c.Out), e.Value(n.In[0]),
			e.Param(n.Param("weight")), e.Param(n.Param("bias")), e.Temp("work", plan.F32, k.WorkLen()))
		return
	}
	scale, bias := fold(e, n, c)
	w := e.Packed("packed", densePack(e, n, s), e.Param(n.Param("weight")), scale)
	e.Compute(denseMACs(n), &kernel.DenseForward{DenseShape: s, Fn: function(c)},
		e.Value(c.Out), e.Value(n.In[0]), w, bias, e.Addend(c))
}

// densePack makes panels of weights: their columns in the order of files, or in that
// of the map that the layer reads as it lies. The latter are the panels of a
// convolution as large as the map.
func densePack(e *ir.Emitter, n *ir.Node, s kernel.DenseShape) plan.Kernel {
	if e.Training || !n.In[0].Mapped {
		return &kernel.DensePack{DenseShape: s}
	}
	in, _ := n.In[0].Node.In[0].Shape.Ints()
	return &kernel.ConvPack{ConvShape: kernel.ConvShape{
		N: s.N, C: in[0], H: in[1], W: in[2], K: s.K, R: in[1], S: in[2], P: 1, Q: 1,
		StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1,
	}}
}

func gradDense(e *ir.Emitter, n *ir.Node) {
	s := denseShape(e.Batch, n)
	dy := beforeFunction(e, e.Chain(n))
	if e.Needed(n.In[0]) {
		e.Compute(denseMACs(n), &kernel.DenseBackwardData{DenseShape: s}, e.Contribute(n.In[0]), dy, e.Param(n.Param("weight")))
	}
	if dw := e.GradientOf(n.Param("weight")); dw != plan.None {
		k := &kernel.DenseBackwardWeights{DenseShape: s}
		e.Compute(denseMACs(n), k, dw, e.GradientOf(n.Param("bias")), e.Value(n.In[0]), dy)
	}
}
