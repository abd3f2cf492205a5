package pass

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// fuseInference and fuseTraining find chains: a convolution with the
// normalisation, the sum and the activation that follow it, so that each value
// of a map is written once, with all of them applied. What an operator can take
// along its entry in the table says.
func fuseInference(g *ir.Graph) { fuse(g, false) }

func fuseTraining(g *ir.Graph) { fuse(g, true) }

func fuse(g *ir.Graph, training bool) {
	at := map[*ir.Node]int{}
	for i, n := range g.Nodes {
		at[n] = i
	}
	for _, n := range g.Nodes {
		if takes := n.Op.Fuses.In(training); takes != 0 && n.Within(training) == nil {
			follow(g, n, takes, at, training)
		}
	}
}

// follow makes n the head of the longest chain that it can head.
func follow(g *ir.Graph, n *ir.Node, takes ir.Part, at map[*ir.Node]int, training bool) {
	c := ir.Chain{Out: n.Out}
	var nodes []*ir.Node
	for {
		u := sole(g, c.Out, training)
		if u == nil || u.Op.Part.In(training)&takes == 0 {
			break
		}
		part := u.Op.Part.In(training)
		if part == ir.PartSum {
			other := addend(u, c.Out)
			if other == nil || !before(other, n, at, training) {
				break
			}
			c.Sum = other
		}
		if part == ir.PartNorm {
			c.Norm = u
		}
		if part == ir.PartFunction {
			c.Function = u
		}
		if part == ir.PartPool {
			if c.Sum != nil || !n.Op.Pools(n, u) {
				break
			}
			c.Pool = u
		}
		takes &^= 2*part - 1 // this part and those before it
		c.Out, nodes = u.Out, append(nodes, u)
	}
	if len(nodes) > 0 {
		n.Head(training, c, nodes)
	}
}

// sole is the only node that reads a value in a mode; nil where there are more,
// or where the value is seen from outside.
func sole(g *ir.Graph, v *ir.Value, training bool) *ir.Node {
	var only *ir.Node
	for _, u := range v.Uses {
		switch {
		case u.Training && !training:
		case only != nil:
			return nil
		default:
			only = u
		}
	}
	if seen(g, v) {
		return nil
	}
	return only
}

// seen says that more than nodes read a value.
func seen(g *ir.Graph, v *ir.Value) bool {
	return v.Kept || slices.ContainsFunc(g.Outputs, func(o ir.Output) bool { return o.Value == v }) ||
		slices.ContainsFunc(g.Heads, func(h ir.Head) bool { return h.Value == v })
}

// addend is what a sum of two values adds to v; nil for a sum of more.
func addend(sum *ir.Node, v *ir.Value) *ir.Value {
	if len(sum.In) != 2 {
		return nil
	}
	if sum.In[0] == v {
		return sum.In[1]
	}
	return sum.In[0]
}

// before says that a value is there when the steps of n run.
func before(v *ir.Value, n *ir.Node, at map[*ir.Node]int, training bool) bool {
	if v.Node == nil {
		return true
	}
	maker := v.Node
	if head := maker.Within(training); head != nil {
		maker = head
	}
	return at[maker] < at[n]
}
