package op

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Conv is the attributes of conv.
type Conv struct {
	Channels int     `net:"channels,pos,min=1" doc:"output channels; as many as the input has when absent"`
	Kernel   [2]int  `net:"kernel,pos,min=1" doc:"rows x columns; 3x3 when absent"`
	Same     ir.Same `net:"same,flag" doc:"pad so that the output has ⌈in/stride⌉ rows and columns"`
	Pad      [4]int  `net:"pad,min=0" doc:"explicit padding with zeros"`
	Stride   [2]int  `net:"stride,min=1" doc:"step between windows; 1 when absent"`
	Dilation [2]int  `net:"dilation,min=1" doc:"step between the taps of a window; 1 when absent"`
	Groups   int     `net:"groups,min=1" doc:"independent groups of channels; 1 when absent"`
	Bias     bool    `net:"bias" doc:"add a number to each output channel; true unless bn follows and bias_init is absent"`
	Init     string  `net:"init,oneof=he|glorot|lecun|normal|zeros" doc:"how the weights begin; he in front of a rectifier and glorot elsewhere when absent"`
	Std      float64 `net:"std,min=0" doc:"standard deviation of init=normal; 0.01 when absent"`
	BiasInit float64 `net:"bias_init" doc:"what the bias begins with; 0 when absent"`

	// Table leaves connections out.
	Table ir.Table `net:"table,oneof=lenet|torus,min=0" doc:"which input channels each output channel reads; all when absent"`

	shape kernel.ConvShape // resolved by Infer; N is 0
	table kernel.ConnTable // of connections, where Table is set
}

func conv() *ir.Op {
	return &ir.Op{
		Name:   "conv",
		Doc:    "Convolution: every output is the sum of a window of the input times a filter, plus a bias.",
		Source: "LeCun et al. 1998, Gradient-based learning applied to document recognition",
		New: func() any {
			return &Conv{Kernel: [2]int{3, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1, Bias: true}
		},
		Infer:  inferConv,
		MACs:   convMACs,
		FLOPs:  convFLOPs,
		Window: convWindow,
		Lower:  lowerConv,
		Grad:   gradConv,
		Leaves: true,
		Splits: ir.Modes{Inference: true, Training: true},
		Fuses:  ir.Parts{Inference: ir.PartNorm | ir.PartSum | ir.PartFunction | ir.PartPool, Training: ir.PartFunction},
		Pools:  convPools,
		Examples: []string{
			"conv(6, 5x5, same)",
			"conv(8, 3x3)",
			"conv(5, 3x3, init=normal, std=0.1, bias_init=1)",
			"conv(same)",
			"conv(5, 3x3, same, stride=2, bias=false)",
			"conv(4, 1x3, pad=[0, 0, 2, 1], stride=1x2)",
			"conv(6, 3x3, dilation=2, groups=2)",
			"conv(7, 4x4, same(tf), stride=3)",
			"conv(32, 3x3, same) -> conv(32, 3x3, same)", // minimal filtering
			"conv(32, 3x3, same) -> conv(32, 5x5, same)",
			"conv(6, 1x1) -> conv(16, 5x5, table=lenet)",
			"conv(1, 1x1) -> conv(6, 5x5, same) -> relu -> pool(max, 2x2)", // and pooling
			"conv(6, 5x5, same) -> relu -> pool(max, 2x2)",
			"conv(6, 5x5, same) -> tanh -> pool(max, 2x2)",
			"conv(5, 3x3, same, stride=2, table=[[0], [0, 1], [1, 3], [2], [0, 1, 2, 3]])",
			"conv(12, 1x1) -> conv(24, 1x1, bias=false, table=torus([3, 4], [2, 3]))",
		},
	}
}

func inferConv(c *ir.Context) ir.Shape {
	n := c.Node
	a := n.Attrs.(*Conv)
	if !needMap(c, "conv") {
		return nil
	}
	in := n.In[0].Shape
	channels, ok := in.Channels().Known()
	if !ok {
		c.Errorf(diag.NeedsNumbers, "", "conv needs a known number of input channels").WithLabel("input is %s", in.Batched())
		return nil
	}
	if a.Channels == 0 {
		a.Channels = channels
	}
	if channels%a.Groups != 0 || a.Channels%a.Groups != 0 {
		c.Errorf(diag.GroupsDivide, "groups", "%d groups do not divide %d input and %d output channels", a.Groups, channels, a.Channels).
			WithLabel("input is %s", in.Batched()).
			WithHelp("choose a number of groups that divides both")
		return nil
	}
	weight, fanIn := []int{a.Channels, channels / a.Groups}, channels/a.Groups
	if a.tabled() {
		if a.Groups > 1 {
			c.Errorf(diag.DoesNotApply, "groups", "conv has both `groups` and `table`").
				WithLabel("this says which channels are connected").
				WithSecondary(c.At("table"), "and this says it too").
				WithHelp("keep one of the two")
			return nil
		}
		if a.table, ok = connTable(c, a.Table, channels, a.Channels); !ok {
			return nil
		}
		links := a.table.Len(a.Channels)
		weight, fanIn = []int{links}, max(links/a.Channels, 1)
	}
	w := window{"conv", a.Kernel, a.Stride, a.Dilation, a.Same, a.Pad, false}
	out, pad, ok := w.infer(c, in)
	if !ok {
		return nil
	}
	a.shape = kernel.ConvShape{
		C: channels, K: a.Channels, R: a.Kernel[0], S: a.Kernel[1],
		StrideH: a.Stride[0], StrideW: a.Stride[1], DilH: a.Dilation[0], DilW: a.Dilation[1],
		PadT: pad[0], PadL: pad[2], Groups: a.Groups,
	}
	fan := a.Kernel[0] * a.Kernel[1]
	n.Declare("weight", ir.Trained,
		initial(c, a.Init, a.Std, fanIn*fan, max(fanIn*a.Channels/channels, 1)*fan),
		append(weight, a.Kernel[0], a.Kernel[1])...)
	declareBias(c, a.Bias, a.BiasInit, a.Channels)
	return ir.Map(ir.Int(a.Channels), out[0], out[1])
}

// tabled reports whether a table leaves connections out.
func (a *Conv) tabled() bool { return a.Table.Rule != "" || a.Table.Lists != nil }

// dropBias takes the bias from a convolution that bn is the first to read,
// unless the file asks for one or says what it begins with.
func dropBias(n *ir.Node) {
	a, ok := n.Attrs.(*Conv)
	_, written := n.ArgSpans["bias"]
	if _, begins := n.ArgSpans["bias_init"]; !ok || written || begins {
		return
	}
	a.Bias = false
	bias := n.Param("bias")
	n.Params = slices.DeleteFunc(n.Params, func(p *ir.Param) bool { return p == bias })
}

func convMACs(n *ir.Node) int64 {
	a := n.Attrs.(*Conv)
	if a.tabled() {
		return ir.Mul(elems(n.Out)/int64(a.Channels), int64(a.table.Len(a.Channels)), int64(a.Kernel[0]), int64(a.Kernel[1]))
	}
	return ir.Mul(elems(n.Out), int64(a.shape.C/a.Groups), int64(a.Kernel[0]), int64(a.Kernel[1]))
}

func convFLOPs(n *ir.Node) int64 {
	flops := ir.Mul(2, convMACs(n))
	if n.Attrs.(*Conv).Bias {
		flops = ir.Sum(flops, elems(n.Out))
	}
	return flops
}

func convWindow(n *ir.Node) ir.Window {
	a := n.Attrs.(*Conv)
	return ir.Window{
		Extent: [2]int{a.Dilation[0]*(a.Kernel[0]-1) + 1, a.Dilation[1]*(a.Kernel[1]-1) + 1},
		Stride: a.Stride,
		Start:  [2]int{-a.shape.PadT, -a.shape.PadL},
	}
}

// convShape is the geometry of a node for a batch.
func convShape(batch int, n *ir.Node) kernel.ConvShape {
	s := n.Attrs.(*Conv).shape
	in, _ := n.In[0].Shape.Ints()
	out, _ := n.Out.Shape.Ints()
	s.N, s.H, s.W, s.P, s.Q = batch, in[1], in[2], out[1], out[2]
	return s
}

func lowerConv(e *ir.Emitter, n *ir.Node) {
	s, c := convShape(e.Batch, n), e.Chain(n)
	y, pitch := e.Out(c)
	m := tile(e, ConvForward, s)
	pack, k := convForward(s, m, function(c), pitch)
	scale, bias := fold(e, n, c)
	w := e.Packed("packed", pack, fullWeights(e, n, s), scale)
	if c.Pool != nil && s.TakesMaxPool(m, function(c)) {
		e.Compute(convMACs(n), convMaxPool(s, m, function(c)), y, e.Value(n.In[0]), w, bias)
		return
	}
	if c.Pool != nil {
		whole := e.Temp("map", plan.F32, ir.Storage(e.Batch, n.Out.Shape)...)
		e.Compute(convMACs(n), k, whole, e.Value(n.In[0]), w, bias, plan.None)
		e.Step(&kernel.MaxPool{PoolShape: poolShape(e.Batch, c.Pool)}, y, whole)
		return
	}
	if norm := c.Moments; norm != nil && !storedBN(e, norm) && !e.BF16 && s.TakesMoments(m) {
		k, parts := convMoments(s, m)
		e.Compute(convMACs(n), k, y, e.Saved(norm, partials, plan.F32, parts), e.Value(n.In[0]), w, bias)
		return
	}
	e.Compute(convMACs(n), k, y, e.Value(n.In[0]), w, bias, e.Addend(c))
}

// convPools says that a convolution can take the maximum of what it makes: of
// squares of 2×2 that tile it.
func convPools(head, pool *ir.Node) bool {
	for _, v := range []*ir.Value{head.In[0], head.Out, pool.Out} {
		if _, known := v.Shape.Ints(); !known {
			return false
		}
	}
	s, p := convShape(1, head), poolShape(1, pool)
	squares := kernel.PoolShape{N: 1, H: s.P, W: s.Q, C: s.K, R: 2, S: 2, P: s.P / 2, Q: s.Q / 2, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1}
	return pool.Attrs.(*Pool).Kind == "max" && p == squares && s.MayTakeMaxPool()
}

func gradConv(e *ir.Emitter, n *ir.Node) {
	s := convShape(e.Batch, n)
	dy := beforeFunction(e, e.Chain(n))
	if e.Needed(n.In[0]) {
		pack, k := convBackwardData(s, tile(e, ConvBackwardData, s))
		w := e.Packed("packed_transposed", pack, fullWeights(e, n, s))
		e.Compute(convMACs(n), k, e.Contribute(n.In[0]), dy, w)
	}
	if dw := e.GradientOf(n.Param("weight")); dw != plan.None {
		k, work := convBackwardWeights(s, tile(e, ConvBackwardWeights, s))
		full, a := dw, n.Attrs.(*Conv)
		if a.tabled() {
			full = e.Temp("d_full", plan.F32, s.K, s.C, s.R, s.S)
		}
		e.Compute(convMACs(n), k, full, e.GradientOf(n.Param("bias")), e.Value(n.In[0]), dy, e.Temp("work", plan.F32, work))
		if a.tabled() {
			e.Step(&kernel.ConvGather{ConvShape: s, Table: a.table}, dw, full)
		}
	}
}

// fullWeights is the weights of a convolution whose every output channel reads
// every input channel of its group: those that a table leaves out are 0.
func fullWeights(e *ir.Emitter, n *ir.Node, s kernel.ConvShape) int {
	w, a := e.Param(n.Param("weight")), n.Attrs.(*Conv)
	if !a.tabled() {
		return w
	}
	return e.Packed("full", &kernel.ConvSpread{ConvShape: s, Table: a.table}, w)
}

// convForward is the kernels of the forward pass, for tiles of m×m outputs or
// directly.
func convForward(s kernel.ConvShape, m int, fn kernel.Fn, pitch int) (pack, k plan.Kernel) {
	if m == 0 {
		return &kernel.ConvPack{ConvShape: s}, &kernel.ConvForward{ConvShape: s, Fn: fn, Pitch: pitch}
	}
	return &kernel.WinogradPack{ConvShape: s, Tile: m}, &kernel.WinogradForward{ConvShape: s, Tile: m, Fn: fn, Pitch: pitch}
}

// convMaxPool is the kernel of the forward pass and of maximum pooling, from the
// weights of the forward pass alone.
func convMaxPool(s kernel.ConvShape, m int, fn kernel.Fn) plan.Kernel {
	if m == 0 {
		return &kernel.ConvMaxPool{ConvShape: s, Fn: fn}
	}
	return &kernel.WinogradMaxPool{ConvShape: s, Tile: m, Fn: fn}
}

// partials is what a convolution saves for the normalisation behind it.
const partials = "partials"

// convMoments is the kernel of the forward pass that takes the moments of blocks
// too, and the length of these.
func convMoments(s kernel.ConvShape, m int) (k plan.Kernel, parts int) {
	parts = (&kernel.ConvMoments{ConvShape: s, Tile: m}).PartialsLen()
	if m == 0 {
		return &kernel.ConvForwardMoments{ConvShape: s}, parts
	}
	return &kernel.WinogradForwardMoments{ConvShape: s, Tile: m}, parts
}

// convBackwardData is the kernels of the gradient by the input, for tiles of
// m×m pixels or directly.
func convBackwardData(s kernel.ConvShape, m int) (pack, k plan.Kernel) {
	if m == 0 {
		return &kernel.ConvPackTransposed{ConvShape: s}, &kernel.ConvBackwardData{ConvShape: s}
	}
	return &kernel.WinogradPackTransposed{ConvShape: s, Tile: m}, &kernel.WinogradBackwardData{ConvShape: s, Tile: m}
}

// convBackwardWeights is the kernel of the gradient by the parameters, for tiles
// of m×m outputs or directly, and the length of its work.
func convBackwardWeights(s kernel.ConvShape, m int) (k plan.Kernel, work int) {
	if m == 0 {
		direct := &kernel.ConvBackwardWeights{ConvShape: s}
		return direct, direct.WorkLen()
	}
	minimal := &kernel.WinogradBackwardWeights{ConvShape: s, Tile: m}
	return minimal, minimal.WorkLen()
}
