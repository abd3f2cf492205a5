package check

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

func (b *builder) repeat(x *dsl.Repeat, as *dsl.Name, s *scope, p *place) {
	count := s.eval(x.Count)
	if !count.known {
		b.lost(p)
		return
	}
	if count.kind != kindInt || count.n[0] < 0 {
		b.report(diag.Errorf(diag.WrongForm, x.Count.At(), "a repeat needs a whole number from 0 up, found %s", count.describe()).
			WithHelp("write for instance `repeat 3 { … }`"))
		b.lost(p)
		return
	}
	if count.n[0] > maxLayers {
		b.report(repeatTooOften(x, count.n[0]))
		b.lost(p)
		return
	}
	round := b.rounds(x, as, p)
	for i := int64(0); i < count.n[0]; i++ {
		if !b.spend(s, x.Count.At()) {
			return
		}
		inner := s
		if x.Index != nil {
			inner = s.with(x.Index.Text, intValue(i))
		}
		round(i, inner)
	}
}

// rounds returns what writes out one round of a repeat. In a named repeat, and
// where the body gives names, a round is a numbered piece; one that is nothing
// but a block is that block. Otherwise the body is as if it were written where
// the repeat stands.
func (b *builder) rounds(x *dsl.Repeat, as *dsl.Name, p *place) func(i int64, s *scope) {
	if as == nil && !namesSomething(x.Body) {
		return func(_ int64, s *scope) { b.inner(x.Body, s, p) }
	}
	numbered := as != nil || p.prefix == ""
	name := ""
	if numbered {
		name = p.next("repeat", as)
	}
	return func(i int64, s *scope) {
		round := element(name, i)
		if !numbered {
			round = p.piece("repeat", nil)
		}
		b.fill(x.Body, round, s, p)
	}
}

// fill writes out the body of something of a full name. What consists of one
// block without a name of its own is that block.
func (b *builder) fill(body *dsl.Body, name string, s *scope, p *place) {
	s.budget.spend(1 + len(name)/8)
	if call, block := b.onlyBlock(body, s); block != nil {
		b.block(block, call, name, s, p)
		return
	}
	in := p.inside(name)
	b.inner(body, s, in)
	p.at = in.at
}

// onlyBlock returns the block that a body consists of, or nil.
func (b *builder) onlyBlock(body *dsl.Body, s *scope) (*dsl.Call, *dsl.Block) {
	if len(body.Stmts) != 1 {
		return nil, nil
	}
	chain, ok := body.Stmts[0].(*dsl.Chain)
	if !ok || chain.As != nil || len(chain.Links) != 1 {
		return nil, nil
	}
	if call, ok := chain.Links[0].(*dsl.Call); ok {
		call = b.meant(call, s)
		return call, b.unit.block(call.Name)
	}
	return nil, nil
}

// block writes out a call of a block, under a full name.
func (b *builder) block(block *dsl.Block, x *dsl.Call, name string, s *scope, p *place) {
	if p.at == nil {
		b.needInput(x.Name.Span, p)
	}
	if x.Body != nil {
		b.report(diag.Errorf(diag.BodyNotAllowed, x.Body.Span, "block `%s` takes no body", block.Name.Text).
			WithHelp("put the layers after it"))
	}
	if slices.Contains(b.calls, block) {
		b.report(diag.Errorf(diag.BlockInItself, x.Name.Span, "block `%s` would contain itself", block.Name.Text).
			WithSecondary(block.Name.Span, "declared here").
			WithHelp("a model is written out in full; use `repeat` for repetition"))
		b.lost(p)
		return
	}
	if len(b.calls) >= maxDepth {
		b.report(diag.Errorf(diag.BlockInItself, x.Name.Span, "blocks stand within blocks more than %d deep", maxDepth).
			WithHelp("put the layers of some of them in the block that uses them"))
		b.lost(p)
		return
	}
	b.calls = append(b.calls, block)
	b.site = &ir.Site{Span: x.Name.Span, Outer: b.site}
	inner := s.fresh(len(block.Params)).bindFrom(s, block.Name, block.Params, x.Args, nil, x.Name)
	if block.Body != nil {
		b.fill(block.Body, name, inner, p)
	}
	b.calls = b.calls[:len(b.calls)-1]
	b.site = b.site.Outer
}
