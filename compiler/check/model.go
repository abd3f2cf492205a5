package check

import (
	"fmt"
	"slices"
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
}

// tap is a name given with `as`.
type tap struct {
	value *ir.Value
	span  diag.Span
}

// place is where a body is being written out.
type place struct {
	prefix string // of the names within: "c2[1]."
	counts map[string]int
	at     *ir.Value // what the next layer reads; nil before the input
}

// Model writes a model out with the given arguments, and defaults for the rest.
// The graph is returned even with faults; look at the diagnostics.
func (u *Unit) Model(m *dsl.Model, args *dsl.Args, overrides map[string]string) (*Model, diag.List) {
	b := &builder{unit: u, graph: ir.NewGraph(m.Name.Text, m.Name.Span), taps: map[string]tap{}, outs: map[string]diag.Span{}}
	s := &scope{values: map[string]value{}, report: b.report, budget: &budget{maxWork}}
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
	switch {
	case b.wild:
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
	if b.done {
		return false
	}
	if !s.budget.spend(1) || len(b.graph.Nodes) >= maxLayers {
		b.report(exhausted(at))
		b.done, b.wild = true, true
		return false
	}
	return true
}

func (b *builder) body(body *dsl.Body, s *scope, p *place) {
	for _, stmt := range body.Stmts {
		if !b.spend(s, stmt.At()) {
			return
		}
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
			b.wild = true
			b.report(later(x.Name.Span, "`aux`"))
		case *dsl.Branch:
			b.wild = true // the parser reported it: a branch belongs in `parallel`
		}
	}
}

// bad goes on after a fault: what follows has an unknown shape.
func (b *builder) bad(p *place) { p.at = &ir.Value{Name: "unknown"} }

// lost goes on after something that may have given names and outputs.
func (b *builder) lost(p *place) {
	b.wild = true
	b.bad(p)
}

func (b *builder) input(x *dsl.Input, s *scope, p *place) {
	if p.prefix != "" {
		b.report(diag.Errorf(diag.Misplaced, x.Span, "an input belongs to the model, not within a block or a repeat").
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
	s.budget.spend(len(b.taps))
	known := make([]string, 0, len(b.taps))
	for k := range b.taps {
		known = append(known, k)
	}
	d := diag.Errorf(diag.UnknownTap, x.At(), "no layer is called `%s`", name)
	if near, ok := diag.Nearest(name, sorted(known)); ok {
		d.WithHelp("did you mean `"+near+"`?", diag.Edit{Span: x.At(), NewText: near})
	} else {
		d.WithHelp("name the layer with `as " + name + "`")
	}
	b.report(d)
	return nil
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
		return fmt.Sprintf("%s[%d]", of, i.n[0]), true
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

// chain feeds each link into the next.
func (b *builder) chain(x *dsl.Chain, s *scope, p *place) {
	inner := p
	alone := len(x.Links) == 1
	if x.As != nil && !alone {
		inner = &place{prefix: p.prefix + x.As.Text + ".", counts: map[string]int{}, at: p.at}
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
	p.at = inner.at
	if x.As != nil && p.at != nil {
		b.name(x.As, p.prefix+x.As.Text, p.at)
	}
}

// link writes out one link; as is its own name, nil without one.
func (b *builder) link(link dsl.Link, as *dsl.Name, s *scope, p *place) {
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
			b.needInput(x.Name.Span, p)
		}
		if block := b.unit.blocks[x.Name.Text]; block != nil {
			b.block(block, x, as, s, p)
			return
		}
		b.layer(x, as, s, p)
	}
}

// within is the place for the inside of something named, or numbered.
func (p *place) within(kind string, as *dsl.Name) *place {
	return &place{prefix: p.next(kind, as) + ".", counts: map[string]int{}, at: p.at}
}

// next is the full name of the next thing of a kind.
func (p *place) next(kind string, as *dsl.Name) string {
	if as != nil {
		return p.prefix + as.Text
	}
	p.counts[kind]++
	return fmt.Sprintf("%s%s%d", p.prefix, kind, p.counts[kind])
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
	name := p.next("repeat", as)
	for i := int64(0); i < count.n[0]; i++ {
		if !b.spend(s, x.Count.At()) {
			return
		}
		s.budget.spend(1 + len(name)/8)
		inner := s
		if x.Index != nil {
			inner = s.with(x.Index.Text, intValue(i))
		}
		in := &place{prefix: fmt.Sprintf("%s[%d].", name, i), counts: map[string]int{}, at: p.at}
		b.body(x.Body, inner, in)
		p.at = in.at
	}
}

func (b *builder) block(block *dsl.Block, x *dsl.Call, as *dsl.Name, s *scope, p *place) {
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
	in := p.within(block.Name.Text, as)
	s.budget.spend(1 + len(in.prefix)/8)
	inner := (&scope{values: map[string]value{}, report: s.report, budget: s.budget}).bindFrom(s, block.Name, block.Params, x.Args, nil, x.Name)
	if block.Body != nil {
		b.body(block.Body, inner, in)
	}
	p.at = in.at
	b.calls = b.calls[:len(b.calls)-1]
}

// layer adds a node for an operator of the table.
func (b *builder) layer(x *dsl.Call, as *dsl.Name, s *scope, p *place) {
	op := b.unit.table.Op(x.Name.Text)
	if op == nil || op.Joins {
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
	attrs := op.New()
	spans, ok := s.decode(x.Name, x.Args, attrs)
	name := p.next(op.Name, as)
	s.budget.spend(1 + len(name)/8)
	if b.graph.Has(name) {
		b.nameTaken(x, as, name)
		b.bad(p)
		return
	}
	n := &ir.Node{Op: op, Name: name, Attrs: attrs, In: []*ir.Value{p.at}, Span: x.Name.Span, ArgSpans: spans}
	if !ok {
		n.In[0] = &ir.Value{Name: "unknown"} // stays silent, and so do its dependants
	}
	p.at = b.graph.Add(n, b.report)
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

// editionWords are combinators of edition 1 that this version cannot build.
var editionWords = []string{"residual", "skip", "parallel", "inception", "dense_block"}

func (b *builder) unknownLayer(x *dsl.Call, s *scope) {
	if b.reported(diag.UnknownLayer, x.Name.Span) {
		return
	}
	if slices.Contains(editionWords, x.Name.Text) {
		b.report(later(x.Name.Span, "`"+x.Name.Text+"`"))
		return
	}
	s.budget.spend(len(b.unit.blocks))
	var known []string
	for _, o := range b.unit.table.Ops {
		if !o.Joins {
			known = append(known, o.Name)
		}
	}
	for name := range b.unit.blocks {
		known = append(known, name)
	}
	d := diag.Errorf(diag.UnknownLayer, x.Name.Span, "no layer or block is called `%s`", x.Name.Text)
	suggest(d, x.Name, sorted(known))
	if d.Help == "" {
		d.WithHelp("declare `block " + x.Name.Text + "(…) { … }`, or use a layer of the language")
	}
	b.report(d)
}

func sorted(words []string) []string {
	slices.Sort(words)
	return words
}
