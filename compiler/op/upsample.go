package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Upsample is the attributes of upsample.
type Upsample struct {
	Factor  [2]int `net:"factor,pos,min=1" doc:"by how much rows x columns grow; 2x2 when absent"`
	Size    [2]int `net:"size,min=1" doc:"rows x columns of the output, instead of a factor"`
	Mode    string `net:"mode,pos,oneof=nearest|bilinear" doc:"copy pixels, or go straight from one to the next; nearest when absent"`
	Corners bool   `net:"corners,flag" doc:"let the pixels at the corners stay at the corners; for bilinear"`
}

func upsample() *ir.Op {
	return &ir.Op{
		Name:   "upsample",
		Doc:    "Makes the map larger, or of a given size, without weights.",
		Source: "ONNX Resize: half_pixel and align_corners",
		New:    func() any { return &Upsample{Factor: [2]int{2, 2}, Mode: "nearest"} },
		Infer:  inferUpsample,
		FLOPs: func(n *ir.Node) int64 {
			if n.Attrs.(*Upsample).Mode == "nearest" {
				return 0
			}
			return ir.Mul(9, elems(n.Out)) // six multiplications and three additions
		},
		Window: upsampleWindow,
		Lower:  func(e *ir.Emitter, n *ir.Node) { lowerResample(e, n, upsampleShape(e.Batch, n)) },
		Grad:   func(e *ir.Emitter, n *ir.Node) { gradResample(e, n, upsampleShape(e.Batch, n)) },
		Examples: []string{
			"upsample",
			"upsample(3x2, nearest)",
			"upsample(2x2, bilinear)",
			"upsample(2x2, bilinear, corners)",
			"upsample(size=5x11)",
			"upsample(size=11x5, bilinear)",
			"pool(avg, 8x8) -> upsample(size=4x3, bilinear, corners)",
		},
	}
}

func inferUpsample(c *ir.Context) ir.Shape {
	a := c.Node.Attrs.(*Upsample)
	switch {
	case !needMap(c, "upsample"):
		return nil
	case c.Has("factor") && c.Has("size"):
		c.Errorf(diag.DoesNotApply, "size", "upsample has both a factor and a `size`").
			WithLabel("this says the output's size").
			WithSecondary(c.At("factor"), "and this says it too").
			WithHelp("keep one of the two")
		return nil
	case a.Corners && a.Mode != "bilinear":
		c.Errorf(diag.DoesNotApply, "corners", "upsample(nearest) has no `corners`").
			WithHelp("leave `corners` out, or use upsample(bilinear)")
		return nil
	}
	in := c.Node.In[0].Shape
	if c.Has("size") {
		return ir.Map(in.Channels(), ir.Int(a.Size[0]), ir.Int(a.Size[1]))
	}
	return ir.Map(in.Channels(), in[1].Times(a.Factor[0]), in[2].Times(a.Factor[1]))
}

// upsampleWindow is the pixel that nearest copies, or the one or two that
// bilinear lies between: those less than a step from its position.
func upsampleWindow(n *ir.Node) ir.Window {
	a := n.Attrs.(*Upsample)
	var w ir.Window
	for axis := range 2 {
		in, out := 1, a.Factor[axis]
		if a.Size[axis] > 0 || a.Corners {
			from, known := n.In[0].Shape[1+axis].Known()
			to, knownTo := n.Out.Shape[1+axis].Known()
			if !known || !knownTo {
				continue
			}
			in, out = from, to
		}
		switch {
		case a.Mode == "nearest": // ⌊i·in/out⌋
			w.Stride[axis], w.Rise[axis] = in, out
			w.Start[axis], w.Extent[axis] = 1-out, out
		case !a.Corners: // (i + ½)·in/out − ½, in steps of 1/(2·out)
			w.Stride[axis], w.Rise[axis] = 2*in, 2*out
			w.Start[axis], w.Extent[axis] = in-3*out+1, 4*out-1
		case out > 1 && in > 1: // i·(in−1)/(out−1)
			w.Stride[axis], w.Rise[axis] = in-1, out-1
			w.Start[axis], w.Extent[axis] = 2-out, 2*out-3
		default: // the first pixel, which is all of the input when nothing is between the corners
			w.Stride[axis], w.Rise[axis] = in, out
			w.Start[axis], w.Extent[axis] = 1-out, out
		}
	}
	return w
}

func upsampleShape(batch int, n *ir.Node) kernel.ResampleShape {
	s := resampleShape(batch, n)
	switch a := n.Attrs.(*Upsample); {
	case a.Mode == "nearest":
		s.Sampling = kernel.Nearest
	case a.Corners:
		s.Sampling = kernel.Corners
	default:
		s.Sampling = kernel.Bilinear
	}
	return s
}

// resampleShape is the sizes of a node's input and output.
func resampleShape(batch int, n *ir.Node) kernel.ResampleShape {
	in, _ := n.In[0].Shape.Ints()
	out, _ := n.Out.Shape.Ints()
	return kernel.ResampleShape{N: batch, C: in[0], H: in[1], W: in[2], P: out[1], Q: out[2]}
}

func lowerResample(e *ir.Emitter, n *ir.Node, s kernel.ResampleShape) {
	e.Step(&kernel.Resample{ResampleShape: s}, e.Value(n.Out), e.Value(n.In[0]))
}

func gradResample(e *ir.Emitter, n *ir.Node, s kernel.ResampleShape) {
	if dx := e.Contribute(n.In[0]); dx != plan.None {
		e.Step(&kernel.ResampleBackward{ResampleShape: s}, dx, e.Gradient(n.Out))
	}
}
