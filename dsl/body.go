package dsl

import (
	"github.com/netc-lang/netc/dsl/diag"
)

// body parses the statements between braces that were stepped over.
func (p *parser) body(n *bodyNode) *Body {
	b := &Body{Span: p.span(n.start, n.end), Unclosed: p.tokens[n.last].Value == ""}
	p.inside(n, func(s statement) { b.Stmts = append(b.Stmts, p.stmt(s)) })
	return b
}

// recipe parses the entries between braces that were stepped over.
func (p *parser) recipe(n *bodyNode) *Recipe {
	b := &Recipe{Span: p.span(n.start, n.end), Unclosed: p.tokens[n.last].Value == ""}
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
		if d.Values != nil {
			e.Values = d.Values.values
			for _, x := range e.Values {
				p.place(x)
			}
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
		if t.Pos.Line >= n.last || len(*p.list) > maxMistakes {
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
			a := &Aux{Span: at, Doc: doc, Name: p.name(&d.Name)}
			if d.Was != nil {
				a.Was = p.tap(d.Was)
			}
			a.From, a.Args, a.Body = p.tap(&d.From), p.args(d.Args), p.body(&d.Body)
			out = a
		}
	case "branch":
		if d, ok := run(p, s, p.rules.branch); ok {
			out = p.branch(at, doc, d)
		}
	case "net", "import", "model", "block", "train":
		if !s.broken {
			p.list.Add(diag.Errorf(diag.Misplaced, at, "`%s` belongs at the top level of a file", p.word(s, 0)).
				WithHelp("move it out of the braces"))
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
		if d.Was != nil {
			b.Was = p.tap(d.Was)
		}
		return b
	}
	inner := at
	inner.Start = d.Chain.links[0].At().Start
	b.Chain = p.chain(inner, "", d.Chain)
	return b
}

func (p *parser) chain(at diag.Span, doc string, d *chainNode) *Chain {
	c := &Chain{Span: at, Doc: doc, As: d.as, Links: make([]Link, 0, len(d.links))}
	if c.As != nil {
		c.As.File = p.source
	}
	if d.was != nil {
		c.Was = d.was
		p.place(c.Was)
	}
	for i := range d.links {
		l := &d.links[i]
		p.link(l)
		if from, ok := l.Link.(*From); ok && i > 0 {
			p.list.Add(diag.Errorf(diag.Misplaced, from.Span, "`from` can only start a chain").
				WithHelp("start a new line with it"))
			continue
		}
		c.Links = append(c.Links, l.Link)
	}
	return c
}

// link puts the file into a link and parses its body.
func (p *parser) link(n *linkNode) {
	switch l := n.Link.(type) {
	case *From:
		l.File = p.source
		p.place(l.Tap)
	case *Repeat:
		l.File = p.source
		if l.Index != nil {
			p.place(l.Index)
		}
		p.place(l.Count)
		l.Body = p.body(&n.body)
	case *Call:
		p.place(l)
		if n.body.end > 0 {
			l.Body = p.body(&n.body)
		}
	}
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
