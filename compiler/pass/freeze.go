package pass

import "github.com/netc-lang/netc/compiler/ir"

// Freeze marks the named parameters and statistics as those that training
// leaves as they are, beside those that an operator itself has fixed. What is
// frozen is a fact of a stage of a recipe, so it comes with the method and not
// from the checker's graph.
func Freeze(g *ir.Graph, frozen map[string]bool) {
	for _, p := range g.Params() {
		p.Frozen = p.Frozen || frozen[p.Name]
	}
}
