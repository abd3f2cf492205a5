package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// RBF is the attributes of rbf.
type RBF struct {
	Units int    `net:"units,pos,min=1" doc:"centres, one for each output"`
	Codes string `net:"codes,oneof=digits" doc:"fixed centres: pictures of the ten digits, 12 rows x 7 columns of 1 and -1; trained ones when absent"`
}

func rbf() *ir.Op {
	return &ir.Op{
		Name:   "rbf",
		Doc:    "Euclidean radial basis functions: each output is the squared distance of the input from a centre, times -1.",
		Source: "LeCun et al. 1998, Gradient-based learning applied to document recognition",
		New:    func() any { return &RBF{} },
		Infer:  inferRBF,
		MACs:   denseMACs,
		FLOPs:  func(n *ir.Node) int64 { return ir.Mul(3, denseMACs(n)) },
		Lower: func(e *ir.Emitter, n *ir.Node) {
			e.Compute(denseMACs(n), &kernel.RBF{RBFShape: rbfShape(e.Batch, n)},
				e.Value(n.Out), e.Value(n.In[0]), e.Param(n.Param("weight")))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			s, w := rbfShape(e.Batch, n), n.Param("weight")
			dy, x := e.Gradient(n.Out), e.Value(n.In[0])
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				e.Compute(denseMACs(n), &kernel.RBFBackward{RBFShape: s}, dx, dy, x, e.Param(w))
			}
			if dw := e.GradientOf(w); dw != plan.None {
				e.Compute(denseMACs(n), &kernel.RBFBackwardWeights{RBFShape: s}, dw, dy, x, e.Param(w))
			}
		},
		Examples: []string{
			"flatten -> dense(6) -> tanh -> rbf(10)",
			"flatten -> dense(84) -> scaled_tanh -> rbf(codes=digits)",
		},
	}
}

func inferRBF(c *ir.Context) ir.Shape {
	n := c.Node
	a, in := n.Attrs.(*RBF), n.In[0].Shape
	if in.IsMap() {
		c.Errorf(diag.NeedsVector, "", "rbf needs a vector of features").
			WithLabel("input is %s, a map", in.Batched()).
			WithSecondary(n.In[0].Span, "made here").
			WithHelp("flatten the map first", diag.Edit{Span: n.Span.Head(), NewText: "flatten -> "})
		return nil
	}
	features, ok := knownChannels(c, in)
	if !ok {
		return nil
	}
	fixed := a.Codes == "digits"
	switch {
	case a.Units == 0 && !fixed:
		c.Errorf(diag.MissingArg, "", "`rbf` needs its `units`, or `codes`").
			WithHelp("write rbf(10) for ten trained centres, or rbf(codes=digits)")
		return nil
	case fixed && a.Units != 0 && a.Units != kernel.Digits:
		c.Errorf(diag.DoesNotApply, "units", "there are %d codes of digits, not %d", kernel.Digits, a.Units).
			WithSecondary(c.At("codes"), "the codes").
			WithHelp("leave out the number, or the codes")
		return nil
	case fixed && features != kernel.DigitCells:
		c.Errorf(diag.DoesNotApply, "codes", "the codes of digits have %d elements, the input has %d", kernel.DigitCells, features).
			WithLabel("input is %s", in.Batched()).
			WithSecondary(n.In[0].Span, "made here").
			WithHelp("put dense(84) and scaled_tanh in front of it")
		return nil
	case fixed:
		a.Units = kernel.Digits
		n.Declare("weight", ir.Trained, ir.Init{Rule: ir.Digits}, a.Units, features).Frozen = true
	default:
		n.Declare("weight", ir.Trained, ir.Init{Rule: ir.Uniform, Value: 1}, a.Units, features)
	}
	return ir.Vector(ir.Int(a.Units))
}

func rbfShape(batch int, n *ir.Node) kernel.RBFShape {
	in, _ := n.In[0].Shape.Ints()
	return kernel.RBFShape{N: batch, C: in[0], K: n.Attrs.(*RBF).Units}
}
