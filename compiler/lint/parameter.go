package lint

import (
	"slices"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// unusedParameter finds parameters of models and blocks that no value uses, and
// that stand for no layer.
func unusedParameter(r *run) {
	for _, d := range r.File.Decls {
		var params []*dsl.Param
		what, name := "model", ""
		switch d := d.(type) {
		case *dsl.Model:
			params, name = d.Params, d.Name.Text
		case *dsl.Block:
			params, name, what = d.Params, d.Name.Text, "block"
		}
		body := bodyOf(d)
		if len(params) == 0 || body == nil || r.faulty(d.At()) {
			continue
		}
		used := map[string]bool{}
		values(body, nil, used)
		for _, p := range params {
			if p.Default != nil {
				values(p.Default, nil, used)
			}
		}
		calls := called(body)
		for _, p := range params {
			layer := p.Type != nil && p.Type.Text == "word" && slices.Contains(calls, p.Name.Text)
			if !used[p.Name.Text] && !layer {
				r.warn(p.Name.Span, "%s `%s` does not use its parameter `%s`", what, name, p.Name.Text).
					WithHelp("use it, or take it out here and where it is given")
			}
		}
	}
}

// unusedIndex finds repeats that count for nobody.
func unusedIndex(r *run) {
	for _, d := range r.File.Decls {
		body := bodyOf(d)
		if body == nil || r.faulty(d.At()) {
			continue
		}
		dsl.Walk(body, func(n dsl.Node) bool {
			x, ok := n.(*dsl.Repeat)
			if !ok || x.Index == nil {
				return true
			}
			used := map[string]bool{}
			values(x.Body, nil, used)
			if used[x.Index.Text] {
				return true
			}
			e := diag.Edit{Span: diag.Span{File: x.File, Start: x.Index.Start, End: x.Count.At().Start}}
			d := r.warn(x.Index.Span, "the repeat does not use its index `%s`", x.Index.Text)
			if r.outline.commented(e.Span) {
				d.WithHelp("leave it out")
			} else {
				d.WithFix("leave it out", e)
			}
			return true
		})
	}
}

// values collects the names that stand for values below a node. hidden are those
// that an index of a repeat hides.
func values(n dsl.Node, hidden []string, used map[string]bool) {
	dsl.Walk(n, func(n dsl.Node) bool {
		switch x := n.(type) {
		case *dsl.Name: // where a value may stand: what else has names is dealt with below
			for _, h := range hidden {
				if h == x.Text {
					return true
				}
			}
			used[x.Text] = true
		case *dsl.Repeat:
			values(x.Count, hidden, used)
			if x.Index != nil {
				hidden = append(hidden[:len(hidden):len(hidden)], x.Index.Text)
				values(x.Body, hidden, used)
				hidden = hidden[:len(hidden)-1]
			} else {
				values(x.Body, hidden, used)
			}
			return false
		case *dsl.Call:
			if x.Args != nil {
				values(x.Args, hidden, used)
			}
			if x.Body != nil {
				values(x.Body, hidden, used)
			}
			return false
		case *dsl.Arg:
			if x.Label != nil {
				values(x.Label, hidden, used)
			}
			values(x.Value, hidden, used)
			return false
		case *dsl.Chain:
			for _, l := range x.Links {
				values(l, hidden, used)
			}
			return false
		case *dsl.Branch:
			if x.Chain != nil {
				values(x.Chain, hidden, used)
			}
			if x.Body != nil {
				values(x.Body, hidden, used)
			}
			return false
		case *dsl.Input:
			values(x.Shape, hidden, used)
			return false
		case *dsl.Output:
			for _, item := range x.Items {
				if item.From != nil {
					indices(item.From, hidden, used)
				}
			}
			return false
		case *dsl.From:
			indices(x.Tap, hidden, used)
			return false
		case *dsl.Aux:
			indices(x.From, hidden, used)
			if x.Args != nil {
				values(x.Args, hidden, used)
			}
			values(x.Body, hidden, used)
			return false
		}
		return true
	})
}

// indices collects the names that stand for values in the name of a layer.
func indices(x dsl.Expr, hidden []string, used map[string]bool) {
	switch x := x.(type) {
	case *dsl.Index:
		indices(x.X, hidden, used)
		values(x.Index, hidden, used)
	case *dsl.Select:
		indices(x.X, hidden, used)
	}
}
