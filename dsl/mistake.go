package dsl

import (
	"bytes"
	"errors"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// explain turns what participle says about a statement into a diagnostic.
func (p *parser) explain(s statement, err error) *diag.Diagnostic {
	var own *mistake
	if errors.As(err, &own) {
		p.anchor(own.Diagnostic)
		if i := p.tokenAt(s, own.Primary.Start); i >= 0 && own.Code == diag.Unexpected {
			if d := p.special(s, i, ""); d != nil {
				return d
			}
		}
		return own.Diagnostic
	}
	var other *participle.UnexpectedTokenError
	if !errors.As(err, &other) {
		return diag.Errorf(diag.Unexpected, p.spanOf(s), "this statement cannot be read")
	}
	i := other.Unexpected.Pos.Line
	wanted := firstWanted(other.Message())
	if d := p.special(s, i, wanted); d != nil {
		return d
	}
	d := unexpected(&p.tokens[i], describeWanted(wanted)).Diagnostic
	p.anchor(d)
	return d
}

// anchor puts the file into the spans of a diagnostic. One at the end of a
// statement points behind the last token.
func (p *parser) anchor(d *diag.Diagnostic) {
	d.Primary.File = p.source
	for i := range d.Secondary {
		d.Secondary[i].Span.File = p.source
	}
	for i := range d.Edits {
		d.Edits[i].Span.File = p.source
	}
}

// tokenAt is the index of the token of a statement that starts at an offset, or -1.
func (p *parser) tokenAt(s statement, offset int) int {
	for i := s.first; i <= s.end; i++ {
		if p.tokens[i].Pos.Offset == offset && (p.tokens[i].Value != "" || i == s.end) {
			return i
		}
	}
	return -1
}

// firstWanted is the first symbol of what participle expected: `":"`, a node's
// name, or "" where it did not say.
func firstWanted(message string) string {
	_, wanted, _ := strings.Cut(message, "(expected ")
	wanted = strings.TrimLeft(wanted, "(")
	if strings.HasPrefix(wanted, `"`) {
		if end := strings.IndexByte(wanted[1:], '"'); end >= 0 {
			return wanted[:end+2]
		}
	}
	if end := strings.IndexAny(wanted, " ()?"); end >= 0 {
		wanted = wanted[:end]
	}
	return wanted
}

// describeWanted names a symbol of the grammar for people.
func describeWanted(symbol string) string {
	switch symbol {
	case "nameNode", "Head", "OutputItem":
		return "a name"
	case "intNode":
		return "a whole number"
	case "stringNode":
		return "a text in double quotes"
	case "exprNode":
		return "a value"
	case "tapNode":
		return "the name of a layer"
	case "valueNode":
		return "the name of a model"
	case "bodyNode":
		return "`{`"
	case "Link":
		return "a layer"
	case "<end>":
		return "the end of the statement"
	case "":
		return "a statement"
	case `")"`:
		return "a parameter or `)`"
	case "Chain":
		return "a layer or `{`"
	}
	return "`" + strings.Trim(symbol, `"`) + "`"
}

// special recognises common mistakes at token i of a statement, where the
// grammar wanted something else; nil for all others.
func (p *parser) special(s statement, i int, wanted string) *diag.Diagnostic {
	t := p.tokens[i]
	at := p.span(t.Pos.Offset, endOf(t))
	var before lexer.Token
	if i > s.first {
		before = p.tokens[i-1]
	}
	behind := p.span(endOf(before), endOf(before))
	head := p.word(s, 0)
	switch {
	case before.Type == kArrow && (t.Type == kArrow || i == s.end) && wanted != "exprNode":
		return diag.Errorf(diag.StrayArrow, p.span(before.Pos.Offset, endOf(before)), "no layer follows `->`").
			WithHelp("remove the arrow or write the layer that it feeds")
	case t.Type == kArrow && i == s.first:
		return diag.Errorf(diag.StrayArrow, at, "no layer stands before `->`").
			WithHelp("remove the arrow: the layers of a body feed one another line by line", diag.Edit{Span: p.span(at.Start, p.tokens[i+1].Pos.Offset)})
	case t.Type == kArrow && i-2 > s.first && p.tokens[i-2].Value == "as":
		return diag.Errorf(diag.NameEndsChain, at, "a chain ends where it gets its name").
			WithSecondary(p.span(p.tokens[i-2].Pos.Offset, endOf(before)), "`%s` ends the chain", before.Value).
			WithHelp("put the rest on a line of its own", diag.Edit{Span: p.span(behind.End, p.tokens[i+1].Pos.Offset), NewText: "\n" + p.indentation(at.Start)})
	case t.Type == kAssign && wanted == `":"`:
		return diag.Errorf(diag.KeySign, at, "expected `:`, found `=`").
			WithHelp("the shape or type of a name follows `:`", diag.Edit{Span: p.span(behind.End, endOf(t)), NewText: ":"})
	case t.Type == kColon && wanted == `")"`:
		return diag.Errorf(diag.KeySign, at, "expected `=`, found `:`").
			WithHelp("a default follows `=`", diag.Edit{Span: p.span(behind.End, endOf(t)), NewText: " ="})
	case (t.Type == kAssign || t.Type == kColon) && wanted == "<end>" && i == s.first+1:
		return diag.Errorf(diag.KeySign, at, "`%s` takes no `%s`", clip(head), t.Value).
			WithHelp("the value follows the key", diag.Edit{Span: p.span(behind.End, p.tokens[i+1].Pos.Offset), NewText: " "})
	case wanted == "bodyNode" && head == "branch":
		d := unexpected(&t, "a layer or `{`").Diagnostic
		p.anchor(d)
		return d
	case wanted == "bodyNode" && t.Type != kIdent:
		if head != "model" && head != "block" && head != "train" && head != "aux" {
			head = "repeat"
		}
		return diag.Errorf(diag.NoBody, behind, "`%s` needs a body between braces", head).
			WithHelp("add it", diag.Edit{Span: behind, NewText: " {}"})
	case t.Type == kSlash && p.tokens[i+1].Type == kStar:
		return diag.Errorf(diag.Unexpected, p.span(at.Start, at.End+1), "there are no comments over several lines").
			WithHelp("start each line of the comment with `//`")
	case t.Type == kArrow && before.Type != kArrow && wanted == "" && i != s.first:
		d := unexpected(&t, "`,` or `)`").Diagnostic
		p.anchor(d)
		return d.WithHelp("widths joined by an arrow follow the name of their branch: 3x3: 96 -> 128")
	case t.Type == kIdent && linkWord(t.Value) && (wanted == "nameNode" || wanted == "Head"):
		return diag.Errorf(diag.ReservedWord, at, "`%s` is a word of the language and names nothing", t.Value).
			WithHelp("choose another name")
	case t.Type == kIdent && i > s.first && endsValue(before.Type) || t.Type == kIdent && before.Type == kRBrace:
		return p.twoStatements(s, i, wanted, at, behind)
	}
	return nil
}

// twoStatements explains a word where the statement should have ended.
func (p *parser) twoStatements(s statement, i int, wanted string, at, behind diag.Span) *diag.Diagnostic {
	word := p.tokens[i].Value
	if near, ok := diag.Nearest(word, []string{"as", "from", "in", "of", "on"}); ok && p.tokens[i+1].Type == kIdent {
		return diag.Errorf(diag.UnknownWord, at, "`%s` does not join two parts of a statement", clip(word)).
			WithHelp("did you mean `"+near+"`?", diag.Edit{Span: at, NewText: near})
	}
	if wanted != "<end>" {
		return nil
	}
	if i > s.first+1 && (s.entry || p.word(s, 0) == "output") {
		return diag.Errorf(diag.Unexpected, at, "expected `,` or the end of the statement, found `%s`", clip(word)).
			WithHelp("separate values by commas", diag.Edit{Span: behind, NewText: ","})
	}
	return diag.Errorf(diag.TwoStatements, at, "a second statement starts on this line").
		WithHelp("end the first by `;` or a new line", diag.Edit{Span: behind, NewText: ";"})
}

// notDeclaration explains a statement that cannot stand at the top level.
func (p *parser) notDeclaration(s statement) *diag.Diagnostic {
	t := p.tokens[s.first]
	at := p.span(t.Pos.Offset, endOf(t))
	words := []string{"net", "import", "model", "block", "train"}
	if t.Type != kIdent {
		return unexpectedAt(at, "a declaration", &t).WithNote("declarations start with `net`, `import`, `model`, `block` or `train`")
	}
	if near, ok := diag.Nearest(t.Value, words); ok {
		return diag.Errorf(diag.UnknownWord, at, "`%s` declares nothing", clip(t.Value)).
			WithHelp("did you mean `"+near+"`?", diag.Edit{Span: at, NewText: near})
	}
	if p.tokens[s.first+1].Type == kIdent {
		return diag.Errorf(diag.UnknownWord, at, "`%s` declares nothing", clip(t.Value)).
			WithNote("declarations start with `net`, `import`, `model`, `block` or `train`")
	}
	return diag.Errorf(diag.Misplaced, at, "`%s` stands outside of any model", clip(t.Value)).
		WithHelp("layers belong between the braces of a model or a block")
}

func unexpectedAt(at diag.Span, wanted string, t *lexer.Token) *diag.Diagnostic {
	return diag.Errorf(diag.Unexpected, at, "expected %s, found %s", wanted, describe(t))
}

// indentation is the blanks at the start of the line of an offset.
func (p *parser) indentation(offset int) string {
	line := p.source.Line(p.source.Position(offset).Line)
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// checkName reports a name that statements could not use because the language does.
func (p *parser) checkName(n *Name) {
	switch n.Text {
	case "input", "output", "aux", "branch", "repeat", "net", "import", "model", "block", "train", "true", "false":
		p.list.Add(diag.Errorf(diag.ReservedWord, n.Span, "`%s` is a word of the language and names nothing", n.Text).
			WithHelp("choose another name"))
	}
}

// before is the offset of the word that precedes an offset: `from` or `repeat`.
func (p *parser) before(offset int) int {
	i := offset
	for i > 0 && !isWord(p.source.Text[i-1]) {
		i--
	}
	for i > 0 && isWord(p.source.Text[i-1]) {
		i--
	}
	return i
}
