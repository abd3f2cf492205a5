package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Parallel is the attributes of parallel: none.
type Parallel struct{}

func parallelCombinator() *combinator {
	return &combinator{
		name:   "parallel",
		doc:    "Feeds its input to each of its branches; the layer after it joins their results.",
		source: "Szegedy et al. 2015, Going deeper with convolutions",
		body:   "its branches",
		new:    func() any { return &Parallel{} },
		build:  buildParallel,
	}
}

// fork is the results of branches that wait to be joined.
type fork struct {
	from []*ir.Value
	at   diag.Span // the word that made them
}

func buildParallel(u *site) {
	f := &fork{at: u.call.Name.Span}
	u.nested++
	for _, stmt := range u.call.Body.Stmts {
		if !u.spend(u.scope, stmt.At()) {
			break
		}
		switch x := stmt.(type) {
		case *dsl.Branch:
			f.from = append(f.from, u.branch(x))
		case *dsl.BadStmt:
			u.wild = true
			f.from = append(f.from, &ir.Value{Name: "unknown"})
		default:
			u.report(diag.Errorf(diag.Misplaced, x.At(), "only branches stand in a `parallel`").
				WithHelp("write `branch` in front", diag.Edit{Span: x.At().Head(), NewText: "branch "}))
			u.wild = true
			f.from = append(f.from, &ir.Value{Name: "unknown"})
		}
	}
	u.nested--
	if len(f.from) < 2 {
		u.report(diag.Errorf(diag.NotJoined, f.at, "`parallel` needs two branches or more, found %d", len(f.from)).
			WithHelp("write `branch` in front of each way through it; `branch { }` passes the input on"))
		u.unknown()
		return
	}
	u.fork = f
}

// branch writes out one way through and returns its result.
func (u *site) branch(x *dsl.Branch) *ir.Value {
	way := u.beside()
	if x.Chain != nil {
		u.chain(x.Chain, u.scope, way)
		u.settle(way)
		return way.at
	}
	if x.As == nil {
		u.inner(x.Body, u.scope, way)
		return way.at
	}
	full := u.prefix + x.As.Text
	u.was(x.As, x.Was, u.scope, u.place)
	u.fill(x.Body, full, u.scope, way)
	u.name(x.As, full, way.at)
	return way.at
}

// joins reports whether a call joins the branches in front of it.
func (b *builder) joins(x *dsl.Call) bool {
	if b.unit.block(x.Name) != nil {
		return false
	}
	o := b.unit.table.Op(x.Name.Text)
	return o != nil && o.Joins
}

// joiners are the operators that join branches, for advice.
func (b *builder) joiners() string {
	var words []string
	for _, o := range b.unit.table.Ops {
		if o.Joins {
			words = append(words, o.Name)
		}
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// take returns the branches for a layer that joins them, or nil after reporting
// that there are none.
func (b *builder) take(x *dsl.Call, p *place) []*ir.Value {
	if p.fork == nil {
		if p.at.Shape != nil {
			b.report(diag.Errorf(diag.NotJoined, x.Name.Span, "`%s` joins branches, but no `parallel` stands in front of it", x.Name.Text).
				WithLabel("one value comes here").
				WithHelp("write `parallel { branch … branch … } -> " + x.Name.Text + "`, or `skip(" + x.Name.Text + ") { … }`"))
		}
		return nil
	}
	from := p.fork.from
	p.fork = nil
	return from
}

// settle reports branches that nothing joins before something else reads them.
func (b *builder) settle(p *place) {
	if p.fork == nil {
		return
	}
	b.report(diag.Errorf(diag.NotJoined, p.fork.at, "nothing joins the branches of this `parallel`").
		WithLabel("makes %d values", len(p.fork.from)).
		WithNote("what joins them: %s", b.joiners()).
		WithHelp("put a layer such as `-> concat` after its closing brace"))
	p.fork = nil
	b.bad(p)
}
