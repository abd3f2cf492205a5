package lint

import (
	"bytes"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// outline says where in the text of a file its calls stand, so that they can be
// edited.
type outline struct {
	file  *dsl.File
	calls map[diag.Span]spot // by the place of the name; nil until one is asked for
}

// spot is a link of a chain.
type spot struct {
	call     *dsl.Call
	chain    *dsl.Chain
	link     int
	body     *dsl.Body // that the chain is a statement of; nil for a branch's
	repeated bool      // within a repeat
}

// spot finds the call whose name has a place. The text is gone through when this
// is first asked.
func (o *outline) spot(name diag.Span) (s spot, ok bool) {
	if o.calls == nil {
		o.calls = map[diag.Span]spot{}
		for _, d := range o.file.Decls {
			o.read(bodyOf(d), false)
		}
	}
	s, ok = o.calls[name]
	return s, ok
}

// bodyOf is the statements of a model or block; nil for other declarations.
func bodyOf(d dsl.Decl) *dsl.Body {
	switch d := d.(type) {
	case *dsl.Model:
		return d.Body
	case *dsl.Block:
		return d.Body
	}
	return nil
}

func (o *outline) read(body *dsl.Body, repeated bool) {
	if body == nil {
		return
	}
	for _, s := range body.Stmts {
		switch s := s.(type) {
		case *dsl.Chain:
			o.chain(s, body, repeated)
		case *dsl.Branch:
			if s.Chain != nil {
				o.chain(s.Chain, nil, repeated)
			}
			o.read(s.Body, repeated)
		case *dsl.Aux:
			o.read(s.Body, repeated)
		}
	}
}

func (o *outline) chain(x *dsl.Chain, body *dsl.Body, repeated bool) {
	for i, l := range x.Links {
		switch l := l.(type) {
		case *dsl.Call:
			o.calls[l.Name.Span] = spot{l, x, i, body, repeated}
			o.read(l.Body, repeated)
		case *dsl.Repeat:
			o.read(l.Body, true)
		}
	}
}

// remove returns the edit that takes a layer without weights out of the text;
// ok is false where that would change the names of others, leave nothing behind,
// or lose a comment.
func (o *outline) remove(name diag.Span) (e diag.Edit, ok bool) {
	s, known := o.spot(name)
	if !known {
		return e, false
	}
	links := s.chain.Links
	switch {
	case s.chain.As != nil && len(links) <= 2: // what is left would get the name itself
		return e, false
	case len(links) == 1 && (s.body == nil || len(s.body.Stmts) == 1):
		return e, false
	case len(links) == 1:
		e = o.line(s.chain.Span)
	case s.link == 0:
		e.Span = diag.Span{File: name.File, Start: s.call.Start, End: links[1].At().Start}
	default:
		e.Span = diag.Span{File: name.File, Start: links[s.link-1].At().End, End: s.call.End}
	}
	return e, !o.commented(e.Span)
}

// setting returns the edit that takes an argument out of a call.
func (o *outline) unset(call *dsl.Call, key string) (e diag.Edit, ok bool) {
	list := call.Args.List
	for i, a := range list {
		if a.Key == nil || a.Key.Text != key {
			continue
		}
		switch {
		case len(list) == 1:
			e.Span = call.Args.Span
		case i == 0:
			e.Span = diag.Span{File: a.File, Start: a.Start, End: list[1].Start}
		default:
			e.Span = diag.Span{File: a.File, Start: list[i-1].End, End: a.End}
		}
		return e, !o.commented(e.Span)
	}
	return e, false
}

// set returns the edit that gives an argument of a call a value.
func (o *outline) set(call *dsl.Call, key, value string) diag.Edit {
	if call.Args == nil {
		return diag.Edit{Span: call.Name.Span.Tail(), NewText: "(" + key + "=" + value + ")"}
	}
	list := call.Args.List
	for _, a := range list {
		if a.Key != nil && a.Key.Text == key {
			return diag.Edit{Span: a.Value.At(), NewText: value}
		}
	}
	if len(list) == 0 {
		return diag.Edit{Span: call.Args.Span, NewText: "(" + key + "=" + value + ")"}
	}
	return diag.Edit{Span: list[len(list)-1].Span.Tail(), NewText: ", " + key + "=" + value}
}

// line returns the edit that removes a statement: with its line where nothing else
// stands there, with the `;` behind it, or in front of it, otherwise.
func (o *outline) line(at diag.Span) diag.Edit {
	text := at.File.Text
	from, to := at.Start, at.End
	for from > 0 && (text[from-1] == ' ' || text[from-1] == '\t') {
		from--
	}
	for to < len(text) && (text[to] == ' ' || text[to] == '\t' || text[to] == '\r') {
		to++
	}
	first, last := from == 0 || text[from-1] == '\n', to == len(text) || text[to] == '\n'
	switch {
	case first && to < len(text) && text[to] == '\n':
		return diag.Edit{Span: diag.Span{File: at.File, Start: from, End: to + 1}}
	case to < len(text) && text[to] == ';':
		to++
		for to < len(text) && text[to] == ' ' {
			to++
		}
		return diag.Edit{Span: diag.Span{File: at.File, Start: at.Start, End: to}}
	case first && bytes.HasPrefix(text[to:], []byte("//")): // the comment stays
		return diag.Edit{Span: diag.Span{File: at.File, Start: at.Start, End: to}}
	case !first && text[from-1] == ';' && (last || text[to] == '}'):
		return diag.Edit{Span: diag.Span{File: at.File, Start: from - 1, End: at.End}}
	}
	return diag.Edit{Span: at}
}

// commented reports whether there is a comment within a part of the text.
func (o *outline) commented(at diag.Span) bool {
	return bytes.Contains(at.File.Text[at.Start:at.End], []byte("//"))
}
