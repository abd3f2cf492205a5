package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Crop is the attributes of crop.
type Crop struct {
	Size [2]int `net:"size,pos,required,min=1" doc:"rows x columns that stay"`
}

func crop() *ir.Op {
	return extracting(&ir.Op{
		Name:   "crop",
		Doc:    "Keeps the middle of the map; where that is not whole, the row or column before it.",
		Source: "Ronneberger et al. 2015, U-Net",
		New:    func() any { return &Crop{} },
		Infer: func(c *ir.Context) ir.Shape {
			a, in := c.Node.Attrs.(*Crop), c.Node.In[0].Shape
			if !needMap(c, "crop") {
				return nil
			}
			for i, axis := range [2]string{"height", "width"} {
				if n, known := in[1+i].Known(); known && n < a.Size[i] {
					c.Errorf(diag.OutOfRange, "size", "crop to %dx%d of a map of %s %d", a.Size[0], a.Size[1], axis, n).
						WithLabel("input is %s", in.Batched()).
						WithHelp("choose a smaller size, or enlarge the map with `pad`")
					return nil
				}
			}
			return ir.Map(in.Channels(), ir.Int(a.Size[0]), ir.Int(a.Size[1]))
		},
		Window: func(n *ir.Node) ir.Window {
			w := ir.Window{Extent: [2]int{1, 1}, Stride: [2]int{1, 1}}
			for axis, size := range n.Attrs.(*Crop).Size {
				if in, known := n.In[0].Shape[1+axis].Known(); known {
					w.Start[axis] = (in - size) / 2
				}
			}
			return w
		},
		Examples: []string{"crop(4x6)", "crop(5x3)", "crop(8x8)", "crop(1x1)"},
	}, func(n *ir.Node, k *kernel.Extract) {
		k.OrgH, k.OrgW = (k.H-k.P)/2, (k.W-k.Q)/2
	})
}

// Slice is the attributes of slice.
type Slice struct {
	Channels int `net:"channels,pos,required,min=1" doc:"how many channels stay"`
	First    int `net:"first,min=0" doc:"the first of them, counted from 0; 0 when absent"`
}

func slice() *ir.Op {
	return extracting(&ir.Op{
		Name:   "slice",
		Doc:    "Keeps some of the channels of a map, or of the features of a vector, which follow one another.",
		Source: "Ma et al. 2018, ShuffleNet V2 (channel split)",
		New:    func() any { return &Slice{} },
		Infer: func(c *ir.Context) ir.Shape {
			a, in := c.Node.Attrs.(*Slice), c.Node.In[0].Shape
			n, ok := knownChannels(c, in)
			if !ok {
				return nil
			}
			if a.First+a.Channels > n {
				c.Errorf(diag.OutOfRange, "channels", "slice of channels %d to %d of an input of %d", a.First, a.First+a.Channels-1, n).
					WithLabel("input is %s", in.Batched()).
					WithHelp("channels are counted from 0; take fewer, or begin earlier")
				return nil
			}
			out := append(ir.Shape(nil), in...)
			out[0] = ir.Int(a.Channels)
			return out
		},
		Examples: []string{"slice(2)", "slice(3, first=1)", "conv(20, 1x1) -> slice(17, first=2)", "flatten -> dense(9) -> slice(7, first=2)", "slice(4)"},
	}, func(n *ir.Node, k *kernel.Extract) {
		k.OrgC = n.Attrs.(*Slice).First
	})
}

// Subsample is the attributes of subsample.
type Subsample struct {
	Channels int    `net:"channels,pos,min=1" doc:"output channels, those beyond the input's zero; as many as the input has when absent"`
	Stride   [2]int `net:"stride,min=1" doc:"which rows and columns stay; 1 when absent"`
	Centered bool   `net:"centered,flag" doc:"put half of the zero channels in front"`
}

func subsample() *ir.Op {
	return extracting(&ir.Op{
		Name:   "subsample",
		Doc:    "Keeps every stride-th row and column and fills up with channels of zeros: the shortcut without weights past a residual body.",
		Source: "He et al. 2016, Deep residual learning, option A",
		New:    func() any { return &Subsample{Stride: [2]int{1, 1}} },
		Infer: func(c *ir.Context) ir.Shape {
			a, in := c.Node.Attrs.(*Subsample), c.Node.In[0].Shape
			if !needMap(c, "subsample") {
				return nil
			}
			channels, ok := knownChannels(c, in)
			if !ok {
				return nil
			}
			if a.Channels == 0 {
				a.Channels = channels
			}
			if a.Channels < channels {
				c.Errorf(diag.OutOfRange, "channels", "subsample to %d channels of an input of %d", a.Channels, channels).
					WithLabel("input is %s", in.Batched()).
					WithHelp("ask for as many channels or more; conv(channels, 1x1) makes fewer")
				return nil
			}
			return ir.Map(ir.Int(a.Channels), in[1].CeilDiv(a.Stride[0]), in[2].CeilDiv(a.Stride[1]))
		},
		Window: func(n *ir.Node) ir.Window {
			return ir.Window{Extent: [2]int{1, 1}, Stride: n.Attrs.(*Subsample).Stride}
		},
		Examples: []string{"subsample(6, stride=2)", "subsample(9, stride=3x2, centered)", "subsample(stride=2)", "subsample(7)"},
	}, func(n *ir.Node, k *kernel.Extract) {
		a := n.Attrs.(*Subsample)
		k.StrideH, k.StrideW = a.Stride[0], a.Stride[1]
		if a.Centered {
			k.OrgC = -((k.K - k.C) / 2)
		}
	})
}

// extracting completes an operator that takes a part of its input; place sets
// what part, given a kernel with the sizes and stride 1.
func extracting(o *ir.Op, place func(*ir.Node, *kernel.Extract)) *ir.Op {
	o.FLOPs = perElement(0)
	o.Lower = func(e *ir.Emitter, n *ir.Node) { lowerExtract(e, n, place) }
	o.Grad = func(e *ir.Emitter, n *ir.Node) { gradExtract(e, n, place) }
	return o
}

func extractKernel(batch int, n *ir.Node, place func(*ir.Node, *kernel.Extract)) *kernel.Extract {
	in, _ := n.In[0].Shape.Ints()
	out, _ := n.Out.Shape.Ints()
	if !n.Out.Shape.IsMap() { // a vector is a map of one pixel
		in, out = []int{in[0], 1, 1}, []int{out[0], 1, 1}
	}
	k := &kernel.Extract{
		N: batch, C: in[0], H: in[1], W: in[2], K: out[0], P: out[1], Q: out[2], StrideH: 1, StrideW: 1,
	}
	place(n, k)
	return k
}

func lowerExtract(e *ir.Emitter, n *ir.Node, place func(*ir.Node, *kernel.Extract)) {
	e.Step(extractKernel(e.Batch, n, place), e.Value(n.Out), e.Value(n.In[0]))
}

func gradExtract(e *ir.Emitter, n *ir.Node, place func(*ir.Node, *kernel.Extract)) {
	if dx := e.Contribute(n.In[0]); dx != plan.None {
		e.Step((*kernel.ExtractBackward)(extractKernel(e.Batch, n, place)), dx, e.Gradient(n.Out))
	}
}
