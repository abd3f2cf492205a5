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
			if d := p.trouble(s, i, "").recognise(); d != nil {
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
	if d := p.trouble(s, i, wanted).recognise(); d != nil {
		return d
	}
	return p.trouble(s, i, wanted).unexpected(describeWanted(wanted))
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
	case "exprNode", "valuesNode":
		return "a value"
	case "tapNode":
		return "the name of a layer"
	case "valueNode":
		return "the name of a model"
	case "bodyNode":
		return "`{`"
	case "<end>":
		return "the end of the statement"
	case "":
		return "a statement"
	case `")"`:
		return "a parameter or `)`"
	case "chainNode":
		return "a layer or `{`"
	}
	return "`" + strings.Trim(symbol, `"`) + "`"
}

// notDeclaration explains a statement that cannot stand at the top level.
func (p *parser) notDeclaration(s statement) *diag.Diagnostic {
	t := p.tokens[s.first]
	at := p.span(t.Pos.Offset, endOf(t))
	words := []string{"net", "import", "model", "block", "train"}
	if t.Type != kIdent {
		return unexpectedAt(at, "a declaration", &t).WithNote("declarations start with `net`, `import`, `model`, `block` or `train`")
	}
	if d := diag.Errorf(diag.UnknownWord, at, "`%s` declares nothing", clip(t.Value)); d.DidYouMean(at, t.Value, words) {
		return d
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
		p.list.Add(reserved(n.Span, n.Text))
	}
}
