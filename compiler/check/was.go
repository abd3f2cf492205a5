package check

import (
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// was is a name from before a name, given with `as new was old`. Both are full
// names, within what encloses them now: a file is renamed from the outside in.
type was struct {
	ir.Rename
	at diag.Span // of the old name
}

// was records the name that something had before.
func (b *builder) was(as *dsl.Name, old dsl.Expr, s *scope, p *place) {
	if as == nil || old == nil {
		return
	}
	name, ok := tapName(old, s)
	if !ok {
		return
	}
	s.budget.spend(1 + len(p.prefix)/8)
	b.were = append(b.were, was{ir.Rename{New: p.prefix + as.Text, Old: p.prefix + name}, old.At()})
}

// renames puts the names from before into the graph, and reports those that
// would leave open which weights are meant.
func (b *builder) renames() {
	if len(b.were) == 0 {
		return
	}
	taken := b.namesInUse()
	first := map[string]diag.Span{}
	for _, w := range b.were {
		named, used := taken[w.Old]
		before, twice := first[w.Old]
		switch {
		case w.Old == w.New:
			b.report(diag.Errorf(diag.NamedTwice, w.at, "`%s` is the name it has now", w.Old).
				WithHelp("leave `was` out, or give the name it had before"))
		case used:
			d := diag.Errorf(diag.NamedTwice, w.at, "the name `%s` from before is in use", w.Old).
				WithNote("weights stored under `%s` could belong to either", w.Old)
			if named != w.at && named.IsValid() {
				d.WithSecondary(named, "this has the name now")
			}
			b.report(d.WithHelp("give what has the name now another one, with `was` for the name that it had itself"))
		case twice:
			d := diag.Errorf(diag.NamedTwice, w.at, "two places had the name `%s` before", w.Old)
			if before != w.at {
				d.WithSecondary(before, "the first is here")
			}
			b.report(d.WithHelp("keep one of the two"))
		default:
			first[w.Old] = w.at
			b.graph.Renames = append(b.graph.Renames, w.Rename)
		}
	}
}

// namesInUse are the names of layers and of what encloses them, with a place
// that has them.
func (b *builder) namesInUse() map[string]diag.Span {
	names := map[string]diag.Span{}
	for name, t := range b.taps {
		names[name] = t.span
	}
	for _, n := range b.graph.Nodes {
		for end := len(n.Name); end > 0; end = strings.LastIndexAny(n.Name[:end], ".[") {
			if _, known := names[n.Name[:end]]; !known {
				names[n.Name[:end]] = n.Span
			}
		}
	}
	return names
}
