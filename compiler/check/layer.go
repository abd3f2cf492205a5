package check

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// layer adds a node for an operator of the table.
func (b *builder) layer(x *dsl.Call, as *dsl.Name, s *scope, p *place) {
	op := b.unit.table.Op(x.Name.Text)
	if op == nil {
		b.unknownLayer(x, s)
		b.bad(p)
		if x.Body != nil {
			b.wild = true // the names within it
		}
		return
	}
	if x.Body != nil {
		b.report(diag.Errorf(diag.BodyNotAllowed, x.Body.Span, "`%s` takes no body", op.Name).
			WithHelp("put the layers after it"))
	}
	in := []*ir.Value{p.at}
	if op.Joins {
		if in = b.take(x, p); in == nil {
			b.bad(p)
			return
		}
	}
	attrs := op.New()
	spans, ok := s.decode(x.Name, x.Args, attrs)
	name := p.next(op.Name, as)
	if b.graph.Has(name) {
		b.nameTaken(x, as, name)
		b.bad(p)
		return
	}
	if !ok {
		in = []*ir.Value{{Name: "unknown"}} // stays silent, and so do its dependants
	}
	p.at = b.node(&ir.Node{Op: op, Name: name, Attrs: attrs, In: in, Span: x.Name.Span, ArgSpans: spans}, x.Span, s)
}

// node adds a node that a call stands for.
func (b *builder) node(n *ir.Node, call diag.Span, s *scope) *ir.Value {
	s.budget.spend(1 + len(n.Name)/8)
	if len(b.graph.Nodes) == maxLayers {
		b.exceed(call)
	}
	n.Training, n.Site = b.training, b.site
	b.whole = append(b.whole, call)
	return b.graph.Add(n, b.report)
}

func (b *builder) unknownLayer(x *dsl.Call, s *scope) {
	here := b.unit.scopes[x.Name.File]
	if here.bad[x.Name.Text] {
		b.wild = true
		return
	}
	if b.reported(diag.UnknownLayer, x.Name.Span) {
		return
	}
	param, isParam := s.values[x.Name.Text]
	if isParam && !param.known {
		return // what it was given was reported
	}
	var known []string
	for _, o := range b.unit.table.Ops {
		known = append(known, o.Name)
	}
	for _, c := range b.unit.combinators {
		known = append(known, c.name)
	}
	for name := range here.blocks {
		if diag.MayMean(x.Name.Text, name) {
			known = append(known, name)
		}
	}
	d := diag.Errorf(diag.UnknownLayer, x.Name.Span, "no layer or block is called `%s`", x.Name.Text)
	if isParam {
		b.report(d.WithLabel("is %s here", param.describe()).WithHelp("a parameter of type word can name a layer or a block"))
		return
	}
	if file := source.LibraryOf(x.Name.Text); file != "" {
		line := "import \"" + file + "\""
		b.report(d.WithFix("the library has it: "+line, importLine(here.file, line)))
		return
	}
	suggest(d, x.Name, sorted(known))
	if d.Help == "" && here.lacks {
		b.wild = true // a file that could not be imported may declare it
		return
	}
	if file := b.unit.declares(x.Name.Text); d.Help == "" && file != "" {
		d.WithHelp("`" + file + "` declares it: import that file too, what it imports is not passed on")
	}
	if d.Help == "" {
		d.WithHelp("declare `block " + x.Name.Text + "(…) { … }`, or use a layer of the language")
	}
	b.report(d)
}

// importLine adds an import behind those that a file has.
func importLine(f *dsl.File, line string) diag.Edit {
	switch {
	case len(f.Imports) > 0:
		return diag.Edit{Span: f.Imports[len(f.Imports)-1].Span.Tail(), NewText: "\n" + line}
	case f.Edition != nil:
		return diag.Edit{Span: f.Edition.Span.Tail(), NewText: "\n\n" + line}
	}
	return diag.Edit{Span: diag.Span{File: f.Source}, NewText: line + "\n\n"}
}

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}
