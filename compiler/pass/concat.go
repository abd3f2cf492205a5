package pass

import "github.com/netc-lang/netc/compiler/ir"

// concatInPlace lets what makes a part of a joined map write it there, so that
// nothing is copied on the way forward. In training that is for chains without a
// function, whose gradients do not read what they made: to read it among the channels
// of others takes longer than the copy.
func concatInPlace(g *ir.Graph) {
	for _, training := range []bool{false, true} {
		for _, join := range g.Nodes {
			if !join.Op.Concats || join.Training && !training || !join.Out.Shape.IsMap() {
				continue
			}
			at := 0
			for _, v := range join.In {
				place(g, join, v, at, training)
				n, _ := v.Shape.Channels().Known()
				at += n
			}
		}
	}
}

// place makes the chain of a value write it from channel at of a join, where the
// join alone reads the value.
func place(g *ir.Graph, join *ir.Node, v *ir.Value, at int, training bool) {
	if v.Node == nil || sole(g, v, training) != join {
		return
	}
	head := v.Node
	if within := head.Within(training); within != nil {
		head = within
	}
	c := head.ChainOf(training)
	if !head.Op.Splits.In(training) || c.Sum != nil || c.Pool != nil || training && c.Function != nil {
		return
	}
	c.Into, c.At = join, at
	head.Head(training, c, nil)
}
