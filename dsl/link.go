package dsl

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// Parse reads layers joined by arrows, and the name of the whole.
func (n *chainNode) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); t.Type != kIdent || linkWord(t.Value) && t.Value != "from" {
		return participle.NextMatch
	}
	for {
		link, err := parseLink(lex)
		if err != nil {
			return err
		}
		n.links = append(n.links, link)
		if lex.Peek().Type != kArrow {
			break
		}
		arrow := lex.Next()
		if t := lex.Peek(); t.Type == kIdent && startsStatement(t.Value) {
			return &mistake{diag.Errorf(diag.StrayArrow, span(arrow), "no layer follows `->`").
				WithLabel("`%s` is no layer", t.Value).
				WithHelp("remove the arrow or write the layer that it feeds")}
		}
	}
	if t := lex.Peek(); t.Type != kIdent || t.Value != "as" {
		return nil
	}
	lex.Next()
	switch t := lex.Peek(); {
	case t.Type != kIdent:
		return unexpected(t, "a name")
	case linkWord(t.Value):
		return &mistake{reserved(span(t), t.Value)}
	}
	n.as = takeName(lex)
	if t := lex.Peek(); t.Type != kIdent || t.Value != "was" {
		return nil
	}
	lex.Next()
	was, err := parseTap(lex)
	n.was = was
	return err
}

// startsStatement reports whether a word begins a statement that is no chain.
func startsStatement(word string) bool {
	switch word {
	case "input", "output", "aux", "branch":
		return true
	}
	return false
}

// parseLink reads a layer, a repeat or a from.
func parseLink(lex *lexer.PeekingLexer) (n linkNode, err error) {
	switch t := lex.Peek(); {
	case t.Type == kIdent && t.Value == "from":
		err = n.parseFrom(lex)
	case t.Type != kIdent || linkWord(t.Value):
		err = unexpected(t, "a layer")
	case t.Value == "repeat":
		err = n.parseRepeat(lex)
	default:
		err = n.parseCall(lex)
	}
	return n, err
}

// parseFrom reads: from c3[1].conv2
func (n *linkNode) parseFrom(lex *lexer.PeekingLexer) error {
	at := span(lex.Next())
	tap, err := parseTap(lex)
	if err != nil {
		return err
	}
	at.End = tap.At().End
	n.Link = &From{at, tap}
	return nil
}

// parseRepeat reads: repeat i in n { … }
func (n *linkNode) parseRepeat(lex *lexer.PeekingLexer) error {
	r := &Repeat{Span: span(lex.Next())}
	count, err := parseExpr(lex)
	if err != nil {
		return err
	}
	if t := lex.Peek(); t.Type == kIdent && t.Value == "in" {
		name, ok := count.(*Name)
		if !ok {
			return &mistake{diag.Errorf(diag.Unexpected, count.At(), "expected a name for the index before `in`").
				WithHelp("write: repeat i in n { … }")}
		}
		lex.Next()
		r.Index = name
		if count, err = parseExpr(lex); err != nil {
			return err
		}
	}
	r.Count = count
	if t := lex.Peek(); t.Type != kLBrace {
		if t.Type == kIdent {
			return unexpected(t, "`{`")
		}
		return &mistake{noBody("repeat", diag.Span{Start: count.At().End, End: count.At().End})}
	}
	n.Link = r
	return n.takeBody(lex, &r.Span)
}

// parseCall reads: residual(project=auto) { … }
func (n *linkNode) parseCall(lex *lexer.PeekingLexer) (err error) {
	name := takeName(lex)
	c := &Call{Span: name.Span, Name: name}
	n.Link = c
	if lex.Peek().Type == kLParen {
		if c.Args, err = parseArgs(lex); err != nil {
			return err
		}
		c.End = c.Args.End
	}
	if lex.Peek().Type == kLBrace {
		return n.takeBody(lex, &c.Span)
	}
	return nil
}

// takeBody steps over braces and extends the span of their owner.
func (n *linkNode) takeBody(lex *lexer.PeekingLexer, owner *diag.Span) error {
	err := n.body.Parse(lex)
	owner.End = n.body.end
	return err
}

// noBody is the mistake of leaving out the braces of a statement, which belong at a place.
func noBody(word string, where diag.Span) *diag.Diagnostic {
	return diag.Errorf(diag.NoBody, where, "`%s` needs a body between braces", word).
		WithHelp("add it", diag.Edit{Span: where, NewText: " {}"})
}

// reserved is the mistake of naming something by a word of the language.
func reserved(at diag.Span, word string) *diag.Diagnostic {
	return diag.Errorf(diag.ReservedWord, at, "`%s` is a word of the language and names nothing", word).
		WithHelp("choose another name")
}
