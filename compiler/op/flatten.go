package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Flatten is the attributes of flatten.
type Flatten struct{}

func flatten() *ir.Op {
	return &ir.Op{
		Name:   "flatten",
		Doc:    "Writes a map out as a vector, in the order channel, row, column.",
		Source: "ONNX Flatten, axis 1",
		New:    func() any { return &Flatten{} },
		Infer: func(c *ir.Context) ir.Shape {
			in := c.Node.In[0].Shape
			if !in.IsMap() {
				return in
			}
			n, ok := in.Elems()
			if !ok {
				c.Errorf(diag.NeedsNumbers, "", "flatten needs a map of known size").
					WithLabel("input is %s", in.Batched()).
					WithHelp("use `gap`, which works at any size, or give the input's size as numbers")
				return nil
			}
			return ir.Vector(ir.Int(int(n)))
		},
		FLOPs:    perElement(0),
		Lower:    lowerFlatten,
		Grad:     gradFlatten,
		Flattens: true,
		Examples: []string{"flatten", "pool(avg, 8x8); flatten", "conv(1, 1x1); flatten"},
	}
}

// flattenShape returns the geometry, and whether elements keep their order: a
// map of one pixel or one channel, or a vector, needs no step.
func flattenShape(batch int, n *ir.Node) (k kernel.Flatten, same bool) {
	in, _ := n.In[0].Shape.Ints()
	if len(in) == 1 || in[0] == 1 || in[1]*in[2] == 1 {
		return k, true
	}
	return kernel.Flatten{N: batch, H: in[1], W: in[2], C: in[0]}, false
}

func lowerFlatten(e *ir.Emitter, n *ir.Node) {
	k, same := flattenShape(e.Batch, n)
	if same || n.Out.Mapped && !e.Training {
		e.Share(n.Out, n.In[0])
		return
	}
	e.Step(&k, e.Value(n.Out), e.Value(n.In[0]))
}

func gradFlatten(e *ir.Emitter, n *ir.Node) {
	k, same := flattenShape(e.Batch, n)
	if same {
		e.Pass(n.In[0], n.Out)
		return
	}
	if dx := e.Contribute(n.In[0]); dx != plan.None {
		back := kernel.FlattenBackward(k)
		e.Step(&back, dx, e.Gradient(n.Out))
	}
}
