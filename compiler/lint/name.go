package lint

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// unreadName finds names that nothing reads and that name no weights. A name of
// layers with weights has a purpose without being read: it is what the weights
// are stored under.
func unreadName(r *run) {
	n := &names{run: r, read: readNames(r.File), weights: map[diag.Span]bool{}}
	r.nodes(func(node *ir.Node) {
		n.weights[node.Span] = n.weights[node.Span] || len(node.Params) > 0
	})
	for _, d := range r.File.Decls {
		if body := bodyOf(d); body != nil && !r.faulty(d.At()) {
			n.body(body, false)
		}
	}
}

// names is what unreadName knows.
type names struct {
	*run
	read    map[string]bool
	weights map[diag.Span]bool // of layers that were written out: whether they have any
}

func (n *names) body(body *dsl.Body, repeated bool) {
	if body == nil {
		return
	}
	for _, s := range body.Stmts {
		switch s := s.(type) {
		case *dsl.Chain:
			n.chain(s, repeated)
		case *dsl.Branch:
			if s.Chain != nil {
				n.chain(s.Chain, repeated)
			}
			n.body(s.Body, repeated)
		case *dsl.Aux:
			n.body(s.Body, repeated)
		}
	}
}

func (n *names) chain(x *dsl.Chain, repeated bool) {
	weightless := true
	for _, l := range x.Links {
		switch l := l.(type) {
		case *dsl.Call:
			weights, written := n.weights[l.Name.Span]
			weightless = weightless && written && !weights && l.Body == nil
			n.body(l.Body, repeated)
		case *dsl.Repeat:
			weightless = false
			n.body(l.Body, true)
		}
	}
	if x.As == nil || !weightless || n.read[x.As.Text] {
		return
	}
	last := x.Links[len(x.Links)-1].At()
	d := n.warn(x.As.Span, "nothing reads `%s`, and it names no weights", x.As.Text)
	e := diag.Edit{Span: diag.Span{File: x.File, Start: last.End, End: x.As.End}}
	if repeated || n.outline.commented(e.Span) { // the rounds of a repeat that names something are numbered
		d.WithHelp("read it with `from " + x.As.Text + "`, or leave the name out")
		return
	}
	d.WithFix("read it with `from "+x.As.Text+"`, or leave the name out", e)
}

// readNames collects the names by which a file reads layers: after `from`, as
// outputs, and all that recipes say.
func readNames(f *dsl.File) map[string]bool {
	read := map[string]bool{}
	all := func(n dsl.Node) bool {
		if name, ok := n.(*dsl.Name); ok {
			read[name.Text] = true
		}
		return true
	}
	for _, d := range f.Decls {
		if t, ok := d.(*dsl.Train); ok && t.Body != nil {
			dsl.Walk(t.Body, all)
			continue
		}
		dsl.Walk(d, func(n dsl.Node) bool {
			switch n := n.(type) {
			case *dsl.From:
				dsl.Walk(n.Tap, all)
			case *dsl.OutputItem:
				dsl.Walk(n, all)
			case *dsl.Aux:
				dsl.Walk(n.From, all)
			}
			return true
		})
	}
	return read
}
