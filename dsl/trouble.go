package dsl

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// trouble is a token that does not fit.
type trouble struct {
	*parser
	s      statement
	i      int         // the token
	t      lexer.Token // the same
	at     diag.Span   // its place
	before lexer.Token // the one before it in the statement; zero for none
	behind diag.Span   // the end of that
	next   int         // where the one after it starts
	wanted string      // the symbol of the grammar that should have been there; "" where a value's parser said more
}

func (p *parser) trouble(s statement, i int, wanted string) *trouble {
	b := &trouble{parser: p, s: s, i: i, t: p.tokens[i], wanted: wanted}
	b.at = p.span(b.t.Pos.Offset, endOf(b.t))
	if i > s.first {
		b.before = p.tokens[i-1]
	}
	b.behind = p.span(endOf(b.before), endOf(b.before))
	b.next = p.tokens[min(i+1, len(p.tokens)-1)].Pos.Offset
	return b
}

// head is the first word of the statement.
func (b *trouble) head() string { return b.word(b.s, 0) }

// replace is an edit from the end of the token before to an offset.
func (b *trouble) replace(end int, text string) diag.Edit {
	return diag.Edit{Span: b.span(b.behind.End, end), NewText: text}
}

// unexpected is the plain diagnostic, for what has no better one.
func (b *trouble) unexpected(wanted string) *diag.Diagnostic {
	d := unexpected(&b.t, wanted).Diagnostic
	b.anchor(d)
	return d
}

// recognise explains common mistakes; nil for all others.
func (b *trouble) recognise() *diag.Diagnostic {
	switch {
	case b.before.Type == kArrow && (b.t.Type == kArrow || b.i == b.s.end) && b.wanted != "exprNode":
		return diag.Errorf(diag.StrayArrow, b.span(b.before.Pos.Offset, endOf(b.before)), "no layer follows `->`").
			WithHelp("remove the arrow or write the layer that it feeds")
	case b.wanted == "bodyNode" && b.head() == "branch":
		return b.unexpected("a layer or `{`")
	case b.wanted == "bodyNode" && b.t.Type != kIdent:
		return noBody(b.head(), b.behind)
	}
	switch b.t.Type {
	case kArrow:
		return b.arrow()
	case kAssign, kColon:
		return b.sign()
	case kSlash:
		if b.tokens[b.i+1].Type == kStar {
			return diag.Errorf(diag.Unexpected, b.span(b.at.Start, b.at.End+1), "there are no comments over several lines").
				WithHelp("start each line of the comment with `//`")
		}
	case kIdent:
		return b.ident()
	}
	return nil
}

// arrow explains an arrow where none can be.
func (b *trouble) arrow() *diag.Diagnostic {
	switch {
	case b.i == b.s.first:
		return diag.Errorf(diag.StrayArrow, b.at, "no layer stands before `->`").
			WithHelp("remove the arrow: the layers of a body feed one another line by line", diag.Edit{Span: b.span(b.at.Start, b.next)})
	case b.i-2 > b.s.first && (b.tokens[b.i-2].Value == "as" || b.tokens[b.i-2].Value == "was"):
		d := diag.Errorf(diag.NameEndsChain, b.at, "a chain ends where it gets its name").
			WithSecondary(b.span(b.tokens[b.i-2].Pos.Offset, b.behind.End), "`%s` ends the chain", b.before.Value)
		if b.head() == "branch" {
			return d.WithHelp("put braces around the lines of the branch: branch { … }")
		}
		return d.WithHelp("put the rest on a line of its own", b.replace(b.next, "\n"+b.indentation(b.at.Start)))
	case b.wanted == "" && !b.declares(b.s):
		return b.unexpected("`,` or `)`").WithHelp("widths joined by an arrow follow the name of their branch: 3x3: 96 -> 128")
	}
	return nil
}

// sign explains `:` and `=` that were mixed up.
func (b *trouble) sign() *diag.Diagnostic {
	switch {
	case b.t.Type == kAssign && b.wanted == `":"`:
		return diag.Errorf(diag.KeySign, b.at, "expected `:`, found `=`").
			WithFix("the shape or type of a name follows `:`", b.replace(b.at.End, ":"))
	case b.t.Type == kColon && b.wanted == "" && b.declares(b.s):
		return diag.Errorf(diag.KeySign, b.at, "expected `=`, found `:`").
			WithFix("a default follows `=`", b.replace(b.at.End, " ="))
	case b.wanted == "<end>" && b.i == b.s.first+1:
		return diag.Errorf(diag.KeySign, b.at, "`%s` takes no `%s`", clip(b.head()), b.t.Value).
			WithFix("the value follows the key", b.replace(b.next, " "))
	}
	return nil
}

// ident explains a word where the statement should have ended or gone on otherwise.
func (b *trouble) ident() *diag.Diagnostic {
	if linkWord(b.t.Value) && (b.wanted == "nameNode" || b.wanted == "Head") {
		return reserved(b.at, b.t.Value)
	}
	if b.before.Type != kRBrace && !endsValue(b.before.Type) {
		return nil
	}
	near, ok := diag.Nearest(b.t.Value, []string{"as", "from", "in", "of", "on"})
	chain := !b.s.entry && !b.declares(b.s) && b.head() != "output" && b.head() != "aux"
	switch {
	case b.t.Value == "from" && chain:
		return diag.Errorf(diag.Misplaced, b.at, "`from` can only start a chain").
			WithHelp("start a new line with it", b.replace(b.at.Start, "\n"+b.indentation(b.at.Start)))
	case ok && b.tokens[b.i+1].Type == kIdent:
		d := diag.Errorf(diag.UnknownWord, b.at, "`%s` does not join two parts of a statement", clip(b.t.Value))
		if near == "from" && chain {
			return d.WithHelp("`from` stands at the start of a line, followed by the name of a layer")
		}
		return d.WithHelp("did you mean `"+near+"`?", diag.Edit{Span: b.at, NewText: near})
	case b.wanted != "<end>":
		return nil
	case b.i > b.s.first+1 && (b.s.entry || b.head() == "output"):
		return diag.Errorf(diag.Unexpected, b.at, "expected `,` or the end of the statement, found `%s`", clip(b.t.Value)).
			WithFix("separate values by commas", diag.Edit{Span: b.behind, NewText: ","})
	}
	return diag.Errorf(diag.TwoStatements, b.at, "a second statement starts on this line").
		WithHelp("end the first by `;` or a new line", diag.Edit{Span: b.behind, NewText: ";"})
}
