package dsl

import (
	"github.com/netc-lang/netc/dsl/diag"
)

// body parses the statements between braces that were stepped over.
func (p *parser) body(n *bodyNode) *Body {
	b := &Body{Span: p.span(n.start, n.end)}
	p.inside(n, func(s statement) { b.Stmts = append(b.Stmts, p.stmt(s)) })
	return b
}

// recipe parses the entries between braces that were stepped over.
func (p *parser) recipe(n *bodyNode) *Recipe {
	b := &Recipe{Span: p.span(n.start, n.end)}
	p.inside(n, func(s statement) {
		at := p.spanOf(s)
		s.entry = true
		d, ok := run(p, s, p.rules.entry)
		if !ok {
			b.Bad = append(b.Bad, at)
			p.eachBody(s, func(n bodyNode) { p.recipe(&n) })
			return
		}
		e := &Entry{Span: at, Doc: p.docs[at.Start], Key: p.name(&d.Key), Args: p.args(d.Args)}
		for _, v := range d.Values {
			e.Values = append(e.Values, p.expr(v))
		}
		if d.Body != nil {
			e.Body = p.recipe(d.Body)
		}
		b.Entries = append(b.Entries, e)
	})
	return b
}

// inside visits the statements between braces and comes back.
func (p *parser) inside(n *bodyNode, visit func(statement)) {
	after := p.lex.MakeCheckpoint()
	p.lex.LoadCheckpoint(n.inside)
	for {
		t := p.lex.Peek()
		if t.Pos.Line >= n.last {
			break
		}
		if t.Type == kEnd {
			p.lex.Next()
			continue
		}
		visit(p.statement())
	}
	p.lex.LoadCheckpoint(after)
}

// stmt parses one statement of a body.
func (p *parser) stmt(s statement) Stmt {
	at := p.spanOf(s)
	doc := p.docs[at.Start]
	var out Stmt
	switch p.word(s, 0) {
	case "input":
		if d, ok := run(p, s, p.rules.input); ok {
			out = &Input{at, doc, p.name(&d.Name), splitSize(p.expr(&d.Shape))}
		}
	case "output":
		if d, ok := run(p, s, p.rules.output); ok {
			o := &Output{Span: at, Doc: doc}
			for _, item := range d.Items {
				o.Items = append(o.Items, p.outputItem(item))
			}
			out = o
		}
	case "aux":
		if d, ok := run(p, s, p.rules.aux); ok {
			out = &Aux{at, doc, p.name(&d.Name), p.tap(&d.From), p.args(d.Args), p.body(&d.Body)}
		}
	case "branch":
		if d, ok := run(p, s, p.rules.branch); ok {
			out = p.branch(at, doc, d)
		}
	case "net", "import", "model", "block", "train":
		if !s.broken {
			p.list.Add(diag.Errorf(diag.Misplaced, at, "`%s` belongs at the top level of a file", p.word(s, 0)))
			at.End = at.Start + len(p.word(s, 0))
			(*p.list)[len(*p.list)-1].Primary = at
		}
		p.skip(s)
	default:
		if d, ok := run(p, s, p.rules.chain); ok {
			out = p.chain(at, doc, &d.Chain)
		}
	}
	if out != nil {
		return out
	}
	bad := &BadStmt{Span: p.spanOf(s)}
	p.eachBody(s, func(n bodyNode) { bad.Bodies = append(bad.Bodies, p.body(&n)) })
	return bad
}

func (p *parser) outputItem(item *outputItem) *OutputItem {
	name := p.name(&item.Name)
	o := &OutputItem{Span: name.Span, Name: name}
	if item.From != nil {
		o.From = p.tap(item.From)
		o.End = o.From.At().End
	}
	return o
}

func (p *parser) branch(at diag.Span, doc string, d *branchLine) *Branch {
	b := &Branch{Span: at, Doc: doc}
	if d.Body != nil {
		b.Body = p.body(d.Body)
		b.As = p.optionalName(d.As)
		return b
	}
	inner := at
	inner.Start = d.Chain.First.start()
	b.Chain = p.chain(inner, "", d.Chain)
	return b
}

// start is the offset of a link.
func (l *link) start() int {
	switch {
	case l.From != nil:
		return l.From.At().Start
	case l.Repeat != nil:
		return l.Repeat.First.At().Start
	}
	return l.Call.Name.Start
}

func (p *parser) chain(at diag.Span, doc string, d *chain) *Chain {
	c := &Chain{Span: at, Doc: doc, As: p.optionalName(d.As)}
	c.Links = append(c.Links, p.link(&d.First))
	for _, l := range d.Rest {
		link := p.link(l)
		if from, ok := link.(*From); ok {
			p.list.Add(diag.Errorf(diag.Misplaced, from.Span, "`from` can only start a chain").
				WithHelp("start a new line with it"))
			continue
		}
		c.Links = append(c.Links, link)
	}
	return c
}

func (p *parser) link(d *link) Link {
	switch {
	case d.From != nil:
		tap := p.tap(d.From)
		return &From{p.span(p.before(tap.At().Start), tap.At().End), tap}
	case d.Repeat != nil:
		return p.repeat(d.Repeat)
	}
	c := &Call{Name: p.name(&d.Call.Name), Args: p.args(d.Call.Args)}
	c.Span = c.Name.Span
	if c.Args != nil {
		c.End = c.Args.End
	}
	if d.Call.Body != nil {
		c.Body = p.body(d.Call.Body)
		c.End = c.Body.End
	}
	return c
}

func (p *parser) repeat(d *repeat) *Repeat {
	first := p.expr(&d.First)
	r := &Repeat{Count: first, Span: p.span(p.before(first.At().Start), d.Body.end)}
	if d.Count != nil {
		r.Count = p.expr(d.Count)
		name, ok := first.(*Name)
		if !ok {
			p.list.Add(diag.Errorf(diag.Unexpected, first.At(), "expected a name for the index before `in`").
				WithHelp("write: repeat i in n { … }"))
		} else {
			r.Index = name
		}
	}
	r.Body = p.body(&d.Body)
	return r
}

// head converts what models and blocks have in common.
func (p *parser) head(h *head) (*Name, []*Param, *Body) {
	var params []*Param
	for _, q := range h.Params {
		name := p.name(&q.Name)
		d := &Param{Span: name.Span, Name: name, Type: p.name(&q.Type)}
		d.End = d.Type.End
		if q.Default != nil {
			d.Default = p.expr(q.Default)
			d.End = d.Default.At().End
		}
		p.checkName(name)
		params = append(params, d)
	}
	return p.name(&h.Name), params, p.body(&h.Body)
}
