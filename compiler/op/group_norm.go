package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// GroupNorm is the attributes of group_norm.
type GroupNorm struct {
	Groups int     `net:"groups,pos,required,min=1" doc:"groups of neighbouring channels; they divide the channels"`
	Eps    float64 `net:"eps,min=1e-12" doc:"added to the variance; 1e-5 when absent"`
	Affine bool    `net:"affine" doc:"learn a scale and a shift for each channel; true when absent"`
}

func groupNorm() *ir.Op {
	return groupOp(&ir.Op{
		Name: "group_norm",
		Doc: "Group normalisation: makes each group of channels of each image have mean 0 and variance 1, " +
			"then scales and shifts each channel.",
		Source: "Wu and He 2018",
		New:    func() any { return &GroupNorm{Eps: 1e-5, Affine: true} },
		Infer: func(c *ir.Context) ir.Shape {
			a := c.Node.Attrs.(*GroupNorm)
			channels, ok := needChannels(c, "group_norm")
			if !ok {
				return nil
			}
			if channels%a.Groups != 0 {
				c.Errorf(diag.GroupsDivide, "groups", "%d groups do not divide %d channels", a.Groups, channels).
					WithLabel("input is %s", c.Node.In[0].Shape.Batched()).
					WithHelp("choose a number of groups that divides the channels")
				return nil
			}
			return inferGroups(c, a.Affine, channels)
		},
		Examples: []string{
			"group_norm(2)",
			"group_norm(1, eps=1e-3)",
			"conv(6, 3x3) -> group_norm(3, affine=false) -> relu",
			"flatten; dense(9) -> group_norm(3)",
		},
	}, func(n *ir.Node) (groups int, eps float64, affine bool) {
		a := n.Attrs.(*GroupNorm)
		return a.Groups, a.Eps, a.Affine
	})
}

// InstanceNorm is the attributes of instance_norm.
type InstanceNorm struct {
	Eps    float64 `net:"eps,min=1e-12" doc:"added to the variance; 1e-5 when absent"`
	Affine bool    `net:"affine" doc:"learn a scale and a shift for each channel; true when absent"`
}

func instanceNorm() *ir.Op {
	return groupOp(&ir.Op{
		Name: "instance_norm",
		Doc: "Instance normalisation: makes each channel of each image have mean 0 and variance 1, " +
			"then scales and shifts it.",
		Source: "Ulyanov, Vedaldi and Lempitsky 2016",
		New:    func() any { return &InstanceNorm{Eps: 1e-5, Affine: true} },
		Infer: func(c *ir.Context) ir.Shape {
			if !needMap(c, "instance_norm") {
				return nil
			}
			channels, ok := needChannels(c, "instance_norm")
			if !ok {
				return nil
			}
			return inferGroups(c, c.Node.Attrs.(*InstanceNorm).Affine, channels)
		},
		Examples: []string{
			"instance_norm",
			"instance_norm(affine=false)",
			"conv(9, 3x3) -> instance_norm(eps=1e-3) -> relu",
		},
	}, func(n *ir.Node) (groups int, eps float64, affine bool) {
		a := n.Attrs.(*InstanceNorm)
		groups, _ = channelsPixels(n)
		return groups, a.Eps, a.Affine
	})
}

func inferGroups(c *ir.Context, affine bool, channels int) ir.Shape {
	if affine {
		declareAffine(c.Node, 1, channels)
	}
	return c.Node.In[0].Shape
}

// groupOp completes an operator that normalises groups of channels of each
// image.
func groupOp(o *ir.Op, settings func(*ir.Node) (groups int, eps float64, affine bool)) *ir.Op {
	shape := func(batch int, n *ir.Node) kernel.NormShape {
		groups, _, _ := settings(n)
		c, pixels := channelsPixels(n)
		return kernel.NormShape{N: batch, Rows: pixels, C: c, Groups: groups}
	}
	o.FLOPs = normFLOPs(func(n *ir.Node) bool { _, _, affine := settings(n); return affine })
	o.Lower = func(e *ir.Emitter, n *ir.Node) {
		_, eps, _ := settings(n)
		s := shape(e.Batch, n)
		x, moments := e.Value(n.In[0]), momentsOf(e, n, s)
		k := &kernel.Moments{NormShape: s, Eps: float32(eps)}
		e.Step(k, moments, x, e.Temp("work", plan.F32, k.WorkLen()))
		normalize(e, n, s, moments)
	}
	o.Fuses = afterNorm
	o.Grad = func(e *ir.Emitter, n *ir.Node) {
		s := shape(e.Batch, n)
		gradNormalize(e, n, &kernel.NormalizeBackward{NormShape: s}, momentsOf(e, n, s))
	}
	return o
}
