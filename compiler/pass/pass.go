// Package pass rewrites graphs. Passes are the only writers of a graph once the
// checker has made it.
//
// Input: a graph without errors. Output: the same graph, changed in place.
// Invariant: ir.Verify holds before and after each pass.
package pass

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
)

// Pass is one rewriting.
type Pass struct {
	Name string
	Why  string // the reason for its place in the list
	Run  func(*ir.Graph)
}

// List returns the passes in the order in which they run.
func List() []Pass {
	return []Pass{
		{"initialise", "it asks which activation reads each layer, so the graph's nodes must be final", initialise},
		{"fuse for inference", "after all that changes nodes, for chains of them are what it finds", fuseInference},
		{"fuse for training", "as fuse for inference, whose chains are others", fuseTraining},
		{"concat in place", "after those that fuse, for the end of a chain is what it places", concatInPlace},
		{"flatten in place", "as concat in place, it asks for all that read a value", flattenInPlace},
		{"moments", "after fuse for training, for a value inside a chain is not stored", moments},
	}
}

// Run applies all passes. With verify set it checks the graph after each, and
// returns the first fault: a defect of netc.
func Run(g *ir.Graph, verify bool) error {
	for _, p := range List() {
		p.Run(g)
		if !verify {
			continue
		}
		if err := g.Verify(); err != nil {
			return fmt.Errorf("after pass %s: %w", p.Name, err)
		}
	}
	return nil
}
