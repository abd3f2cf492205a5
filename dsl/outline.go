package dsl

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// MaxNesting is how deep brackets of all kinds may nest.
const MaxNesting = 64

// structure is the token stream that the grammar reads: statements end in kEnd,
// brackets match, and nesting is bounded.
type structure struct {
	// Pos.Offset is a token's place, Pos.Line its own index and Pos.Column, of
	// an opening bracket, the index of the closing one.
	tokens []lexer.Token
}

// outline finds the ends of statements and matches brackets. It reports false,
// after a diagnostic, when the nesting is too deep for the rest to be read.
//
// A bracket without its partner is reported here, once. A missing closing one
// is put in; the statement that it damages gets a kIllegal token, so that the
// grammar does not complain about it again.
func outline(file *diag.File, tokens []token, list *diag.List) (*structure, bool) {
	o := &outliner{file: file, text: string(file.Text), in: tokens, list: list}
	o.out.tokens = make([]lexer.Token, 0, len(tokens)+len(tokens)/4+2)
	for o.at = range tokens {
		if o.skip > 0 && o.at == o.skip {
			continue
		}
		if !o.token(tokens[o.at]) || len(*o.list) > maxMistakes {
			return nil, false
		}
	}
	o.closeAll()
	o.end(len(o.text))
	o.put(lexer.EOF, len(o.text), len(o.text))
	return &o.out, true
}

type outliner struct {
	file *diag.File
	text string
	in   []token
	at   int
	list *diag.List
	out  structure
	open []opening
	skip int // an input token that was taken with the one before it; 0 for none

	suspect, blame int // input indices of a `{` and of the `}` that by its indentation is another's; 0, 0 for none
}

// opening is a bracket that waits for its partner.
type opening struct {
	kind  lexer.TokenType
	index int // in the output
	in    int // in the input
}

func (o *outliner) put(kind lexer.TokenType, start, end int) {
	o.out.tokens = append(o.out.tokens, lexer.Token{Type: kind, Value: o.text[start:end],
		Pos: lexer.Position{Offset: start, Line: len(o.out.tokens)}})
}

func (o *outliner) span(t token) diag.Span {
	return diag.Span{File: o.file, Start: t.start, End: t.end}
}

// last is the kind of the last token put out, kEnd at the start.
func (o *outliner) last() lexer.TokenType {
	if n := len(o.out.tokens); n > 0 {
		return o.out.tokens[n-1].Type
	}
	return kEnd
}

// end puts out the end of a statement where there is one to end.
func (o *outliner) end(at int) {
	if k := o.last(); k != kEnd && k != kLBrace {
		o.put(kEnd, at, at)
	}
}

func (o *outliner) inBraces() bool {
	return len(o.open) == 0 || o.open[len(o.open)-1].kind == kLBrace
}

func (o *outliner) token(t token) bool {
	if t.newline {
		if len(o.open) > 0 && o.startsDeclaration(t) {
			o.closeAll()
		}
		if !o.inBraces() && o.leftOpen(t) {
			o.closeToBrace(o.in[o.at-1].end)
		}
		if o.inBraces() && t.kind != kArrow && t.kind != kLBrace && !continues(o.last()) {
			o.end(o.in[max(o.at, 1)-1].end)
		}
	}
	switch t.kind {
	case kSemi:
		if !o.inBraces() {
			o.closeToBrace(t.start)
		}
		o.end(t.start)
	case kLParen, kLBrack, kLBrace:
		if t.kind == kLBrace && !o.inBraces() {
			o.closeToBrace(o.in[o.at-1].end)
		}
		if len(o.open) == MaxNesting {
			o.list.Add(diag.Errorf(diag.TooDeep, o.span(t), "brackets nest deeper than %d", MaxNesting).
				WithHelp("move inner parts into blocks of their own"))
			return false
		}
		o.open = append(o.open, opening{t.kind, len(o.out.tokens), o.at})
		o.put(t.kind, t.start, t.end)
	case kRParen, kRBrack, kRBrace:
		o.closing(t)
	default:
		o.put(t.kind, t.start, t.end)
	}
	return true
}

// continues reports whether a statement goes on after a line that ends in the kind.
func continues(k lexer.TokenType) bool {
	switch k {
	case kArrow, kComma, kPlus, kMinus, kStar, kSlash, kPercent:
		return true
	}
	return false
}

// closing pairs a closing bracket with the last open one, or reports it.
func (o *outliner) closing(t token) {
	if t.kind == kRBrace && !o.inBraces() {
		o.closeToBrace(o.in[o.at-1].end)
	}
	n := len(o.open)
	if n > 0 && partner(o.open[n-1].kind) == t.kind {
		if t.kind == kRBrace {
			o.compareIndent(t)
		}
		o.pop(t.start, t.end)
		return
	}
	if n > 1 && t.kind != kRBrace && partner(o.open[n-2].kind) == t.kind && o.nextIs(partner(o.open[n-1].kind)) {
		o.crossed(t, o.in[o.at+1])
		return
	}
	if n > 1 && t.kind != kRBrace && partner(o.open[n-2].kind) == t.kind {
		end := o.in[o.at-1].end
		o.list.Add(o.unclosed(o.open[n-1], diag.Span{File: o.file, Start: end, End: end}, closer(partner(o.open[n-1].kind))))
		o.put(kIllegal, end, end)
		o.pop(end, end)
		o.pop(t.start, t.end)
		return
	}
	d := diag.Errorf(diag.Unopened, o.span(t), "`%s` closes nothing", closer(t.kind))
	switch {
	case n > 0 && o.open[n-1].kind != kLBrace && !o.nextIs(partner(o.open[n-1].kind)):
		open := o.open[n-1]
		d.Message = "`" + closer(t.kind) + "` cannot close `" + opener(open.kind) + "`"
		d.WithSecondary(o.span(o.in[open.in]), "opened here").
			WithHelp("write `"+closer(partner(open.kind))+"`", diag.Edit{Span: o.span(t), NewText: closer(partner(open.kind))})
		o.put(kIllegal, t.start, t.end)
		o.pop(t.end, t.end)
	case t.kind == kRBrace:
		d.WithHelp("remove it", diag.Edit{Span: o.span(t)})
	default:
		d.WithHelp("remove it", diag.Edit{Span: o.span(t)})
		o.put(kIllegal, t.start, t.end)
	}
	o.list.Add(d)
}

// nextIs reports whether the next token is of a kind, on the same line.
func (o *outliner) nextIs(kind lexer.TokenType) bool {
	return o.at+1 < len(o.in) && o.in[o.at+1].kind == kind && !o.in[o.at+1].newline
}

// crossed reports two closing brackets in the wrong order, and closes both.
func (o *outliner) crossed(t, next token) {
	open := o.open[len(o.open)-1]
	first, second := o.text[t.start:t.end], o.text[next.start:next.end]
	o.list.Add(diag.Errorf(diag.Unopened, o.span(t), "`%s` cannot close `%s`", first, opener(open.kind)).
		WithSecondary(o.span(o.in[open.in]), "opened here").
		WithHelp("close the inner one first", diag.Edit{Span: o.span(t), NewText: second}, diag.Edit{Span: o.span(next), NewText: first}))
	o.put(kIllegal, t.start, t.end)
	o.pop(t.start, t.end)
	o.pop(next.start, next.end)
	o.skip = o.at + 1
}

// pop closes the last open bracket by a token, which is empty when it was missing.
func (o *outliner) pop(start, end int) {
	open := o.open[len(o.open)-1]
	if open.kind == kLBrace {
		o.end(start)
	}
	o.open = o.open[:len(o.open)-1]
	o.out.tokens[open.index].Pos.Column = len(o.out.tokens)
	o.put(partner(open.kind), start, end)
}

// leftOpen reports whether the new line of t cannot belong to the open
// parenthesis or bracket: one value ends the line before and another begins
// this one, and this line does not close the parenthesis either.
func (o *outliner) leftOpen(t token) bool {
	if !endsValue(o.last()) || t.kind != kIdent {
		return false
	}
	depth := 0
	for i, u := range o.in[o.at:] {
		if i > 0 && u.newline {
			break
		}
		switch u.kind {
		case kLParen, kLBrack:
			depth++
		case kRParen, kRBrack:
			if depth--; depth < 0 {
				return false
			}
		}
	}
	return true
}

func endsValue(k lexer.TokenType) bool {
	switch k {
	case kIdent, kInt, kFloat, kString, kRParen, kRBrack:
		return true
	}
	return false
}

// startsDeclaration reports whether t, first on its line without a blank before
// it, can only be the head of a declaration.
func (o *outliner) startsDeclaration(t token) bool {
	if t.kind != kIdent || t.start > 0 && o.text[t.start-1] != '\n' || o.at+1 == len(o.in) {
		return false
	}
	switch next := o.in[o.at+1]; o.text[t.start:t.end] {
	case "model", "block", "train":
		return next.kind == kIdent && !next.newline
	}
	return false
}

func partner(k lexer.TokenType) lexer.TokenType {
	switch k {
	case kLParen:
		return kRParen
	case kLBrack:
		return kRBrack
	}
	return kRBrace
}

func opener(k lexer.TokenType) string {
	switch k {
	case kLParen:
		return "("
	case kLBrack:
		return "["
	}
	return "{"
}

func closer(k lexer.TokenType) string {
	switch k {
	case kRParen:
		return ")"
	case kRBrack:
		return "]"
	}
	return "}"
}
