package dsl

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

func (n *nameNode) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); t.Type != kIdent || linkWord(t.Value) {
		return participle.NextMatch
	}
	n.Name = takeName(lex)
	return nil
}

func (n *intNode) Parse(lex *lexer.PeekingLexer) error {
	t := lex.Peek()
	if t.Type != kInt {
		return participle.NextMatch
	}
	lex.Next()
	n.Int = &Int{span(t), t.Value}
	return nil
}

func (n *stringNode) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek(); t.Type != kString {
		return participle.NextMatch
	}
	n.String = takeString(lex)
	return nil
}

func (n *exprNode) Parse(lex *lexer.PeekingLexer) (err error) {
	if !startsValue(lex.Peek()) {
		return participle.NextMatch
	}
	n.Expr, err = parseExpr(lex)
	return err
}

func (n *tapNode) Parse(lex *lexer.PeekingLexer) (err error) {
	if lex.Peek().Type != kIdent {
		return participle.NextMatch
	}
	n.Expr, err = parseTap(lex)
	return err
}

func (n *valueNode) Parse(lex *lexer.PeekingLexer) (err error) {
	if lex.Peek().Type != kIdent {
		return participle.NextMatch
	}
	name := takeName(lex)
	n.Call = &Call{Span: name.Span, Name: name}
	if lex.Peek().Type == kLParen {
		if n.Call.Args, err = parseArgs(lex); err != nil {
			return err
		}
		n.Call.End = n.Call.Args.End
	}
	return nil
}

func (n *argsNode) Parse(lex *lexer.PeekingLexer) (err error) {
	if lex.Peek().Type != kLParen {
		return participle.NextMatch
	}
	n.Args, err = parseArgs(lex)
	return err
}

func (n *valuesNode) Parse(lex *lexer.PeekingLexer) error {
	if !startsValue(lex.Peek()) {
		return participle.NextMatch
	}
	for {
		x, err := parseExpr(lex)
		if err != nil {
			return err
		}
		n.values = append(n.values, x)
		if lex.Peek().Type != kComma {
			return nil
		}
		lex.Next()
	}
}

func (*commaNode) Parse(lex *lexer.PeekingLexer) error {
	switch t := lex.Peek(); t.Type {
	case kComma:
		lex.Next()
	case kRParen:
	default:
		return unexpected(t, "`,` or `)`")
	}
	return nil
}

func (n *bodyNode) Parse(lex *lexer.PeekingLexer) error {
	open := lex.Peek()
	if open.Type != kLBrace {
		return participle.NextMatch
	}
	lex.Next()
	n.start, n.inside, n.last = open.Pos.Offset, lex.MakeCheckpoint(), open.Pos.Column
	closing := n.inside.RawCursor() - 1 + lexer.RawCursor(n.last-open.Pos.Line)
	lex.FastForward(closing)
	n.end = endOf(lex.Range(closing, closing+1)[0])
	return nil
}

func endOf(t lexer.Token) int { return t.Pos.Offset + len(t.Value) }
