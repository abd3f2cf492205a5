package pass

import "github.com/netc-lang/netc/compiler/ir"

// flattenInPlace does without the step that writes a map out as a vector, in
// inference, where all that reads the vector can read the map as it lies: weights are
// packed in its order, once.
func flattenInPlace(g *ir.Graph) {
	for _, n := range g.Nodes {
		if n.Op.Flattens && n.In[0].Shape.IsMap() && !seen(g, n.Out) {
			n.Out.Mapped = reordered(n.Out)
		}
	}
}

// reordered says that all nodes that read a value in inference can read it in the
// order of a map's memory.
func reordered(v *ir.Value) bool {
	for _, u := range v.Uses {
		if !u.Training && !u.Op.Reorders {
			return false
		}
	}
	return true
}
