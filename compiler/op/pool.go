package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Pool is the attributes of pool.
type Pool struct {
	Kind     string  `net:"kind,pos,required,oneof=max|avg" doc:"what is taken of each window"`
	Kernel   [2]int  `net:"kernel,pos,required,min=1" doc:"rows x columns"`
	Same     ir.Same `net:"same,flag" doc:"pad so that the output has ⌈in/stride⌉ rows and columns"`
	Pad      [4]int  `net:"pad,min=0" doc:"explicit padding, which never counts for max"`
	Stride   [2]int  `net:"stride,min=1" doc:"step between windows; the kernel when absent"`
	Dilation [2]int  `net:"dilation,min=1" doc:"step between the taps of a window; 1 when absent; for max"`
	Ceil     bool    `net:"ceil,flag" doc:"round the output's size up, dropping a last window that would start in the far padding"`
	CountPad bool    `net:"count_pad,flag" doc:"let avg divide by the padding too"`

	pad [4]int // resolved by Infer
}

func pool() *ir.Op {
	return &ir.Op{
		Name:   "pool",
		Doc:    "Pooling: the maximum or the average of each window of each channel.",
		Source: "LeCun et al. 1998; Ranzato et al. 2007 (max)",
		New:    func() any { return &Pool{Dilation: [2]int{1, 1}} },
		Infer:  inferPool,
		FLOPs: func(n *ir.Node) int64 {
			a := n.Attrs.(*Pool)
			taps := int64(a.Kernel[0]) * int64(a.Kernel[1])
			if a.Kind == "max" {
				taps-- // comparisons; an average adds as often and divides once
			}
			return ir.Mul(taps, elems(n.Out))
		},
		Window: func(n *ir.Node) ir.Window {
			a := n.Attrs.(*Pool)
			return ir.Window{
				Extent: [2]int{a.Dilation[0]*(a.Kernel[0]-1) + 1, a.Dilation[1]*(a.Kernel[1]-1) + 1},
				Stride: a.Stride,
				Start:  [2]int{-a.pad[0], -a.pad[2]},
			}
		},
		Lower: lowerPool,
		Grad:  gradPool,
		Part:  ir.Parts{Inference: ir.PartPool},
		Examples: []string{
			"pool(max, 2x2)",
			"pool(avg, 2x2)",
			"pool(max, 3x3, same, stride=2)",
			"pool(avg, 3x3, same, stride=1)",
			"pool(avg, 3x3, pad=1, stride=2, ceil, count_pad)",
			"pool(max, 3x2, dilation=2, stride=1)",
		},
	}
}

func inferPool(c *ir.Context) ir.Shape {
	n := c.Node
	a := n.Attrs.(*Pool)
	if !needMap(c, "pool") {
		return nil
	}
	if !c.Has("stride") {
		a.Stride = a.Kernel
	}
	in := n.In[0].Shape
	w := window{"pool", a.Kernel, a.Stride, a.Dilation, a.Same, a.Pad, a.Ceil}
	if !checkPool(c, a) {
		return nil
	}
	out, pad, ok := w.infer(c, in)
	if !ok {
		return nil
	}
	a.pad = pad
	return ir.Map(in.Channels(), out[0], out[1])
}

// checkPool reports settings that do not go together.
func checkPool(c *ir.Context, a *Pool) bool {
	switch {
	case a.Kind == "avg" && a.Dilation != [2]int{1, 1}:
		c.Errorf(diag.DoesNotApply, "dilation", "pool(avg) has no dilation").
			WithHelp("leave `dilation` out, or use pool(max)")
	case a.Kind == "max" && a.CountPad:
		c.Errorf(diag.DoesNotApply, "count_pad", "pool(max) never counts padding").
			WithHelp("leave `count_pad` out, or use pool(avg)")
	case 2*max(a.Pad[0], a.Pad[1]) > a.Kernel[0] || 2*max(a.Pad[2], a.Pad[3]) > a.Kernel[1]:
		c.Errorf(diag.PoolPad, "pad", "padding is more than half the window of %dx%d", a.Kernel[0], a.Kernel[1]).
			WithLabel("some windows would hold nothing but padding").
			WithHelp("pad at most half the kernel on each side")
	default:
		return true
	}
	return false
}

func poolShape(batch int, n *ir.Node) kernel.PoolShape {
	a := n.Attrs.(*Pool)
	in, _ := n.In[0].Shape.Ints()
	out, _ := n.Out.Shape.Ints()
	return kernel.PoolShape{
		N: batch, H: in[1], W: in[2], C: in[0], P: out[1], Q: out[2],
		R: a.Kernel[0], S: a.Kernel[1], StrideH: a.Stride[0], StrideW: a.Stride[1],
		PadT: a.pad[0], PadL: a.pad[2], DilH: a.Dilation[0], DilW: a.Dilation[1],
	}
}

func avgPool(batch int, n *ir.Node) kernel.AvgPool {
	a := n.Attrs.(*Pool)
	return kernel.AvgPool{PoolShape: poolShape(batch, n), PadB: a.pad[1], PadR: a.pad[3], CountPad: a.CountPad}
}

func lowerPool(e *ir.Emitter, n *ir.Node) {
	y, x := e.Value(n.Out), e.Value(n.In[0])
	switch s := poolShape(e.Batch, n); {
	case n.Attrs.(*Pool).Kind == "avg":
		k := avgPool(e.Batch, n)
		e.Step(&k, y, x)
	case e.Training:
		e.Step(&kernel.MaxPoolIndex{PoolShape: s}, y, maxIndex(e, n), x)
	default:
		e.Step(&kernel.MaxPool{PoolShape: s}, y, x)
	}
}

func gradPool(e *ir.Emitter, n *ir.Node) {
	dx := e.Contribute(n.In[0])
	if dx == plan.None {
		return
	}
	dy := e.Gradient(n.Out)
	if n.Attrs.(*Pool).Kind == "avg" {
		k := kernel.AvgPoolBackward(avgPool(e.Batch, n))
		e.Step(&k, dx, dy)
		return
	}
	e.Step(&kernel.MaxPoolBackward{PoolShape: poolShape(e.Batch, n)}, dx, dy, maxIndex(e, n))
}

// maxIndex is where the forward pass leaves the place of each maximum.
func maxIndex(e *ir.Emitter, n *ir.Node) int {
	return e.Saved(n, "index", plan.I32, ir.Storage(e.Batch, n.Out.Shape)...)
}
