package stats

import "strings"

// tree is the layers below what names them: blocks, and chains and repeats with
// a name. It is read off the layers' names: "c2[1].conv2" is conv2 in [1] in c2.
type tree struct {
	name     string // in full: "c2[1]"
	label    string // within its parent: "[1]"
	layer    *Layer // nil for a parent
	children []*tree
}

// tree returns the layers as a tree whose root is the model.
func (r *Report) tree() *tree {
	root := &tree{}
	parents := map[string]*tree{"": root}
	for i := range r.Layers {
		l := &r.Layers[i]
		at := root
		for end := nextPart(l.Name, 0); end < len(l.Name); end = nextPart(l.Name, end) {
			p := parents[l.Name[:end]]
			if p == nil {
				p = &tree{name: l.Name[:end], label: strings.TrimPrefix(l.Name[len(at.name):end], ".")}
				parents[p.name] = p
				at.children = append(at.children, p)
			}
			at = p
		}
		at.children = append(at.children, &tree{
			name: l.Name, label: strings.TrimPrefix(l.Name[len(at.name):], "."), layer: l,
		})
	}
	return root
}

// nextPart is where the part of a name that begins at an offset ends.
func nextPart(name string, from int) int {
	i := strings.IndexAny(name[min(from+1, len(name)):], ".[")
	if i < 0 {
		return len(name)
	}
	return from + 1 + i
}

// sum is what a parent's layers are together. Its output is that of the last
// one that inference has, or of the last one where all exist in training only.
func (t *tree) sum() Layer {
	if t.layer != nil {
		return *t.layer
	}
	total := Layer{Name: t.name, Op: "group", Aux: true}
	for i, c := range t.children {
		l := c.sum()
		if i == 0 {
			total.Line, total.In = l.Line, l.In
		}
		if total.Aux || !l.Aux {
			total.Out, total.ReceptiveField = l.Out, l.ReceptiveField
		}
		total.Params += l.Params
		total.ParamsFrozen += l.ParamsFrozen
		total.Buffers += l.Buffers
		total.MACs = total.MACs.Plus(l.MACs)
		total.FLOPs = total.FLOPs.Plus(l.FLOPs)
		total.Activations = total.Activations.Plus(l.Activations)
		total.Aux = total.Aux && l.Aux
	}
	return total
}

// Group returns the report with what lies deeper than so many levels summed up,
// in the order in which the model begins it. The layers stay such that each
// counts once. A depth of 0 leaves the report as it is.
func (r *Report) Group(depth int) *Report {
	if depth <= 0 {
		return r
	}
	grouped := *r
	grouped.Layers = nil
	var visit func(t *tree, level int)
	visit = func(t *tree, level int) {
		if t.layer != nil || level == depth {
			grouped.Layers = append(grouped.Layers, t.sum())
			return
		}
		for _, c := range t.children {
			visit(c, level+1)
		}
	}
	visit(r.tree(), 0)
	return &grouped
}
