package pass

import "github.com/netc-lang/netc/compiler/ir"

// concatInPlace lets what makes a part of a joined map write it there, so that
// nothing is copied. It is for inference: in training the gradient of a part
// reads its output alone.
func concatInPlace(g *ir.Graph) {
	for _, join := range g.Nodes {
		if !join.Op.Concats || join.Training || !join.Out.Shape.IsMap() {
			continue
		}
		at := 0
		for _, v := range join.In {
			place(g, join, v, at)
			n, _ := v.Shape.Channels().Known()
			at += n
		}
	}
}

// place makes the chain of a value write it from channel at of a join, where the
// join alone reads the value.
func place(g *ir.Graph, join *ir.Node, v *ir.Value, at int) {
	if v.Node == nil || sole(g, v, false) != join {
		return
	}
	head := v.Node
	if within := head.Within(false); within != nil {
		head = within
	}
	c := head.ChainOf(false)
	if !head.Op.Splits || c.Sum != nil || c.Pool != nil {
		return
	}
	c.Into, c.At = join, at
	head.Head(false, c, nil)
}
