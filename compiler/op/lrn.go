package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// LRN is the attributes of lrn.
type LRN struct {
	Size  int     `net:"size,pos,required,min=1" doc:"channels in a window; of an even number one more lies before than after"`
	Alpha float64 `net:"alpha,min=0" doc:"weight of the mean square of the window; 1e-4 when absent"`
	Beta  float64 `net:"beta,min=0" doc:"power that divides; 0.75 when absent"`
	K     float64 `net:"k,min=1e-6" doc:"added to the mean square; 1 when absent"`
}

func lrn() *ir.Op {
	return &ir.Op{
		Name: "lrn",
		Doc: "Local response normalisation: divides each element by (k + alpha/size·Σx²)^beta, " +
			"the sum over the channels around its own.",
		Source: "Krizhevsky et al. 2012, with alpha divided by the size as in Caffe and PyTorch",
		New:    func() any { return &LRN{Alpha: 1e-4, Beta: 0.75, K: 1} },
		Infer: func(c *ir.Context) ir.Shape {
			if !needMap(c, "lrn") {
				return nil
			}
			return c.Node.In[0].Shape
		},
		FLOPs: func(n *ir.Node) int64 { // a square, sums, scale and k, power, product
			return ir.Mul(int64(n.Attrs.(*LRN).Size)+4, elems(n.Out))
		},
		Lower: func(e *ir.Emitter, n *ir.Node) {
			e.Step(&kernel.LRN{LRNShape: lrnShape(e.Batch, n)}, e.Value(n.Out), e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				e.Step(&kernel.LRNBackward{LRNShape: lrnShape(e.Batch, n)}, dx, e.Gradient(n.Out), e.Value(n.In[0]))
			}
		},
		Examples: []string{
			"lrn(5)",
			"lrn(3, alpha=0.5, beta=0.5, k=2)",
			"lrn(4, alpha=1)",
			"lrn(9)",
			"conv(7, 3x3) -> relu -> lrn(5, alpha=5e-4, k=2)",
		},
	}
}

func lrnShape(batch int, n *ir.Node) kernel.LRNShape {
	a := n.Attrs.(*LRN)
	rows, c := pixelRows(batch, n)
	return kernel.LRNShape{
		Rows: rows, C: c, Size: a.Size,
		Alpha: float32(a.Alpha), Beta: float32(a.Beta), K: float32(a.K),
	}
}
