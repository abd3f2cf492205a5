package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// LayerNorm is the attributes of layer_norm.
type LayerNorm struct {
	Channels bool    `net:"channels,flag" doc:"normalise each pixel over its channels, rather than the whole map"`
	Eps      float64 `net:"eps,min=1e-12" doc:"added to the variance; 1e-5 when absent"`
	Affine   bool    `net:"affine" doc:"learn a scale and a shift for each element, or each channel; true when absent"`
}

func layerNorm() *ir.Op {
	return &ir.Op{
		Name: "layer_norm",
		Doc: "Layer normalisation: makes each image's elements have mean 0 and variance 1, then scales and shifts each. " +
			"With `channels` that is done to the channels of each pixel.",
		Source: "Ba, Kiros and Hinton 2016; Liu et al. 2022, A ConvNet for the 2020s (channels)",
		New:    func() any { return &LayerNorm{Eps: 1e-5, Affine: true} },
		Infer:  inferLayerNorm,
		FLOPs:  normFLOPs(func(n *ir.Node) bool { return n.Attrs.(*LayerNorm).Affine }),
		Lower:  lowerLayerNorm,
		Grad:   gradLayerNorm,
		Examples: []string{
			"layer_norm",
			"layer_norm(channels)",
			"layer_norm(eps=1e-3, affine=false)",
			"conv(7, 3x3) -> layer_norm(channels, eps=1e-6)",
			"conv(1, 3x3) -> layer_norm",
			"flatten; dense(9) -> layer_norm -> relu",
		},
	}
}

// normFLOPs is the cost of a normalisation that takes its moments of the image
// itself: an addition for the mean, three operations for the variance, two to
// normalise, and two for a scale and a shift.
func normFLOPs(affine func(*ir.Node) bool) func(*ir.Node) int64 {
	return func(n *ir.Node) int64 {
		if affine(n) {
			return ir.Mul(8, elems(n.Out))
		}
		return ir.Mul(6, elems(n.Out))
	}
}

func inferLayerNorm(c *ir.Context) ir.Shape {
	n := c.Node
	a := n.Attrs.(*LayerNorm)
	in := n.In[0].Shape
	if !a.Affine {
		return in
	}
	sizes, ok := in.Ints()
	if a.Channels {
		var channels int
		if channels, ok = needChannels(c, "layer_norm"); !ok {
			return nil
		}
		sizes = []int{channels}
	}
	if !ok {
		c.Errorf(diag.NeedsNumbers, "", "layer_norm with a scale for each element needs a map of known size").
			WithLabel("input is %s", in.Batched()).
			WithHelp("write layer_norm(channels), which works at any size, or give the input's size as numbers")
		return nil
	}
	declareAffine(n, 1, sizes...)
	return in
}

// rowNormKernel is the geometry: a row is a pixel's channels, or all of an image.
func rowNormKernel(e *ir.Emitter, n *ir.Node) *kernel.RowNorm {
	a := n.Attrs.(*LayerNorm)
	rows, c := pixelRows(e.Batch, n)
	if !a.Channels {
		rows, c = e.Batch, int(elems(n.Out))
	}
	return &kernel.RowNorm{Rows: rows, C: c, Eps: float32(a.Eps)}
}

// permuted says whether a learned number of each element stands in files in
// another order than in the plan, and how: files have C,H,W.
func permuted(n *ir.Node) (kernel.Flatten, bool) {
	k, same := flattenShape(1, n)
	return k, !same && !n.Attrs.(*LayerNorm).Channels
}

// inOrder is the buffer of a parameter in the order of the elements.
func inOrder(e *ir.Emitter, n *ir.Node, name, packed string) int {
	p := n.Param(name)
	k, differ := permuted(n)
	if p == nil || !differ {
		return e.Param(p)
	}
	back := kernel.FlattenBackward(k)
	return e.Packed(packed, &back, e.Param(p))
}

func lowerLayerNorm(e *ir.Emitter, n *ir.Node) {
	k := rowNormKernel(e, n)
	w := inOrder(e, n, "weight", "packed_weight")
	b := inOrder(e, n, "bias", "packed_bias")
	e.Step(k, e.Value(n.Out), rowMoments(e, n, k.Rows), e.Value(n.In[0]), w, b)
}

func rowMoments(e *ir.Emitter, n *ir.Node, rows int) int {
	return e.Saved(n, "moments", plan.F32, rows, 2)
}

func gradLayerNorm(e *ir.Emitter, n *ir.Node) {
	s := rowNormKernel(e, n)
	k := &kernel.RowNormBackward{Rows: s.Rows, C: s.C}
	dw, db := e.GradientOf(n.Param("weight")), e.GradientOf(n.Param("bias"))
	order, differ := permuted(n)
	ordered := func(name string, to int) int { // where the kernel leaves a gradient
		if to == plan.None || !differ {
			return to
		}
		return e.Temp(name, plan.F32, k.C)
	}
	fromW, fromB := ordered("d_packed_weight", dw), ordered("d_packed_bias", db)
	e.Step(k, e.Contribute(n.In[0]), fromW, fromB, e.Gradient(n.Out), e.Value(n.In[0]),
		rowMoments(e, n, s.Rows), inOrder(e, n, "weight", "packed_weight_back"), e.Temp("work", plan.F32, k.WorkLen()))
	for _, g := range [][2]int{{dw, fromW}, {db, fromB}} {
		if g[0] != g[1] {
			flat := order
			e.Step(&flat, g[0], g[1])
		}
	}
}
