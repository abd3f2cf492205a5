package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// AdaptivePool is the attributes of adaptive.
type AdaptivePool struct {
	Kind string `net:"kind,pos,required,oneof=max|avg" doc:"what is taken of each window"`
	Size [2]int `net:"size,pos,required,min=1" doc:"rows x columns of the output"`
}

func adaptive() *ir.Op {
	return &ir.Op{
		Name: "adaptive",
		Doc: "Adaptive pooling: the maximum or the average of windows that give an output of the size asked for, " +
			"whatever the input's. Row i of P sees the input's rows ⌊i·H/P⌋ to ⌈(i+1)·H/P⌉ − 1.",
		Source: "He et al. 2014, Spatial pyramid pooling, with the windows that PyTorch takes",
		New:    func() any { return &AdaptivePool{} },
		Infer: func(c *ir.Context) ir.Shape {
			if !needMap(c, "adaptive") {
				return nil
			}
			size := c.Node.Attrs.(*AdaptivePool).Size
			return ir.Map(c.Node.In[0].Shape.Channels(), ir.Int(size[0]), ir.Int(size[1]))
		},
		FLOPs:  adaptiveFLOPs,
		Window: adaptiveWindow,
		Lower:  lowerAdaptive,
		Grad:   gradAdaptive,
		Examples: []string{
			"adaptive(avg, 3x5)",
			"adaptive(max, 3x3)",
			"adaptive(avg, 8x8)",
			"adaptive(max, 1x1)",
			"pool(avg, 2x2) -> adaptive(avg, 7x7)",
		},
	}
}

// adaptiveFLOPs counts like pool: the elements of each window, one less for max.
func adaptiveFLOPs(n *ir.Node) int64 {
	a := n.Attrs.(*AdaptivePool)
	in, ok := n.In[0].Shape.Ints()
	if !ok {
		return ir.Overflow
	}
	var taps [2]int64
	for axis := range 2 {
		for i := range a.Size[axis] {
			lo, hi := kernel.AdaptiveWindow(i, in[1+axis], a.Size[axis])
			taps[axis] += int64(hi - lo)
		}
	}
	flops := ir.Mul(int64(in[0]), taps[0], taps[1])
	if a.Kind == "max" && flops != ir.Overflow {
		flops -= elems(n.Out)
	}
	return flops
}

// adaptiveWindow is rows ⌊i·H/P⌋ to ⌈(i+1)·H/P⌉ − 1; all of them for one row.
func adaptiveWindow(n *ir.Node) ir.Window {
	size := n.Attrs.(*AdaptivePool).Size
	var w ir.Window
	for axis := range 2 {
		in, known := n.In[0].Shape[1+axis].Known()
		if p := size[axis]; known && p > 1 {
			w.Stride[axis], w.Rise[axis] = in, p
			w.Start[axis], w.Extent[axis] = 1-p, in+p-1
		}
	}
	return w
}

func adaptiveShape(batch int, n *ir.Node) kernel.AdaptiveShape {
	in, _ := n.In[0].Shape.Ints()
	size := n.Attrs.(*AdaptivePool).Size
	return kernel.AdaptiveShape{N: batch, H: in[1], W: in[2], C: in[0], P: size[0], Q: size[1]}
}

func lowerAdaptive(e *ir.Emitter, n *ir.Node) {
	s, y, x := adaptiveShape(e.Batch, n), e.Value(n.Out), e.Value(n.In[0])
	switch {
	case n.Attrs.(*AdaptivePool).Kind == "avg":
		e.Step(&kernel.AdaptiveAvgPool{AdaptiveShape: s}, y, x)
	case e.Training:
		e.Step(&kernel.AdaptiveMaxPool{AdaptiveShape: s}, y, maxIndex(e, n), x)
	default:
		e.Step(&kernel.AdaptiveMaxPool{AdaptiveShape: s}, y, plan.None, x)
	}
}

func gradAdaptive(e *ir.Emitter, n *ir.Node) {
	dx := e.Contribute(n.In[0])
	if dx == plan.None {
		return
	}
	s, dy := adaptiveShape(e.Batch, n), e.Gradient(n.Out)
	if n.Attrs.(*AdaptivePool).Kind == "avg" {
		e.Step(&kernel.AdaptiveAvgPoolBackward{AdaptiveShape: s}, dx, dy)
		return
	}
	e.Step(&kernel.AdaptiveMaxPoolBackward{AdaptiveShape: s}, dx, dy, maxIndex(e, n))
}
