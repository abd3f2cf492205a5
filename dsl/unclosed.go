package dsl

import (
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
)

// closeToBrace closes what is open within the innermost braces and reports the first of it.
func (o *outliner) closeToBrace(at int) {
	n := len(o.open)
	for n > 0 && o.open[n-1].kind != kLBrace {
		n--
	}
	if n == len(o.open) {
		return
	}
	text := ""
	for i := len(o.open) - 1; i >= n; i-- {
		text += closer(partner(o.open[i].kind))
	}
	first := o.open[n]
	where := o.missing(first, at)
	if !o.swallowed(first) {
		o.list.Add(o.unclosed(first, where, text))
	}
	o.put(kIllegal, at, at)
	for len(o.open) > n {
		o.pop(at, at)
	}
}

func (o *outliner) unclosed(open opening, where diag.Span, text string) *diag.Diagnostic {
	return diag.Errorf(diag.Unclosed, o.span(o.in[open.in]), "`%s` is not closed", opener(open.kind)).
		WithLabel("opened here").WithHelp("close it with `"+text+"`", diag.Edit{Span: where, NewText: text})
}

// swallowed reports whether a text that is not closed, on the line of a bracket
// and behind it, may hold the bracket's partner: then the text is the one mistake.
func (o *outliner) swallowed(open opening) bool {
	for i, t := range o.in[open.in:] {
		if i > 0 && t.newline {
			return false
		}
		if t.kind == kIllegal && o.text[t.start] == '"' {
			return true
		}
	}
	return false
}

// compareIndent remembers the first brace that is closed by one that, starting
// its line, stands further left than the line of the opening one.
func (o *outliner) compareIndent(t token) {
	open := o.open[len(o.open)-1]
	if o.blame == 0 && len(o.open) > 1 && t.newline && o.column(o.at) < o.column(open.in) {
		o.suspect, o.blame = open.in, o.at
	}
}

// column is the blanks at the start of the line of an input token.
func (o *outliner) column(i int) int {
	for i > 0 && !o.in[i].newline {
		i--
	}
	start := strings.LastIndexByte(o.text[:o.in[i].start], '\n') + 1
	return o.in[i].start - start
}

// missing guesses where the partner of an opening bracket should have been: before
// an arrow that feeds the next layer, or else at the given place.
func (o *outliner) missing(open opening, at int) diag.Span {
	depth, label := 0, false
	for _, t := range o.out.tokens[open.index+1:] {
		switch t.Type {
		case kLParen, kLBrack:
			depth++
		case kRParen, kRBrack:
			depth--
		case kComma:
			label = label && depth > 0
		case kColon:
			label = true
		case kArrow:
			if depth <= 0 && !label {
				end := o.out.tokens[t.Pos.Line-1]
				return diag.Span{File: o.file, Start: end.Pos.Offset + len(end.Value), End: end.Pos.Offset + len(end.Value)}
			}
		}
	}
	return diag.Span{File: o.file, Start: at, End: at}
}

// closeAll closes everything before a declaration or at the end of the file.
func (o *outliner) closeAll() {
	at := 0
	if n := len(o.in); n > 0 {
		at = o.in[min(o.at, n-1)].end
		if o.at < n && o.in[o.at].newline && o.at > 0 && o.startsDeclaration(o.in[o.at]) {
			at = o.in[o.at-1].end
		}
	}
	reported := len(*o.list)
	o.closeToBrace(at)
	if n := len(o.open); n > 0 && len(*o.list) == reported {
		o.unclosedBrace(o.open, at)
	}
	for len(o.open) > 0 {
		o.pop(at, at)
	}
	o.end(at)
}

// unclosedBrace reports the innermost open brace, or the one that the
// indentation tells was meant to be closed earlier. at is where it is noticed.
func (o *outliner) unclosedBrace(open []opening, at int) {
	inner := open[len(open)-1]
	if o.swallowed(inner) {
		return
	}
	text := ""
	for i := len(open) - 1; i >= 0; i-- {
		text += "\n" + strings.Repeat(" ", o.column(open[i].in)) + "}"
	}
	if o.blame > 0 && o.suspect > open[0].in {
		inner.in, at = o.suspect, o.in[o.blame-1].end
		text = "\n" + strings.Repeat(" ", o.column(o.suspect)) + "}"
	}
	d := o.unclosed(inner, diag.Span{File: o.file, Start: at, End: at}, text)
	d.Help = "close it with `}`"
	if o.blame > 0 {
		open = open[:1]
	}
	switch n := len(open) - 1; n {
	case 0:
	case 1:
		d.WithNote("nor is the one around it")
	default:
		d.WithNote("nor are the %d around it", n)
	}
	o.list.Add(d)
}
