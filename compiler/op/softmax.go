package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Softmax is the attributes of softmax and log_softmax.
type Softmax struct{}

func softmax() *ir.Op {
	return overChannels(&ir.Op{
		Name:   "softmax",
		Doc:    "Probabilities of the channels: exp(x) over its sum, for a vector or for each pixel of a map.",
		Source: "Bridle 1990",
		Lower: func(e *ir.Emitter, n *ir.Node) {
			rows, c := pixelRows(e.Batch, n)
			e.Step(&kernel.Softmax{N: rows, Classes: c}, e.Value(n.Out), e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				rows, c := pixelRows(e.Batch, n)
				e.Step(&kernel.SoftmaxBackward{N: rows, Classes: c}, dx, e.Gradient(n.Out), e.Value(n.Out))
			}
		},
	})
}

func logSoftmax() *ir.Op {
	return overChannels(&ir.Op{
		Name:   "log_softmax",
		Doc:    "Logarithms of the probabilities that softmax gives, for a vector or for each pixel of a map.",
		Source: "Bridle 1990",
		Lower: func(e *ir.Emitter, n *ir.Node) {
			rows, c := pixelRows(e.Batch, n)
			e.Step(&kernel.LogSoftmax{N: rows, Classes: c}, e.Value(n.Out), e.Value(n.In[0]))
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if dx := e.Contribute(n.In[0]); dx != plan.None {
				rows, c := pixelRows(e.Batch, n)
				e.Step(&kernel.LogSoftmaxBackward{N: rows, Classes: c}, dx, e.Gradient(n.Out), e.Value(n.Out))
			}
		},
	})
}

// overChannels completes an operator of the softmax family. Each element costs
// a comparison, a subtraction, an exponential, an addition, and a division or a
// second subtraction.
func overChannels(o *ir.Op) *ir.Op {
	o.New = func() any { return &Softmax{} }
	o.Infer = func(c *ir.Context) ir.Shape { return c.Node.In[0].Shape }
	o.FLOPs = perElement(5)
	o.Examples = []string{o.Name, "conv(3, 1x1) -> " + o.Name, "flatten -> dense(9) -> " + o.Name, "conv(1) -> " + o.Name}
	return o
}

// pixelRows is a node's input as rows of channels, one a pixel.
func pixelRows(batch int, n *ir.Node) (rows, channels int) {
	c, pixels := channelsPixels(n)
	return batch * pixels, c
}
