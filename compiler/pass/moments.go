package pass

import "github.com/netc-lang/netc/compiler/ir"

// moments lets a convolution in training take the moments of each block of its
// output for the normalisation that reads it, while the block is in the caches.
func moments(g *ir.Graph) {
	for _, n := range g.Nodes {
		c := n.ChainOf(true)
		if !n.Op.Leaves || n.Within(true) != nil || c.Out != n.Out {
			continue
		}
		for _, u := range n.Out.Uses {
			if u.Op.Moments && c.Moments == nil {
				c.Moments = u
			}
		}
		if c.Moments != nil {
			n.Head(true, c, nil)
		}
	}
}
