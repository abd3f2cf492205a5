package ir

import "fmt"

// Verify checks the invariants of the package comment on a graph without
// errors. A failure is a defect of netc, not of the model.
func (g *Graph) Verify() error {
	seen := map[*Value]bool{}
	for _, v := range g.Inputs {
		if v.Node != nil || v.Shape == nil {
			return fmt.Errorf("%s: input %s has a node or no shape", g.Name, v.Name)
		}
		seen[v] = true
	}
	listed := map[use]bool{}
	note := func(v *Value) {
		for _, n := range v.Uses {
			listed[use{v, n}] = true
		}
	}
	for _, v := range g.Inputs {
		note(v)
	}
	for _, n := range g.Nodes {
		if n.Out != nil {
			note(n.Out)
		}
	}
	nodes, params := map[string]bool{}, map[string]bool{}
	for _, n := range g.Nodes {
		if nodes[n.Name] {
			return fmt.Errorf("%s: two nodes named %s", g.Name, n.Name)
		}
		nodes[n.Name] = true
		for i, v := range n.In {
			if !seen[v] {
				return fmt.Errorf("%s: %s reads %s before it is made", g.Name, n.Name, v.Name)
			}
			if !listed[use{v, n}] {
				return fmt.Errorf("%s: %s is input %d of %s but does not list it among its uses", g.Name, v.Name, i, n.Name)
			}
		}
		if n.Out == nil || n.Out.Node != n || n.Out.Shape == nil {
			return fmt.Errorf("%s: output of %s is missing, another's, or of unknown shape", g.Name, n.Name)
		}
		seen[n.Out] = true
		for _, p := range n.Params {
			if params[p.Name] || p.Node != n || len(p.Shape) == 0 {
				return fmt.Errorf("%s: parameter %s of %s is doubled, another's, or of no shape", g.Name, p.Name, n.Name)
			}
			params[p.Name] = true
		}
	}
	for _, o := range g.Outputs {
		if !seen[o.Value] {
			return fmt.Errorf("%s: output %s is not made by any node", g.Name, o.Name)
		}
	}
	for v := range seen {
		for _, n := range v.Uses {
			if !nodes[n.Name] {
				return fmt.Errorf("%s: %s lists a use by %s, which is not in the graph", g.Name, v.Name, n.Name)
			}
		}
	}
	return nil
}

// use is a value that a node reads.
type use struct {
	value *Value
	node  *Node
}
