package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Pad is the attributes of pad.
type Pad struct {
	Amount [4]int `net:"amount,pos,required,min=0" doc:"rows and columns added to the sides"`
	Mode   string `net:"mode,pos,oneof=zeros|reflect" doc:"what they hold: zeros, or the map mirrored at its border; zeros when absent"`
}

func pad() *ir.Op {
	return &ir.Op{
		Name:   "pad",
		Doc:    "Adds rows and columns around the map.",
		Source: "ONNX Pad: constant and reflect",
		New:    func() any { return &Pad{Mode: "zeros"} },
		Infer:  inferPad,
		FLOPs:  perElement(0),
		Window: func(n *ir.Node) ir.Window {
			a := n.Attrs.(*Pad)
			return ir.Window{Extent: [2]int{1, 1}, Stride: [2]int{1, 1}, Start: [2]int{-a.Amount[0], -a.Amount[2]}}
		},
		Lower: func(e *ir.Emitter, n *ir.Node) {
			if s, mirrored := reflectShape(e.Batch, n); mirrored {
				lowerResample(e, n, s)
				return
			}
			lowerExtract(e, n, padZeros)
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			if s, mirrored := reflectShape(e.Batch, n); mirrored {
				gradResample(e, n, s)
				return
			}
			gradExtract(e, n, padZeros)
		},
		Examples: []string{"pad(1)", "pad(1x2, zeros)", "pad([1, 0, 2, 3])", "pad([3, 0, 1, 7], reflect)", "pad(0)"},
	}
}

func inferPad(c *ir.Context) ir.Shape {
	a, in := c.Node.Attrs.(*Pad), c.Node.In[0].Shape
	if !needMap(c, "pad") {
		return nil
	}
	out := ir.Map(in.Channels(), in[1], in[2])
	for i, axis := range [2]string{"height", "width"} {
		before, after := a.Amount[2*i], a.Amount[2*i+1]
		if n, known := in[1+i].Known(); known && a.Mode == "reflect" && max(before, after) >= n {
			c.Errorf(diag.OutOfRange, "amount", "pad(reflect) of %d at a %s of %d", max(before, after), axis, n).
				WithLabel("input is %s", in.Batched()).
				WithNote("mirroring leaves out the border itself, so there are %d to take from", n-1).
				WithHelp("pad less than the map's size, or use pad(zeros)")
			return nil
		}
		out[1+i] = in[1+i].Add(before + after)
	}
	return out
}

func reflectShape(batch int, n *ir.Node) (s kernel.ResampleShape, mirrored bool) {
	a := n.Attrs.(*Pad)
	if a.Mode != "reflect" {
		return s, false
	}
	s = resampleShape(batch, n)
	s.Sampling, s.PadT, s.PadL = kernel.Reflect, a.Amount[0], a.Amount[2]
	return s, true
}

func padZeros(n *ir.Node, k *kernel.Extract) {
	a := n.Attrs.(*Pad)
	k.OrgH, k.OrgW = -a.Amount[0], -a.Amount[2]
}
