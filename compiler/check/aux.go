package check

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Aux is the attributes of aux.
type Aux struct {
	Weight float64 `net:"weight,pos,min=0" doc:"of its loss beside that of the model's output; 1 when absent"`
}

// aux writes out a head that exists in training only.
func (b *builder) aux(x *dsl.Aux, s *scope, p *place) {
	if b.training {
		b.report(diag.Errorf(diag.Misplaced, x.Name.Span, "head `%s` stands in another head", x.Name.Text).
			WithHelp("move it out; `from` takes it to where it begins"))
		return
	}
	a := &Aux{Weight: 1}
	_, ok := s.decode(&dsl.Name{Span: x.Name.Span, Text: "aux"}, x.Args, a)
	from := b.find(x.From, s, p)
	full := p.prefix + x.Name.Text
	b.was(x.Name, x.Was, s, p)
	in := p.beside()
	in.at = from
	if from == nil {
		b.bad(in)
	}
	b.training = true
	b.fill(x.Body, full, s, in)
	b.training = false
	if in.at == from && from != nil {
		b.report(diag.Errorf(diag.MissingArg, x.Body.Span, "head `%s` has no layers", x.Name.Text).
			WithHelp("put the layers of the head between the braces"))
		return
	}
	b.name(x.Name, full, in.at)
	if ok && in.at.Node != nil {
		b.graph.Heads = append(b.graph.Heads, ir.Head{Name: full, Value: in.at, Weight: a.Weight})
	}
}
