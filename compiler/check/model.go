package check

import (
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// builder writes one model out into a graph.
type builder struct {
	unit  *Unit
	graph *ir.Graph
	diags diag.List
	done  bool                 // a bound was passed and reported: nothing more is looked at
	taps  map[string]tap       // by full name
	outs  map[string]diag.Span // of the outputs so far
	wild  bool                 // something could not be read, so a missing name may be its fault
	blind bool                 // a missing input was reported
	calls []*dsl.Block         // blocks being written out, outermost first
	were  []was                // names from before, outermost first
	site  *ir.Site             // where the innermost of them is called

	fits     map[string]ir.Fit // what sizes that the model leaves open must be
	nested   int               // bodies around what is being written out, other than the model's
	training bool              // it is of a head that exists in training only
	whole    []diag.Span       // of each node, the call that it comes from with its arguments
}

// Model writes a model out with the given arguments, and defaults for the rest.
// The graph is returned even with faults; look at the diagnostics.
func (u *Unit) Model(m *dsl.Model, args *dsl.Args, overrides map[string]string) (*Model, diag.List) {
	return u.model(m, args, overrides, budgetOf(m.File))
}

func (u *Unit) model(m *dsl.Model, args *dsl.Args, overrides map[string]string, work *budget) (*Model, diag.List) {
	b := &builder{
		unit: u, graph: ir.NewGraph(m.Name.Text, m.Name.Span),
		taps: map[string]tap{}, outs: map[string]diag.Span{}, fits: map[string]ir.Fit{},
	}
	s := &scope{values: map[string]value{}, report: b.report, budget: work, front: &front{}, attrs: attributes{}}
	s = s.bind(m.Name, m.Params, args, overrides)
	p := &place{counts: map[string]int{}}
	if m.Body != nil {
		b.body(m.Body, s, p)
		b.finish(m, p)
	}
	taps := map[string]*ir.Value{}
	for name, t := range b.taps {
		taps[name] = t.value
	}
	for _, o := range b.graph.Outputs {
		taps[o.Name] = o.Value
	}
	b.diags.Tidy()
	return &Model{Decl: m, Graph: b.graph, Taps: taps}, b.diags
}

func (b *builder) report(d *diag.Diagnostic) {
	// Layers written out of one statement many times fail alike: once is enough.
	if b.done || b.reported(d.Code, d.Primary) {
		return
	}
	b.diags.Add(d)
	if len(b.diags) == maxMistakes {
		b.diags.Add(tooManyMistakes(d.Primary.Tail()))
		b.done = true
	}
}

func (b *builder) reported(code diag.Code, at diag.Span) bool {
	for _, e := range b.diags {
		if e.Code == code && e.Primary == at {
			return true
		}
	}
	return false
}

// tooManyMistakes says that the rest was not looked at.
func tooManyMistakes(at diag.Span) *diag.Diagnostic {
	return diag.Errorf(diag.TooManyMistakes, at, "more than %d mistakes; the rest is not looked at", maxMistakes)
}

// finish checks what only the whole model shows.
func (b *builder) finish(m *dsl.Model, p *place) {
	b.reportFits()
	b.renames()
	b.count()
	switch {
	case b.wild, m.Body.Unclosed:
	case len(m.Body.Stmts) == 0:
		b.report(diag.Errorf(diag.NoInput, m.Name.Span, "model `%s` is empty", m.Name.Text).
			WithHelp("it needs an input, layers and an output"))
	case len(b.graph.Outputs) == 0:
		b.report(diag.Errorf(diag.NoOutput, m.Name.Span, "model `%s` has no output", m.Name.Text).
			WithHelp("end with a line such as `output logits`", appendLine(m.Body.Span, "output logits")))
	}
}

// appendLine adds a line at the end of a body between braces.
func appendLine(body diag.Span, line string) diag.Edit {
	inside := strings.TrimRight(strings.TrimSuffix(body.Text(), "}"), " \t\r\n")
	at := body.Start + len(inside)
	return diag.Edit{Span: diag.Span{File: body.File, Start: at, End: at}, NewText: "\n  " + line}
}

// spend counts a step, and reports when the model grows out of bounds.
func (b *builder) spend(s *scope, at diag.Span) bool {
	if !s.budget.spend(1) {
		b.exceed(at)
	}
	return !b.done
}

// exceed reports a model that grows out of bounds, and ends its writing out.
func (b *builder) exceed(at diag.Span) {
	b.report(exhausted(at))
	b.done, b.wild = true, true
}

func (b *builder) body(body *dsl.Body, s *scope, p *place) {
	for _, stmt := range body.Stmts {
		if !b.spend(s, stmt.At()) {
			return
		}
		s.front.value = p.at
		switch x := stmt.(type) {
		case *dsl.Input:
			b.input(x, s, p)
		case *dsl.Output:
			b.output(x, s, p)
		case *dsl.Chain:
			b.chain(x, s, p)
		case *dsl.BadStmt:
			b.lost(p)
		case *dsl.Aux:
			b.aux(x, s, p)
		case *dsl.Branch:
			b.wild = true
			b.report(diag.Errorf(diag.Misplaced, diag.Span{File: x.File, Start: x.Start, End: x.Start + len("branch")}, "a branch stands only in a `parallel`").
				WithHelp("put `parallel { … } -> concat` around the branches"))
		}
	}
	b.settle(p)
}

// inner writes out a body within the model's.
func (b *builder) inner(body *dsl.Body, s *scope, p *place) {
	b.nested++
	b.body(body, s, p)
	b.nested--
}

// bad goes on after a fault: what follows has an unknown shape.
func (b *builder) bad(p *place) { p.at = &ir.Value{Name: "unknown"} }

// lost goes on after something that may have given names and outputs.
func (b *builder) lost(p *place) {
	b.wild = true
	b.bad(p)
}
