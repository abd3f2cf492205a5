package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/source"
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

func (b *builder) input(x *dsl.Input, s *scope, p *place) {
	if b.nested > 0 {
		b.report(diag.Errorf(diag.Misplaced, x.Span, "an input belongs to the model, not within a block or other braces").
			WithHelp("move it to the top of the model"))
		return
	}
	if len(b.graph.Inputs) > 0 {
		b.report(later(x.Span, "a second `input`"))
		return
	}
	p.at = b.graph.Input(x.Name.Text, b.inputShape(x, s), x.Name.Span)
	b.name(x.Name, x.Name.Text, p.at)
}

// inputShape reads CxHxW. A name that is no parameter is a size left open.
func (b *builder) inputShape(x *dsl.Input, s *scope) ir.Shape {
	size, ok := x.Shape.(*dsl.Size)
	if !ok || len(size.Dims) != 3 {
		if x.Shape != nil {
			b.report(diag.Errorf(diag.BadInputShape, x.Shape.At(), "an input's shape is channels x height x width, found `%s`", clip(x.Shape.At().Text())).
				WithHelp("write for instance 3x224x224 for colour images, 1x28x28 for grey ones"))
		}
		return nil
	}
	shape := make(ir.Shape, 3)
	for i, d := range size.Dims {
		if n, ok := d.(*dsl.Name); ok && i > 0 {
			if _, param := s.values[n.Text]; !param {
				shape[i] = ir.Symbol(n.Text)
				continue
			}
		}
		if n, ok := d.(*dsl.Name); ok && i == 0 {
			if _, param := s.values[n.Text]; !param {
				b.report(diag.Errorf(diag.BadInputShape, d.At(), "the channels of an input are a number, found `%s`", n.Text).
					WithNote("height and width may be left open, as in 3xHxW").
					WithHelp("write the number of channels, or declare `" + n.Text + "` as a parameter of the model"))
				return nil
			}
		}
		v := s.eval(d)
		if !v.known {
			return nil
		}
		if v.kind != kindInt || v.n[0] < 1 || v.n[0] > ir.MaxSize {
			b.report(diag.Errorf(diag.BadInputShape, d.At(), "a size is a whole number from 1 to %d, found %s", ir.MaxSize, v.describe()).
				WithHelp("write for instance 3x224x224 for colour images, 1x28x28 for grey ones"))
			return nil
		}
		shape[i] = ir.Int(int(v.n[0]))
	}
	if excess := shape.Excess(); excess != "" {
		b.report(diag.Errorf(diag.SizeOutOfRange, size.Span, "the input is too large").
			WithLabel("is %s", shape.Batched()).WithNote("%s", excess))
		return nil
	}
	return shape
}

func (b *builder) output(x *dsl.Output, s *scope, p *place) {
	b.settle(p)
	for _, item := range x.Items {
		v := p.at
		if item.From != nil {
			v = b.find(item.From, s, p)
		} else if t, ok := b.taps[p.prefix+item.Name.Text]; ok {
			v = t.value
		}
		if v == nil {
			if p.at == nil {
				b.needInput(item.Span, p)
			}
			b.wild = true // the model says an output, though it is not known which
			continue
		}
		if first, ok := b.outs[item.Name.Text]; ok {
			d := diag.Errorf(diag.NamedTwice, item.Name.Span, "two outputs are called `%s`", item.Name.Text)
			if first != item.Name.Span {
				d.WithSecondary(first, "first named here")
			}
			b.report(d.WithHelp("give each its own name"))
			continue
		}
		b.outs[item.Name.Text] = item.Name.Span
		b.graph.Outputs = append(b.graph.Outputs, ir.Output{Name: item.Name.Text, Value: v})
	}
}

// needInput reports, once, something that stands before any input.
func (b *builder) needInput(at diag.Span, p *place) {
	if !b.blind {
		b.blind = true
		b.report(diag.Errorf(diag.NoInput, at, "there is no input yet").
			WithHelp("begin the model with a line such as `input image: 3x224x224`"))
	}
	b.bad(p)
}

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
