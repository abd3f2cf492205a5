package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// BatchNorm is the attributes of bn.
type BatchNorm struct {
	Eps        float64 `net:"eps,min=1e-12" doc:"added to the variance; 1e-5 when absent"`
	Momentum   float64 `net:"momentum,min=0,max=1" doc:"weight of a new batch in the running statistics; 0.1 when absent"`
	Cumulative bool    `net:"cumulative,flag" doc:"make the running statistics the mean over all batches of the run"`
	Gamma      float64 `net:"gamma" doc:"initial scale; 1 when absent"`
	Affine     bool    `net:"affine" doc:"learn a scale and a shift for each channel; true when absent"`
}

func bn() *ir.Op {
	return &ir.Op{
		Name: "bn",
		Doc: "Batch normalisation: makes each channel have mean 0 and variance 1 over the batch, then scales and shifts it. " +
			"Inference uses running statistics. A conv right in front of it has no bias unless it says bias=true.",
		Source:  "Ioffe and Szegedy 2015",
		New:     func() any { return &BatchNorm{Eps: 1e-5, Momentum: 0.1, Gamma: 1, Affine: true} },
		Infer:   inferBN,
		FLOPs:   perElement(2), // one scale and one shift, of the running statistics too
		Lower:   lowerBN,
		Grad:    gradBN,
		Part:    ir.Parts{Inference: ir.PartNorm},
		Fuses:   afterNorm,
		Moments: true,
		Examples: []string{
			"bn",
			"conv(6, 3x3, same) -> bn -> relu",
			"conv(5, 3x3, same, bias=true) -> bn(gamma=0)",
			"conv(3, 1x1, bias_init=2) -> bn",
			"conv(18, 3x3, same, stride=2) -> bn -> relu",      // moments taken by the convolution
			"conv(32, 3x3, same) -> conv(32, 3x3, same) -> bn", // and by minimal filtering
			"bn(eps=1e-3, momentum=0.3)",
			"bn(cumulative)",
			"bn(affine=false)",
			"flatten; dense(9) -> bn -> tanh",
		},
	}
}

func inferBN(c *ir.Context) ir.Shape {
	n := c.Node
	a := n.Attrs.(*BatchNorm)
	in := n.In[0].Shape
	channels, ok := needChannels(c, "bn")
	if !ok {
		return nil
	}
	switch {
	case a.Cumulative && c.Has("momentum"):
		c.Errorf(diag.DoesNotApply, "momentum", "bn(cumulative) has no momentum").
			WithLabel("weights a new batch").
			WithSecondary(c.At("cumulative"), "gives all batches the same weight").
			WithHelp("keep one of the two")
		return nil
	case !a.Affine && c.Has("gamma"):
		c.Errorf(diag.DoesNotApply, "gamma", "bn(affine=false) has no scale to begin with").
			WithHelp("leave `gamma` out, or `affine=false`")
		return nil
	}
	if before := n.In[0]; before.Node != nil && before.Uses[0] == n {
		dropBias(before.Node)
	}
	if a.Affine {
		declareAffine(n, a.Gamma, channels)
	}
	n.Declare("running_mean", ir.Statistics, ir.Init{}, channels)
	n.Declare("running_var", ir.Statistics, ir.Init{Value: 1}, channels)
	return in
}

// declareAffine declares a scale and a shift of a normalisation.
func declareAffine(n *ir.Node, gamma float64, shape ...int) {
	n.DeclareElementwise("weight", ir.Init{Value: gamma}, shape...)
	n.DeclareElementwise("bias", ir.Init{}, shape...)
}

// needChannels returns the number of input channels, or reports that it is open.
func needChannels(c *ir.Context, what string) (int, bool) {
	in := c.Node.In[0].Shape
	channels, ok := in.Channels().Known()
	if !ok {
		c.Errorf(diag.NeedsNumbers, "", "%s needs a known number of channels", what).WithLabel("input is %s", in.Batched())
	}
	return channels, ok
}

// bnShape is the geometry of a node: one part, a group a channel.
func bnShape(batch int, n *ir.Node) kernel.NormShape {
	rows, c := pixelRows(batch, n)
	return kernel.NormShape{N: 1, Rows: rows, C: c, Groups: c}
}

// channelsPixels is the size of a node's input; a vector is a map of one pixel.
func channelsPixels(n *ir.Node) (channels, pixels int) {
	in, _ := n.In[0].Shape.Ints()
	if len(in) == 1 {
		return in[0], 1
	}
	return in[0], in[1] * in[2]
}

// storedBN says whether a node uses its running statistics rather than the
// batch's: in inference, and in training when they are frozen.
func storedBN(e *ir.Emitter, n *ir.Node) bool {
	return !e.Training || n.Param("running_mean").Frozen
}

func momentsOf(e *ir.Emitter, n *ir.Node, s kernel.NormShape) int {
	return e.Saved(n, "moments", plan.F32, s.N, 3, s.C)
}

func lowerBN(e *ir.Emitter, n *ir.Node) {
	a := n.Attrs.(*BatchNorm)
	s := bnShape(e.Batch, n)
	x, moments := e.Value(n.In[0]), momentsOf(e, n, s)
	mean, variance := e.Param(n.Param("running_mean")), e.Param(n.Param("running_var"))
	if storedBN(e, n) {
		e.Step(&kernel.StoredMoments{C: s.C, Eps: float32(a.Eps)}, moments, mean, variance)
	} else {
		if parts, ok := e.Left(n, partials); ok {
			conv := convShape(e.Batch, n.In[0].Node)
			e.Step(&kernel.ConvMoments{ConvShape: conv, Tile: tile(e, ConvForward, conv), Eps: float32(a.Eps)}, moments, parts)
		} else {
			k := &kernel.Moments{NormShape: s, Eps: float32(a.Eps)}
			e.Step(k, moments, x, e.Temp("work", plan.F32, k.WorkLen()))
		}
		step := plan.None
		if a.Cumulative {
			step = e.PassNumber()
		}
		e.Step(&kernel.RunningMoments{
			C: s.C, Count: s.Rows, Momentum: float32(a.Momentum), Cumulative: a.Cumulative,
		}, mean, variance, moments, step)
	}
	normalize(e, n, s, moments)
}

// afterNorm is what a normalisation takes along.
var afterNorm = ir.Parts{Inference: ir.PartSum | ir.PartFunction, Training: ir.PartSum | ir.PartFunction}

// normalize emits the second pass of a normalisation, with what its chain adds
// and applies.
func normalize(e *ir.Emitter, n *ir.Node, s kernel.NormShape, moments int) {
	c := e.Chain(n)
	e.Step(&kernel.Normalize{NormShape: s, Fn: function(c)}, e.Value(c.Out), e.Value(n.In[0]), moments,
		e.Param(n.Param("weight")), e.Param(n.Param("bias")), e.Addend(c))
}

func gradBN(e *ir.Emitter, n *ir.Node) {
	s := bnShape(e.Batch, n)
	gradNormalize(e, n, &kernel.NormalizeBackward{NormShape: s, Fixed: storedBN(e, n)}, momentsOf(e, n, s))
}

// gradNormalize emits the backward step of a normalisation with a scale and a
// shift for each channel, or without. A rectifier that follows alone is a part
// of it; of another chain the gradient goes back through function and sum first.
func gradNormalize(e *ir.Emitter, n *ir.Node, k *kernel.NormalizeBackward, moments int) {
	w, b, c := n.Param("weight"), n.Param("bias"), e.Chain(n)
	k.Gate = function(c) == kernel.ReLU && c.Sum == nil && !k.Fixed
	dy := e.Gradient(c.Out)
	if !k.Gate {
		dy = beforeFunction(e, c)
		if c.Sum != nil {
			e.PassBuffer(c.Sum, dy)
		}
	}
	if !e.Needed(n.Out) {
		return // only what is added is trained
	}
	e.Step(k, e.Contribute(n.In[0]), e.GradientOf(w), e.GradientOf(b),
		dy, e.Value(n.In[0]), moments, e.Param(w), e.Param(b), e.Temp("work", plan.F32, k.WorkLen()))
}
