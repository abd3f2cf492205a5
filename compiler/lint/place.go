package lint

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// finding is a node of a graph that a lint complains of. The warning is placed
// afterwards, when it is known whether all nodes that the same text gave are like
// it: where they are, the text is at fault; where only those are that one call of
// its block gave, that call is.
type finding struct {
	node *ir.Node
	d    *diag.Diagnostic // placed at the node

	front     *ir.Node         // another node that may be at fault as well as this one; nil for none
	inFront   *diag.Diagnostic // what is said of that one
	otherwise diag.Span        // the place where neither lies in the file, such as a loss; may be nowhere
	here      bool             // say nothing where the text is not at fault by itself
}

// find records a finding at a place in the text of a node.
func (r *run) find(n *ir.Node, at diag.Span, format string, args ...any) *finding {
	r.found = append(r.found, finding{node: n, d: diag.Warnf(r.code, at, format, args...)})
	return &r.found[len(r.found)-1]
}

// local reports whether a value is made where a node stands: in the same call of
// a block. What they are to each other then holds wherever the block is used.
func local(v *ir.Value, n *ir.Node) bool {
	if v.Node == nil {
		return n.Site == nil
	}
	return v.Node.Site == n.Site
}

// advise adds what to do, which a tool may do by itself where it is safe.
func advise(d *diag.Diagnostic, help string, e diag.Edit, ok, safe bool) {
	switch {
	case ok && safe:
		d.WithFix(help, e)
	case ok:
		d.WithHelp(help, e)
	default:
		d.WithHelp(help)
	}
}

// at is the place of an argument of a layer, or of the layer where it is absent.
func at(n *ir.Node, key string) diag.Span {
	if span, ok := n.ArgSpans[key]; ok {
		return span
	}
	return n.Span
}

// all calls visit for the layers of all models.
func (r *run) all(visit func(*ir.Node)) {
	for _, m := range r.Models {
		for _, n := range m.Graph.Nodes {
			visit(n)
		}
	}
}

// nodes calls visit for those that stand in a text, and are not the work of a
// combinator.
func (r *run) nodes(visit func(*ir.Node)) {
	for _, n := range r.written {
		visit(n)
	}
}

// origin is the text that a node comes from, seen from so many calls around it.
type origin struct {
	text text      // of the node itself
	call diag.Span // or a call around it,
	of   int       // and the number of the origin within that call
}

// census counts the nodes of each origin, by its number.
type census struct {
	ids    map[origin]int
	all    []int
	found  []int // of those, the nodes of findings
	fronts []int // and those in front of them
}

// chain returns the origins of a node, from its own text outwards.
func (c *census) chain(n *ir.Node) []int {
	id := c.id(origin{text: textOf(n)})
	ids := []int{id}
	for s := n.Site; s != nil; s = s.Outer {
		id = c.id(origin{call: s.Span, of: id})
		ids = append(ids, id)
	}
	return ids
}

func (c *census) id(o origin) int {
	id, known := c.ids[o]
	if !known {
		id = len(c.all)
		c.ids[o] = id
		c.all, c.found, c.fronts = append(c.all, 0), append(c.found, 0), append(c.fronts, 0)
	}
	return id
}

// text is the part of a file that a node comes from.
type text struct {
	op string
	at diag.Span
}

func textOf(n *ir.Node) text { return text{n.Op.Name, n.Span} }

// place turns the findings into warnings and forgets them.
func (r *run) place() {
	if len(r.found) == 0 {
		return
	}
	wanted := map[text]bool{}
	for _, f := range r.found {
		wanted[textOf(f.node)] = true
		if f.front != nil {
			wanted[textOf(f.front)] = true
		}
	}
	c := &census{ids: map[origin]int{}}
	for _, m := range r.Models {
		for _, n := range m.Graph.Nodes {
			if wanted[textOf(n)] {
				for _, id := range c.chain(n) {
					c.all[id]++
				}
			}
		}
	}
	nodes, fronts := map[*ir.Node]bool{}, map[*ir.Node]bool{}
	for _, f := range r.found {
		if !nodes[f.node] {
			nodes[f.node] = true
			for _, id := range c.chain(f.node) {
				c.found[id]++
			}
		}
		if f.front != nil && !fronts[f.front] {
			fronts[f.front] = true
			c.fronts[c.chain(f.front)[0]]++
		}
	}
	said := map[diag.Span]bool{}
	for _, f := range r.found {
		if d := r.placed(f, c); d != nil && !said[d.Primary] {
			said[d.Primary] = true
			r.warnings.Add(d)
		}
	}
	r.found = nil
}

// placed returns the warning of a finding at its place, or nil when it has none
// in this file.
func (r *run) placed(f finding, c *census) *diag.Diagnostic {
	ids := c.chain(f.node)
	own := func(at diag.Span) bool { return at.File == r.File.Source }
	if own(f.node.Span) && c.found[ids[0]] == c.all[ids[0]] {
		return f.d
	}
	if f.front != nil && own(f.front.Span) {
		if id := c.chain(f.front)[0]; c.fronts[id] == c.all[id] {
			return f.inFront
		}
	}
	if f.here {
		return nil
	}
	level := 0
	for s := f.node.Site; s != nil; s = s.Outer {
		level++
		if own(s.Span) && (c.found[ids[level]] == c.all[ids[level]] || s.Outer == nil) {
			return atCall(f.d, s.Span)
		}
	}
	switch {
	case own(f.node.Span): // in some rounds of a repeat, or some models
		f.d.Edits, f.d.Applicability = nil, diag.Suggested
		return f.d
	case f.otherwise.IsValid():
		return atCall(f.d, f.otherwise)
	}
	return nil
}

// atCall moves a warning to what asked for the layer it is about.
func atCall(d *diag.Diagnostic, at diag.Span) *diag.Diagnostic {
	places := []diag.Labelled{{Span: d.Primary, Text: "this one"}}
	for _, s := range d.Secondary {
		if s.Span != at {
			places = append(places, s)
		}
	}
	d.Secondary = places
	d.Primary, d.Label = at, ""
	d.Edits, d.Applicability = nil, diag.Suggested
	return d
}
