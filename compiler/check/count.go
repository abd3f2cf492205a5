package check

import (
	"math"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// count reports a model of known sizes whose operations are too many for 64 bits,
// at the layer that passes the bound. No other count of a model is larger.
func (b *builder) count() {
	total := int64(0)
	for _, n := range b.graph.Nodes {
		if !sized(n) {
			continue
		}
		flops := n.Op.FLOPs(n)
		if total = ir.Sum(total, flops); total < ir.Overflow {
			continue
		}
		d := diag.Errorf(diag.SizeOutOfRange, n.Span, "the operations of the model are too many to count").
			WithLabel("with those of layer %s", n.Name).
			WithNote("counts go up to %d", int64(math.MaxInt64)).
			WithHelp("give the layers smaller settings, or the model a smaller input")
		b.report(d)
		return
	}
}

// sized reports whether all that a node reads and makes has a known size.
func sized(n *ir.Node) bool {
	known := func(v *ir.Value) bool {
		_, ok := v.Shape.Elems()
		return ok && v.Shape != nil
	}
	for _, v := range n.In {
		if !known(v) {
			return false
		}
	}
	return known(n.Out)
}
