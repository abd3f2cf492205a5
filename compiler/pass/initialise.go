package pass

import "github.com/netc-lang/netc/compiler/ir"

// initialise replaces the rule Auto of each parameter by the one that suits the
// activation that follows: He for the rectifiers, Glorot for saturating
// functions and for none.
func initialise(g *ir.Graph) {
	for _, n := range g.Nodes {
		for _, p := range n.Params {
			if p.Init.Rule == ir.Auto {
				p.Init.Rule = following(n.Out)
			}
		}
	}
}

// following is the rule of the first activation that reads the value, looking
// through operators that have none, such as pooling and normalisation, but not
// through those with weights that are drawn themselves.
func following(v *ir.Value) ir.Rule {
	for _, n := range v.Uses {
		if n.Op.Follows != ir.Constant {
			return n.Op.Follows
		}
		if drawn(n) {
			continue
		}
		if rule := following(n.Out); rule == ir.He {
			return rule
		}
	}
	return ir.Glorot
}

func drawn(n *ir.Node) bool {
	for _, p := range n.Params {
		if p.Init.Rule != ir.Constant || p.Init.FanIn > 0 {
			return true
		}
	}
	return false
}
