package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Up is the attributes of up.
type Up struct {
	Channels  int     `net:"channels,pos,min=1" doc:"output channels; as many as the input has when absent"`
	Kernel    [2]int  `net:"kernel,pos,min=1" doc:"rows x columns; 2x2 when absent"`
	Stride    [2]int  `net:"stride,min=1" doc:"by how much the map grows; the kernel when absent"`
	Pad       [4]int  `net:"pad,min=0" doc:"rows and columns taken off each side of the output"`
	OutputPad [2]int  `net:"output_pad,min=0" doc:"rows and columns added at the bottom and the right"`
	Dilation  [2]int  `net:"dilation,min=1" doc:"step between the taps of a window; 1 when absent"`
	Groups    int     `net:"groups,min=1" doc:"independent groups of channels; 1 when absent"`
	Bias      bool    `net:"bias" doc:"add a number to each output channel; true when absent"`
	Init      string  `net:"init,oneof=he|glorot|lecun|normal|zeros" doc:"how the weights begin; he in front of a rectifier and glorot elsewhere when absent"`
	Std       float64 `net:"std,min=0" doc:"standard deviation of init=normal; 0.01 when absent"`
	BiasInit  float64 `net:"bias_init" doc:"what the bias begins with; 0 when absent"`
}

func up() *ir.Op {
	return &ir.Op{
		Name:   "up",
		Doc:    "Transposed convolution: every input adds a filter, times itself, to a window of the output.",
		Source: "Zeiler et al. 2010; Dumoulin and Visin 2016",
		New: func() any {
			return &Up{Kernel: [2]int{2, 2}, Dilation: [2]int{1, 1}, Groups: 1, Bias: true}
		},
		Infer: inferUp,
		MACs:  upMACs,
		FLOPs: func(n *ir.Node) int64 {
			flops := ir.Mul(2, upMACs(n))
			if n.Attrs.(*Up).Bias {
				flops = ir.Sum(flops, elems(n.Out))
			}
			return flops
		},
		Window: func(n *ir.Node) ir.Window {
			// Tap k of input x falls on output Stride·x − Pad + Dilation·k.
			a := n.Attrs.(*Up)
			w := ir.Window{Stride: [2]int{1, 1}, Rise: a.Stride}
			for i := range 2 {
				w.Extent[i] = a.Dilation[i]*(a.Kernel[i]-1) + 1
				w.Start[i] = a.Pad[2*i] + 1 - w.Extent[i]
			}
			return w
		},
		Lower:  lowerUp,
		Grad:   gradUp,
		Fuses:  ir.Parts{Inference: ir.PartFunction, Training: ir.PartFunction},
		Splits: ir.Modes{Inference: true, Training: true},
		Examples: []string{
			"up(3, 2x2)",
			"up",
			"up(3, init=lecun, bias_init=0.5)",
			"up(5, 3x3, stride=2, pad=1, output_pad=1)",
			"up(6, 3x3, stride=1, bias=false)",
			"up(4, 4x4, stride=2, pad=1, groups=2)",
			"up(2, 1x2, stride=3x2, output_pad=2x0)",
			"up(3, 3x2, stride=1, dilation=2, pad=[1, 0, 2, 1])",
		},
	}
}

func inferUp(c *ir.Context) ir.Shape {
	n := c.Node
	a := n.Attrs.(*Up)
	if !needMap(c, "up") {
		return nil
	}
	in := n.In[0].Shape
	channels, ok := knownChannels(c, in)
	if !ok {
		return nil
	}
	if a.Channels == 0 {
		a.Channels = channels
	}
	if !c.Has("stride") {
		a.Stride = a.Kernel
	}
	if channels%a.Groups != 0 || a.Channels%a.Groups != 0 {
		c.Errorf(diag.GroupsDivide, "groups", "%d groups do not divide %d input and %d output channels", a.Groups, channels, a.Channels).
			WithLabel("input is %s", in.Batched()).
			WithHelp("choose a number of groups that divides both")
		return nil
	}
	out := ir.Map(ir.Int(a.Channels), in[1], in[2])
	for i, axis := range [2]string{"height", "width"} {
		if limit := max(a.Stride[i], a.Dilation[i]); a.OutputPad[i] >= limit {
			c.Errorf(diag.OutOfRange, "output_pad", "`output_pad` of `up` is %d, but must be less than the stride or the dilation, which is %d", a.OutputPad[i], limit).
				WithHelp("choose a smaller one, or a larger stride")
			return nil
		}
		extent := a.Dilation[i]*(a.Kernel[i]-1) + 1
		out[1+i] = in[1+i].Add(-1).Times(a.Stride[i]).Add(extent + a.OutputPad[i] - a.Pad[2*i] - a.Pad[2*i+1])
		if size, known := out[1+i].Known(); known && size < 1 {
			c.Errorf(diag.SizeOutOfRange, "pad", "padding takes the whole %s of the output away", axis).
				WithLabel("the input is %s", in.Batched()).
				WithHelp("pad less")
			return nil
		}
	}
	fan := a.Kernel[0] * a.Kernel[1]
	n.Declare("weight", ir.Trained,
		initial(c, a.Init, a.Std, channels/a.Groups*fan, a.Channels/a.Groups*fan),
		channels, a.Channels/a.Groups, a.Kernel[0], a.Kernel[1])
	declareBias(c, a.Bias, a.BiasInit, a.Channels)
	return out
}

func upMACs(n *ir.Node) int64 {
	a := n.Attrs.(*Up)
	return ir.Mul(elems(n.In[0]), int64(a.Channels/a.Groups), int64(a.Kernel[0]), int64(a.Kernel[1]))
}

// upShape is the geometry of the convolution that up is the gradient of: from
// the output's map to the input's.
func upShape(batch int, n *ir.Node) kernel.ConvShape {
	a := n.Attrs.(*Up)
	in, _ := n.In[0].Shape.Ints()
	out, _ := n.Out.Shape.Ints()
	return kernel.ConvShape{
		N: batch, H: out[1], W: out[2], C: out[0], K: in[0], P: in[1], Q: in[2],
		R: a.Kernel[0], S: a.Kernel[1], StrideH: a.Stride[0], StrideW: a.Stride[1],
		PadT: a.Pad[0], PadL: a.Pad[2], DilH: a.Dilation[0], DilW: a.Dilation[1], Groups: a.Groups,
	}
}

func lowerUp(e *ir.Emitter, n *ir.Node) {
	s, c := upShape(e.Batch, n), e.Chain(n)
	y, pitch := e.Out(c)
	w := e.Packed("packed", &kernel.ConvPackTransposed{ConvShape: s}, e.Param(n.Param("weight")))
	e.Compute(upMACs(n), &kernel.ConvTransposed{ConvShape: s, Fn: function(c), Pitch: pitch},
		y, e.Value(n.In[0]), w, e.Param(n.Param("bias")))
}

func gradUp(e *ir.Emitter, n *ir.Node) {
	s := upShape(e.Batch, n)
	dy := beforeFunction(e, e.Chain(n))
	if e.Needed(n.In[0]) {
		w := e.Packed("packed_transposed", &kernel.ConvPack{ConvShape: s}, e.Param(n.Param("weight")), plan.None)
		e.Compute(upMACs(n), &kernel.ConvForward{ConvShape: s}, e.Contribute(n.In[0]), dy, w, plan.None, plan.None)
	}
	if dw := e.GradientOf(n.Param("weight")); dw != plan.None {
		k := &kernel.ConvBackwardWeights{ConvShape: s}
		e.Compute(upMACs(n), k, dw, plan.None, dy, e.Value(n.In[0]), e.Temp("work", plan.F32, k.WorkLen()))
	}
	if db := e.GradientOf(n.Param("bias")); db != plan.None {
		sums := &kernel.ChannelSums{N: 1, Rows: s.N * s.H * s.W, C: s.C}
		e.Step(sums, plan.None, db, plan.None, dy, e.Temp("sums", plan.F32, sums.WorkLen()))
	}
}
