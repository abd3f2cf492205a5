package check

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// combinator is a word that makes several layers and joins them.
type combinator struct {
	name   string
	doc    string // what it computes, in a sentence
	source string // the paper it follows
	body   string // what stands between its braces; "" for none
	new    func() any
	build  func(*site)

	labels bool // build reads the arguments with labels itself
	piece  bool // its layers are numbered as those of a block are
}

// combinators lists them all.
func combinators() []*combinator {
	return []*combinator{
		residualCombinator(),
		skipCombinator(),
		parallelCombinator(),
		inceptionCombinator(),
		identityCombinator(),
	}
}

// Combinator is what a reference says of a combinator.
type Combinator struct {
	Name, Doc, Source string
	Settings          any // a prototype, with tags as ir.Attribute reads them
}

// Combinators lists the combinators of the language.
func Combinators() []Combinator {
	var all []Combinator
	for _, c := range combinators() {
		all = append(all, Combinator{c.name, c.doc, c.source, c.new()})
	}
	return all
}

// combinator finds a combinator by its word, or returns nil.
func (u *Unit) combinator(name string) *combinator {
	for _, c := range u.combinators {
		if c.name == name {
			return c
		}
	}
	return nil
}

// site is one use of a combinator. What it makes goes to its place, which ends
// at the result.
type site struct {
	*builder
	*place
	call  *dsl.Call
	scope *scope
	attrs any
	spans map[string]diag.Span // of the attributes that were written
	free  []*dsl.Arg           // the arguments that build reads itself
}

// combinator writes out one use of a combinator.
func (b *builder) combinator(c *combinator, x *dsl.Call, as *dsl.Name, s *scope, p *place) {
	switch {
	case x.Body == nil && c.body != "":
		b.report(diag.Errorf(diag.NoBody, x.Span.Tail(), "`%s` needs a body between braces", c.name).
			WithHelp("write `" + c.name + " { … }` with " + c.body))
		b.bad(p)
		return
	case x.Body != nil && c.body == "":
		b.report(diag.Errorf(diag.BodyNotAllowed, x.Body.Span, "`%s` takes no body", c.name).
			WithHelp("put the layers after it"))
	}
	u := &site{builder: b, place: p, call: x, scope: s, attrs: c.new()}
	switch {
	case c.piece:
		u.place = p.inside(p.piece(c.name, as))
	case as != nil:
		u.place = p.inside(p.prefix + as.Text)
	}
	s.budget.spend(1 + len(u.prefix)/8)
	args := x.Args
	if c.labels {
		args, u.free = sortArgs(x.Args)
	}
	var ok bool
	if u.spans, ok = s.decode(x.Name, args, u.attrs); !ok {
		if x.Body != nil {
			b.wild = true // the names within it
		}
		b.bad(p)
		return
	}
	c.build(u)
	p.at, p.fork = u.at, u.fork
}

// sortArgs parts the arguments that are settings from those with a label and
// bare sizes and words, which a combinator reads itself.
func sortArgs(args *dsl.Args) (settings *dsl.Args, free []*dsl.Arg) {
	if args == nil {
		return nil, nil
	}
	settings = &dsl.Args{Span: args.Span}
	for _, a := range args.List {
		_, size := a.Value.(*dsl.Size)
		if word, ok := a.Value.(*dsl.Name); a.Label != nil || a.Key == nil && (size || ok && word.Text == "pool") {
			free = append(free, a)
		} else {
			settings.List = append(settings.List, a)
		}
	}
	return settings, free
}

// add appends a layer that the combinator makes, under a name within its place.
func (u *site) add(op, name string, attrs any, at diag.Span, in ...*ir.Value) *ir.Value {
	o := u.unit.table.Op(op)
	if attrs == nil {
		attrs = o.New()
	}
	return u.node(&ir.Node{Op: o, Name: name, Attrs: attrs, In: in, Span: at}, u.call.Span, u.scope)
}

// unknown ends the combinator after a fault that was reported.
func (u *site) unknown() { u.bad(u.place) }
