// Package diff compares two models: their layers, what they cost, and which of
// the weights stored for the one fit the other.
//
// Input: two ir.Graphs without errors, before the passes change them, with their
// counts, and a file of weights or what one of the old model would hold. Output:
// a Report, and its forms for people (text, Markdown) and machines (JSON).
//
// Invariants: every layer of either model is in one pair, or added, or removed;
// nothing here knows an operator by name.
package diff

import (
	"reflect"
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/weights"
)

// Side is one of the models.
type Side struct {
	Name  string // as messages call it: "lenet.net:LeNet5"
	Graph *ir.Graph
	Stats *stats.Report
}

// Report is what differs between two models.
type Report struct {
	Old     string   `json:"old"`
	New     string   `json:"new"`
	Equal   bool     `json:"equal"` // the same layers under the same names, and every weight fits
	Changes []Change `json:"changes"`
	Costs   []Cost   `json:"costs"`
	Weights Weights  `json:"weights"`
}

// Kind says what happened to a layer.
type Kind string

// The kinds of changes.
const (
	Added    Kind = "added"
	Removed  Kind = "removed"
	Changed  Kind = "changed"  // other settings, or it reads something else
	Renamed  Kind = "renamed"  // as a name from before, or its place and its weights, tell
	Reshaped Kind = "reshaped" // only its output's shape is another
	Ends     Kind = "ends"     // the model's input, outputs or heads
)

// Change is a difference of the architecture. What only one side has is empty
// for the other.
type Change struct {
	Kind    Kind       `json:"kind"`
	Old     string     `json:"old,omitempty"`
	New     string     `json:"new,omitempty"`
	OldCall string     `json:"old_call,omitempty"`
	NewCall string     `json:"new_call,omitempty"`
	OldOut  stats.Size `json:"old_out,omitempty"`
	NewOut  stats.Size `json:"new_out,omitempty"`
	Note    string     `json:"note,omitempty"` // what else is other: "reads stem.relu1, before stem.bn1"
}

// Compare compares a model with what came of it. have is what is stored of the
// old one; its tensors are renamed as the new model says.
func Compare(before, after Side, have *weights.File, source string) *Report {
	r := &Report{Old: before.Name, New: after.Name, Changes: []Change{}}
	r.ends(before.Graph, after.Graph)
	r.layers(before.Graph, after.Graph)
	r.Costs = costs(before, after)
	r.Weights = fit(have, after.Graph, source)
	r.Equal = len(r.Changes) == 0 && r.Weights.complete()
	return r
}

// ends compares what goes into a model and what comes out.
func (r *Report) ends(before, after *ir.Graph) {
	in := func(g *ir.Graph) stats.Size { return stats.Size(g.Inputs[0].Shape) }
	if b, a := in(before), in(after); !ir.Shape(b).Equal(ir.Shape(a)) {
		r.Changes = append(r.Changes, Change{Kind: Ends, Old: "input " + before.Inputs[0].Name, New: "input " + after.Inputs[0].Name, OldOut: b, NewOut: a})
	}
	old, now := endsOf(before), endsOf(after)
	for _, e := range old {
		if !slices.Contains(now, e) {
			r.Changes = append(r.Changes, Change{Kind: Ends, Old: e})
		}
	}
	for _, e := range now {
		if !slices.Contains(old, e) {
			r.Changes = append(r.Changes, Change{Kind: Ends, New: e})
		}
	}
}

func endsOf(g *ir.Graph) []string {
	var list []string
	for _, o := range g.Outputs {
		list = append(list, "output "+o.Name)
	}
	for _, h := range g.Heads {
		list = append(list, "head "+h.Name+" of weight "+stats.Decimal(h.Weight))
	}
	return list
}

// layers compares the nodes, in the order of the new model; what was removed
// stands where it was.
func (r *Report) layers(before, after *ir.Graph) {
	pairs := align(before, after)
	old := map[*ir.Node]*ir.Node{} // by the new one
	now := map[*ir.Node]*ir.Node{}
	for _, p := range pairs {
		old[p.after], now[p.before] = p.before, p.after
	}
	next := 0
	removed := func(upto *ir.Node) {
		for ; next < len(before.Nodes) && before.Nodes[next] != upto; next++ {
			if n := before.Nodes[next]; now[n] == nil {
				r.Changes = append(r.Changes, Change{Kind: Removed, Old: n.Name, OldCall: n.Call(), OldOut: stats.Size(n.Out.Shape)})
			}
		}
	}
	position := map[*ir.Node]int{}
	for i, n := range before.Nodes {
		position[n] = i
	}
	for _, n := range after.Nodes {
		was := old[n]
		if was == nil {
			r.Changes = append(r.Changes, Change{Kind: Added, New: n.Name, NewCall: n.Call(), NewOut: stats.Size(n.Out.Shape)})
			continue
		}
		if position[was] >= next {
			removed(was)
		}
		if c, ok := changed(was, n, now); ok {
			r.Changes = append(r.Changes, c)
		}
	}
	removed(nil)
}

// changed compares the two of a pair.
func changed(was, n *ir.Node, now map[*ir.Node]*ir.Node) (Change, bool) {
	c := Change{
		Old: was.Name, New: n.Name, OldCall: was.Call(), NewCall: n.Call(),
		OldOut: stats.Size(was.Out.Shape), NewOut: stats.Size(n.Out.Shape),
	}
	switch {
	case was.Training && !n.Training:
		c.Note = "is in inference too now"
	case n.Training && !was.Training:
		c.Note = "exists in training only now"
	default:
		c.Note = reads(was, n, now)
	}
	switch {
	case c.Note != "", !sameCall(was, n):
		c.Kind = Changed
	case was.Name != n.Name:
		c.Kind = Renamed
	case !was.Out.Shape.Equal(n.Out.Shape):
		c.Kind = Reshaped
	default:
		return c, false
	}
	return c, true
}

// reads says what a node reads that the one before did not.
func reads(was, n *ir.Node, now map[*ir.Node]*ir.Node) string {
	if len(was.In) != len(n.In) {
		return "reads " + names(n.In) + ", before " + names(was.In)
	}
	for i, v := range n.In {
		from := was.In[i]
		switch {
		case v.Node == nil && from.Node == nil:
		case v.Node == nil || from.Node == nil || now[from.Node] != v.Node:
			return "reads " + v.Name + ", before " + from.Name
		}
	}
	return ""
}

func names(values []*ir.Value) string {
	s := ""
	for i, v := range values {
		if i > 0 {
			s += " and "
		}
		s += v.Name
	}
	return s
}

// sameCall reports whether two nodes do the same: operator, attributes, and
// which parameters are trained.
func sameCall(a, b *ir.Node) bool {
	if a.Op.Name != b.Op.Name || len(a.Params) != len(b.Params) {
		return false
	}
	for i := range a.Params {
		if a.Params[i].Frozen != b.Params[i].Frozen {
			return false
		}
	}
	x, y := reflect.ValueOf(a.Attrs).Elem(), reflect.ValueOf(b.Attrs).Elem()
	for _, attr := range ir.Attributes(a.Attrs) {
		if !reflect.DeepEqual(x.Field(attr.Index).Interface(), y.Field(attr.Index).Interface()) {
			return false
		}
	}
	return true
}
