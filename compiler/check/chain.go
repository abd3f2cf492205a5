package check

import (
	"github.com/netc-lang/netc/dsl"
)

// chain feeds each link into the next.
func (b *builder) chain(x *dsl.Chain, s *scope, p *place) {
	inner := p
	alone := len(x.Links) == 1
	b.was(x.As, x.Was, s, p)
	if x.As != nil && !alone {
		inner = p.inside(p.prefix + x.As.Text)
		inner.fork = p.fork
	}
	for _, link := range x.Links {
		if !b.spend(s, link.At()) {
			return
		}
		var name *dsl.Name
		if alone {
			name = x.As
		}
		b.link(link, name, s, inner)
	}
	if x.As != nil {
		b.settle(inner)
	}
	p.at, p.fork = inner.at, inner.fork
	if x.As != nil && p.at != nil {
		b.name(x.As, p.prefix+x.As.Text, p.at)
	}
}

// link writes out one link; as is its own name, nil without one.
func (b *builder) link(link dsl.Link, as *dsl.Name, s *scope, p *place) {
	call, isCall := link.(*dsl.Call)
	if isCall {
		call = b.meant(call, s)
		link = call
	}
	if !isCall || !b.joins(call) {
		b.settle(p)
	}
	s.front.value = p.at
	switch x := link.(type) {
	case *dsl.From:
		p.at = b.find(x.Tap, s, p)
		if p.at == nil {
			b.bad(p)
		}
	case *dsl.Repeat:
		b.repeat(x, as, s, p)
	case *dsl.Call:
		if p.at == nil {
			b.blind = b.blind || !b.unit.knows(x.Name) // one complaint about a word is enough
			b.needInput(x.Name.Span, p)
		}
		if block := b.unit.block(x.Name); block != nil {
			b.block(block, x, p.piece(x.Name.Text, as), s, p)
			return
		}
		if c := b.unit.combinator(x.Name.Text); c != nil {
			b.combinator(c, x, as, s, p)
			return
		}
		b.layer(x, as, s, p)
	}
}

// meant is the call that stands for one of a parameter: where nothing is called
// `act`, and a word parameter of that name is relu, `act` is `relu`. What the
// word means is looked up where it is written.
func (b *builder) meant(x *dsl.Call, s *scope) *dsl.Call {
	v, ok := s.values[x.Name.Text]
	if !ok || v.kind != kindWord || !v.known || b.unit.block(x.Name) != nil || b.unit.combinator(x.Name.Text) != nil || b.unit.table.Op(x.Name.Text) != nil {
		return x
	}
	at := v.at
	if at.File == nil {
		at = x.Name.Span
	}
	return &dsl.Call{Span: x.Span, Name: &dsl.Name{Span: at, Text: v.text}, Args: x.Args, Body: x.Body}
}
