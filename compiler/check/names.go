package check

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Names. A layer without one is called after its kind and number within what
// encloses it, "conv2". Only what has a name, a block and a numbered round
// enclose: the body of a combinator or a repeat without a name is as if it were
// written where it stands. A block without a name is numbered within its
// enclosing name, "c2[1]"; in the model itself, which has none, it is called
// after its kind as layers are, "stage1". The weights of a layer have its name
// in front: "c2[1].conv2.weight".

// place is where a body is being written out.
type place struct {
	prefix string         // of the names within: "c2[1]."
	counts map[string]int // of what has no name so far, by kind
	at     *ir.Value      // what the next layer reads; nil before the input
	fork   *fork          // branches that wait to be joined; nil as a rule
}

// inside is the place within something of a name.
func (p *place) inside(name string) *place {
	return &place{prefix: name + ".", counts: map[string]int{}, at: p.at}
}

// beside is a place with the same names, for another way from here.
func (p *place) beside() *place {
	return &place{prefix: p.prefix, counts: p.counts, at: p.at}
}

// next is the full name of the next layer of a kind.
func (p *place) next(kind string, as *dsl.Name) string {
	if as != nil {
		return p.prefix + as.Text
	}
	p.counts[kind]++
	return p.prefix + kind + strconv.Itoa(p.counts[kind])
}

// piece is the full name of the next block, or of what stands for one.
func (p *place) piece(kind string, as *dsl.Name) string {
	if as != nil || p.prefix == "" {
		return p.next(kind, as)
	}
	i := p.counts["["]
	p.counts["["]++
	return element(strings.TrimSuffix(p.prefix, "."), int64(i))
}

// element is the name of an element of something: "c2[1]".
func element(name string, i int64) string { return name + "[" + strconv.FormatInt(i, 10) + "]" }

// namesSomething reports whether a body gives names that belong to what
// encloses it, so that it cannot be written there twice.
func namesSomething(body *dsl.Body) bool {
	if body == nil {
		return false
	}
	for _, stmt := range body.Stmts {
		switch x := stmt.(type) {
		case *dsl.Aux:
			return true
		case *dsl.Chain:
			if chainNames(x) {
				return true
			}
		case *dsl.Branch:
			if x.As != nil || x.Chain != nil && chainNames(x.Chain) || namesSomething(x.Body) {
				return true
			}
		}
	}
	return false
}

func chainNames(x *dsl.Chain) bool {
	if x.As != nil {
		return true
	}
	for _, link := range x.Links {
		if c, ok := link.(*dsl.Call); ok && namesSomething(c.Body) {
			return true
		}
	}
	return false
}

// tap is a name given with `as`.
type tap struct {
	value *ir.Value
	span  diag.Span
}

// find resolves a tap.
func (b *builder) find(x dsl.Expr, s *scope, p *place) *ir.Value {
	name, ok := tapName(x, s)
	if !ok {
		return nil
	}
	s.budget.spend(1 + len(p.prefix)/8)
	// From the innermost enclosing name outwards.
	for prefix := p.prefix; ; prefix = outer(prefix) {
		if t, ok := b.taps[prefix+name]; ok {
			return t.value
		}
		if prefix == "" {
			break
		}
	}
	if b.wild || b.reported(diag.UnknownTap, x.At()) {
		return nil
	}
	var known []string
	for k := range b.taps {
		if diag.MayMean(name, k) {
			known = append(known, k)
		}
	}
	d := diag.Errorf(diag.UnknownTap, x.At(), "no layer is called `%s`", name)
	if d.DidYouMean(x.At(), name, sorted(known)) {
		b.report(d)
		return nil
	}
	if _, plain := x.(*dsl.Name); !plain {
		d.WithHelp("give the layer a name with `as`, and take it by that")
	} else if inner := b.within(name); inner != "" {
		d.WithHelp("did you mean `"+inner+"`?", diag.Edit{Span: x.At(), NewText: inner})
	} else {
		d.WithHelp("name the layer with `as " + name + "`")
	}
	b.report(d)
	return nil
}

// within is the first full name that ends in a name, or "".
func (b *builder) within(name string) string {
	first := ""
	for k := range b.taps {
		if strings.HasSuffix(k, "."+name) && (first == "" || k < first) {
			first = k
		}
	}
	return first
}

// outer drops the last name of a prefix: "a.b." becomes "a.".
func outer(prefix string) string {
	i := strings.LastIndexByte(strings.TrimSuffix(prefix, "."), '.')
	return prefix[:i+1]
}

// tapName writes a tap as its full name.
func tapName(x dsl.Expr, s *scope) (string, bool) {
	switch x := x.(type) {
	case *dsl.Name:
		return x.Text, true
	case *dsl.Select:
		of, ok := tapName(x.X, s)
		return of + "." + x.Name.Text, ok
	case *dsl.Index:
		of, ok := tapName(x.X, s)
		i := s.eval(x.Index)
		if !ok || !i.known || i.kind != kindInt {
			return "", false
		}
		return element(of, i.n[0]), true
	}
	return "", false
}

// name records what `as` gives a name to.
func (b *builder) name(n *dsl.Name, full string, v *ir.Value) {
	if first, ok := b.taps[full]; ok {
		b.report(diag.Errorf(diag.NamedTwice, n.Span, "the name `%s` is taken", n.Text).
			WithLabel("named again").
			WithSecondary(first.span, "first named here").
			WithHelp("choose another name"))
		return
	}
	b.taps[full] = tap{v, n.Span}
}

// nameTaken reports a layer whose name another layer has.
func (b *builder) nameTaken(x *dsl.Call, as *dsl.Name, name string) {
	first, named := b.taps[name]
	switch {
	case as != nil && named:
		// Reported where the name is recorded.
	case as != nil:
		b.report(diag.Errorf(diag.NamedTwice, as.Span, "the name `%s` is taken", as.Text).
			WithNote("a layer without a name is called after its kind and number: `%s`", name).
			WithHelp("choose another name"))
	default:
		b.report(diag.Errorf(diag.NamedTwice, x.Name.Span, "this layer has no name of its own and would be called `%s`, which is taken", name).
			WithSecondary(first.span, "named here").
			WithHelp("choose another name there, or give this layer one with `as`"))
	}
}
