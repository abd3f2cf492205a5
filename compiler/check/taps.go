package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// part is the layers that a recipe names: those under a name, or from the first
// layer of one name to the last of another, in the order of the graph.
type part struct {
	at     diag.Span
	text   string // as it is written, without blanks
	layers []*ir.Node
	names  []string // that tensors of these layers have in front
}

// params are the tensors of the layers.
func (p *part) params() []*ir.Param {
	var all []*ir.Param
	for _, n := range p.layers {
		all = append(all, n.Params...)
	}
	return all
}

// trains reports whether any of the layers has something to train.
func (p *part) trains() bool {
	return slices.ContainsFunc(p.params(), func(p *ir.Param) bool { return p.Role == ir.Trained && !p.Frozen })
}

// parts reads a list of layers, which are reported where one belongs to two of
// its members.
func (r *recipe) parts(list []dsl.Expr) ([]*part, bool) {
	var all []*part
	ok := true
	for _, x := range list {
		p := r.part(x)
		if p == nil {
			ok = false
			continue
		}
		all = append(all, p)
	}
	return all, r.apart(all) && ok
}

// part reads the name of layers, or a range of names. It returns nil where
// there are none, which has been reported or is no news.
func (r *recipe) part(x dsl.Expr) *part {
	if r.out.Model == nil {
		return nil
	}
	span, isRange := x.(*dsl.Range)
	if !isRange {
		name, under := r.under(x)
		if len(under) == 0 {
			return nil
		}
		return r.partOf(x.At(), name, under, []string{name})
	}
	lo, from := r.under(span.Lo)
	hi, to := r.under(span.Hi)
	if len(from) == 0 || len(to) == 0 {
		return nil
	}
	first, last := from[0], to[len(to)-1]
	if last < first {
		r.errorf(diag.EmptyPart, x.At(), "the range %s..%s runs backwards", lo, hi).
			WithHelp("put the layers that come first in front", diag.Edit{Span: x.At(), NewText: hi + ".." + lo})
		return nil
	}
	var all []int
	var names []string
	for i := first; i <= last; i++ {
		all = append(all, i)
		names = append(names, r.out.Model.Graph.Nodes[i].Name)
	}
	return r.partOf(x.At(), lo+".."+hi, all, names)
}

func (r *recipe) partOf(at diag.Span, text string, nodes []int, names []string) *part {
	p := &part{at: at, text: text, names: names}
	for _, i := range nodes {
		p.layers = append(p.layers, r.out.Model.Graph.Nodes[i])
	}
	if len(p.params()) == 0 {
		r.errorf(diag.EmptyPart, at, "`%s` has no weights", clip(text)).
			WithLabel("its layers have nothing to train").
			WithHelp("name layers such as conv, dense or bn")
		return nil
	}
	return p
}

// under finds the layers whose name is the given one, or begins with it, by
// their places in the graph.
func (r *recipe) under(x dsl.Expr) (string, []int) {
	name, ok := tapName(x, r.scope)
	if !ok {
		r.errorf(diag.WrongForm, x.At(), "`%s` is not the name of a layer", clip(x.At().Text())).
			WithHelp("write a name given with `as`, such as stem, c2[1] or stem..c3")
		return "", nil
	}
	nodes := r.out.Model.Graph.Nodes
	r.budget.spend(1 + len(nodes)/64) // names are compared quickly
	var found []int
	for i, n := range nodes {
		if isUnder(n.Name, name) {
			found = append(found, i)
		}
	}
	if len(found) == 0 && !r.faulty {
		r.noLayers(x, name)
	}
	return name, found
}

// isUnder reports whether a name is the given one, or is within it.
func isUnder(name, of string) bool {
	rest, ok := strings.CutPrefix(name, of)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// noLayers reports a name that no layer has.
func (r *recipe) noLayers(x dsl.Expr, name string) {
	g := r.out.Model.Graph
	d := diag.Errorf(diag.UnknownTap, x.At(), "model `%s` has no layers called `%s`", g.Name, name)
	r.report(d)
	for _, o := range g.Outputs {
		if o.Name == name && o.Value.Node != nil {
			d.WithNote("`%s` is an output", name).
				WithHelp("name the layer that computes it", diag.Edit{Span: x.At(), NewText: o.Value.Node.Name})
			return
		}
	}
	known := map[string]bool{}
	for _, n := range g.Nodes {
		known[n.Name] = true
		for i, c := range n.Name {
			if c == '.' || c == '[' {
				known[n.Name[:i]] = true
			}
		}
	}
	var names []string
	for k := range known {
		names = append(names, k)
	}
	if near, ok := diag.Nearest(name, sorted(names)); ok {
		d.WithHelp("did you mean `"+near+"`?", diag.Edit{Span: x.At(), NewText: near})
		return
	}
	d.WithHelp("give layers a name with `as`, and write it here")
}

// apart reports the first layer that belongs to two parts.
func (r *recipe) apart(all []*part) bool {
	of := map[*ir.Node]*part{}
	for _, p := range all {
		for _, n := range p.layers {
			if first, twice := of[n]; twice {
				r.errorf(diag.PartsOverlap, p.at, "`%s` and `%s` have layer `%s` in common", clip(first.text), clip(p.text), n.Name).
					WithLabel("again").WithSecondary(first.at, "first here").
					WithHelp("name each layer once")
				return false
			}
			of[n] = p
		}
	}
	return true
}
