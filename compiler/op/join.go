package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// Join is the attributes of the operators that join branches. They are applied
// by what combines layers, such as residual, and have no call of their own.
type Join struct{}

// branches reports a join of fewer than two values.
func branches(c *ir.Context) bool {
	if len(c.Node.In) >= 2 {
		return true
	}
	c.Errorf(diag.NotJoined, "", "`%s` joins branches, and there is only one value here", c.Node.Op.Name).
		WithHelp("use a layer that has a body")
	return false
}

// mismatch reports a branch that does not fit the first one.
func mismatch(c *ir.Context, v *ir.Value, want string) {
	first := c.Node.In[0]
	c.Errorf(diag.BranchesDiffer, "", "`%s` cannot join %s and %s", c.Node.Op.Name, first.Shape.Batched(), v.Shape.Batched()).
		WithLabel("joined here").
		WithSecondary(first.Span, "%s is made here", first.Shape.Batched()).
		WithSecondary(v.Span, "%s is made here", v.Shape.Batched()).
		WithHelp(want)
}

func add() *ir.Op {
	return &ir.Op{
		Name:   "add",
		Doc:    "Adds values of the same shape.",
		Source: "He et al. 2016, Deep residual learning",
		New:    func() any { return &Join{} },
		Joins:  true,
		Part:   ir.Parts{Inference: ir.PartSum, Training: ir.PartSum},
		Infer: func(c *ir.Context) ir.Shape {
			if !branches(c) {
				return nil
			}
			first := c.Node.In[0].Shape
			for _, v := range c.Node.In[1:] {
				if !v.Shape.Equal(first) {
					mismatch(c, v, "give the branches the same channels, height and width")
					return nil
				}
			}
			return first
		},
		FLOPs: func(n *ir.Node) int64 { return ir.Mul(int64(len(n.In)-1), elems(n.Out)) },
		Lower: func(e *ir.Emitter, n *ir.Node) {
			y, sum := e.Value(n.Out), e.Value(n.In[0])
			for _, v := range n.In[1:] {
				e.Step(&kernel.Add{Len: e.Len(y)}, y, sum, e.Value(v))
				sum = y
			}
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			for _, v := range n.In {
				e.Pass(v, n.Out)
			}
		},
		Examples: []string{
			"conv(4, 1x1) | relu",
			"conv(same) | conv(4, 1x1) | tanh",
			"relu | relu | sigmoid | conv(same)",
			"flatten -> dense(6) | flatten -> dense(6) -> tanh",
		},
	}
}

func concat() *ir.Op {
	return &ir.Op{
		Name:    "concat",
		Doc:     "Puts the channels of maps of equal size, or the features of vectors, one behind another.",
		Concats: true,
		Source:  "Szegedy et al. 2015, Going deeper with convolutions",
		New:     func() any { return &Join{} },
		Joins:   true,
		Infer:   inferConcat,
		FLOPs:   perElement(0),
		Lower: func(e *ir.Emitter, n *ir.Node) {
			at, of, y := 0, channels(n.Out), e.Value(n.Out)
			for _, v := range n.In {
				k := kernel.Concat{Rows: e.Len(y) / of, C: channels(v), Of: of, At: at}
				if !e.Placed(n, v) {
					e.Step(&k, y, e.Value(v))
				}
				at += k.C
			}
		},
		Grad: func(e *ir.Emitter, n *ir.Node) {
			at, of, dy := 0, channels(n.Out), e.Gradient(n.Out)
			for _, v := range n.In {
				k := kernel.ConcatBackward{Rows: e.Len(dy) / of, C: channels(v), Of: of, At: at}
				if dx := e.Contribute(v); dx != plan.None {
					e.Step(&k, dx, dy)
				}
				at += k.C
			}
		},
		Examples: []string{
			"conv(3, 1x1) | relu",
			"conv(1, 1x1) | conv(17, same) | tanh | conv(same)",
			"flatten -> dense(6) | flatten -> dense(1)",
		},
	}
}

func inferConcat(c *ir.Context) ir.Shape {
	if !branches(c) {
		return nil
	}
	first := c.Node.In[0].Shape
	sum := first.Channels()
	for _, v := range c.Node.In[1:] {
		s := v.Shape
		if len(s) != len(first) || s.IsMap() && !(s[1].Equal(first[1]) && s[2].Equal(first[2])) {
			mismatch(c, v, "give the branches the same height and width")
			return nil
		}
		sum = sum.Plus(s.Channels())
	}
	if n, ok := sum.Known(); ok && n > ir.MaxSize {
		c.Errorf(diag.SizeOutOfRange, "", "the branches have %d channels together, but at most %d are possible", n, ir.MaxSize).
			WithHelp("give the branches fewer channels")
		return nil
	}
	out := append(ir.Shape(nil), first...)
	out[0] = sum
	return out
}

// channels is the number of channels of a map, or features of a vector.
func channels(v *ir.Value) int {
	n, _ := v.Shape.Channels().Known()
	return n
}
