package dsl

import (
	"fmt"
	"io"

	"github.com/alecthomas/participle/v2/lexer"
)

// The kinds of tokens. Punctuation is one kind each, named by its spelling in symbols.
const (
	kIdent lexer.TokenType = iota + 1
	kInt
	kFloat
	kString
	kBy      // the x between the dimensions of a size, glued to both
	kArrow   // ->
	kDots    // ..
	kLParen  // (
	kRParen  // )
	kLBrace  // {
	kRBrace  // }
	kLBrack  // [
	kRBrack  // ]
	kComma   // ,
	kColon   // :
	kAssign  // =
	kDot     // .
	kPlus    // +
	kMinus   // -
	kStar    // *
	kSlash   // /
	kPercent // %
	kSemi    // ; (only between scan and structure)
	kEnd     // the end of a statement: a new line, `;`, or nothing before a closing brace
	kIllegal // what no rule knows; a diagnostic was given
)

// token is a piece of text between blanks.
type token struct {
	kind       lexer.TokenType
	start, end int
	newline    bool // a line end lies between it and the token before
}

// vocabulary is the token kinds as participle wants to be told of them. It
// makes no lexers: the parser hands participle the tokens it has.
type vocabulary struct{}

// Symbols names the kinds that the grammar refers to; punctuation it matches by spelling.
func (vocabulary) Symbols() map[string]lexer.TokenType {
	return map[string]lexer.TokenType{"EOF": lexer.EOF, "Ident": kIdent, "End": kEnd}
}

// Lex is required by lexer.Definition.
func (vocabulary) Lex(string, io.Reader) (lexer.Lexer, error) {
	return nil, fmt.Errorf("dsl: tokens come from scan")
}

// stream plays tokens to participle, and then EOF.
type stream []lexer.Token

// Next returns the next token.
func (s *stream) Next() (lexer.Token, error) {
	if len(*s) == 0 {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	t := (*s)[0]
	*s = (*s)[1:]
	return t, nil
}
