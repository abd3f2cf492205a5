package dsl

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// maxOperators bounds the operators of one expression, and so the depth of its tree.
const maxOperators = 256

// mistake is a diagnostic on its way through participle. Its spans lack their
// file until the parser catches it.
type mistake struct{ *diag.Diagnostic }

func (m *mistake) Error() string   { return m.Diagnostic.Message }
func (m *mistake) Message() string { return m.Diagnostic.Message }
func (m *mistake) Position() lexer.Position {
	return lexer.Position{Offset: m.Primary.Start}
}

// span is the place of a token, without the file: see place.
func span(t *lexer.Token) diag.Span {
	return diag.Span{Start: t.Pos.Offset, End: endOf(*t)}
}

// unexpected is the mistake of finding t where something else should be.
func unexpected(t *lexer.Token, wanted string) *mistake {
	return &mistake{diag.Errorf(diag.Unexpected, span(t), "expected %s, found %s", wanted, describe(t))}
}

// describe names a token for a message.
func describe(t *lexer.Token) string {
	switch t.Type {
	case kEnd, lexer.EOF:
		return "the end of the statement"
	case kString:
		return "the text " + clip(t.Value)
	}
	return "`" + clip(t.Value) + "`"
}

// linkWords join parts of a statement and are no values.
func linkWord(s string) bool {
	switch s {
	case "as", "from", "in", "of", "on":
		return true
	}
	return false
}

func startsValue(t *lexer.Token) bool {
	switch t.Type {
	case kIdent:
		return !linkWord(t.Value)
	case kInt, kFloat, kString, kLParen, kLBrack, kMinus:
		return true
	}
	return false
}

func takeName(lex *lexer.PeekingLexer) *Name {
	t := lex.Next()
	return &Name{span(t), t.Value}
}

func takeString(lex *lexer.PeekingLexer) *String {
	t := lex.Next()
	text := t.Value[1 : len(t.Value)-1]
	if strings.Contains(text, `\`) {
		text = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(text)
	}
	return &String{span(t), text}
}

// reader parses one expression.
type reader struct {
	*lexer.PeekingLexer
	operators int
}

// parseExpr parses a range or anything below it.
func parseExpr(lex *lexer.PeekingLexer) (Expr, error) {
	r := reader{PeekingLexer: lex}
	return r.rang()
}

// parseTap parses a place in the network: c2, c2[1], c2[1].conv2.
func parseTap(lex *lexer.PeekingLexer) (Expr, error) {
	r := reader{PeekingLexer: lex}
	return r.tap()
}

// parseArgs parses arguments, parentheses included.
func parseArgs(lex *lexer.PeekingLexer) (*Args, error) {
	r := reader{PeekingLexer: lex}
	return r.args()
}

// operator counts one more operator.
func (r *reader) operator() error {
	if r.operators++; r.operators > maxOperators {
		return &mistake{diag.Errorf(diag.TooDeep, span(r.Peek()), "an expression has at most %d operators", maxOperators).
			WithHelp("split it")}
	}
	return nil
}

func join(x, y Expr) diag.Span { return diag.Span{Start: x.At().Start, End: y.At().End} }

func (r *reader) rang() (Expr, error) {
	x, err := r.sum()
	if err != nil || r.Peek().Type != kDots {
		return x, err
	}
	r.Next()
	y, err := r.sum()
	if err != nil {
		return nil, err
	}
	if t := r.Peek(); t.Type == kDots {
		return nil, &mistake{diag.Errorf(diag.Unexpected, span(t), "a range has two ends, this one three")}
	}
	return &Range{join(x, y), x, y}, nil
}

func (r *reader) sum() (Expr, error) {
	x, err := r.product()
	for err == nil {
		op := Add
		switch r.Peek().Type {
		case kPlus:
		case kMinus:
			op = Sub
		default:
			return x, nil
		}
		x, err = r.binary(x, op, r.product)
	}
	return nil, err
}

func (r *reader) product() (Expr, error) {
	x, err := r.sign()
	for err == nil {
		op := Mul
		switch r.Peek().Type {
		case kStar:
		case kSlash:
			op = Div
		case kPercent:
			op = Mod
		default:
			return x, nil
		}
		x, err = r.binary(x, op, r.sign)
	}
	return nil, err
}

func (r *reader) binary(x Expr, op Op, operand func() (Expr, error)) (Expr, error) {
	r.Next()
	if err := r.operator(); err != nil {
		return nil, err
	}
	y, err := operand()
	if err != nil {
		return nil, err
	}
	return &Binary{join(x, y), op, x, y}, nil
}

func (r *reader) sign() (Expr, error) {
	t := r.Peek()
	if t.Type != kMinus {
		return r.on()
	}
	r.Next()
	if next := r.Peek(); next.Type == kMinus {
		return nil, &mistake{diag.Errorf(diag.Unexpected, span(next), "one minus sign is enough")}
	}
	x, err := r.on()
	if err != nil {
		return nil, err
	}
	return &Unary{diag.Span{Start: t.Pos.Offset, End: x.At().End}, Sub, x}, nil
}

func (r *reader) on() (Expr, error) {
	x, err := r.postfix()
	if err != nil {
		return nil, err
	}
	if t := r.Peek(); t.Type != kIdent || t.Value != "on" {
		return x, nil
	}
	r.Next()
	tap, err := r.tap()
	if err != nil {
		return nil, err
	}
	return &On{join(x, tap), x, tap}, nil
}

// postfix parses a value with its indices and arguments.
func (r *reader) postfix() (Expr, error) {
	x, err := r.primary()
	if err != nil {
		return nil, err
	}
	if name, ok := x.(*Name); ok && r.Peek().Type == kLParen {
		args, err := r.args()
		if err != nil {
			return nil, err
		}
		return &Call{Span: diag.Span{Start: name.Start, End: args.End}, Name: name, Args: args}, nil
	}
	return r.path(x)
}

func (r *reader) tap() (Expr, error) {
	if t := r.Peek(); t.Type != kIdent || linkWord(t.Value) {
		return nil, unexpected(t, "the name of a layer")
	}
	return r.path(takeName(r.PeekingLexer))
}

// path parses indices and inner names behind x.
func (r *reader) path(x Expr) (Expr, error) {
	for {
		switch t := r.Peek(); t.Type {
		case kLBrack:
			r.Next()
			i, err := r.sum()
			if err != nil {
				return nil, err
			}
			end := r.Peek()
			if end.Type != kRBrack {
				return nil, unexpected(end, "`]`")
			}
			r.Next()
			x = &Index{diag.Span{Start: x.At().Start, End: endOf(*end)}, x, i}
		case kDot:
			r.Next()
			if t := r.Peek(); t.Type != kIdent {
				return nil, unexpected(t, "a name after `.`")
			}
			name := takeName(r.PeekingLexer)
			x = &Select{join(x, name), x, name}
		default:
			return x, nil
		}
		if err := r.operator(); err != nil {
			return nil, err
		}
	}
}

func (r *reader) primary() (Expr, error) {
	t := r.Peek()
	if !startsValue(t) {
		return nil, unexpected(t, "a value")
	}
	switch t.Type {
	case kIdent:
		name := takeName(r.PeekingLexer)
		if name.Text == "true" || name.Text == "false" {
			return &Bool{name.Span, name.Text == "true"}, nil
		}
		return r.size(name)
	case kInt:
		r.Next()
		return r.size(&Int{span(t), t.Value})
	case kFloat:
		r.Next()
		return &Float{span(t), t.Value}, nil
	case kString:
		return takeString(r.PeekingLexer), nil
	case kLBrack:
		return r.list()
	}
	x, err := r.paren()
	if err != nil {
		return nil, err
	}
	return r.size(x)
}

func (r *reader) paren() (Expr, error) {
	open := r.Next()
	x, err := r.rang()
	if err != nil {
		return nil, err
	}
	end := r.Peek()
	if end.Type != kRParen {
		return nil, unexpected(end, "`)`")
	}
	r.Next()
	return &Paren{diag.Span{Start: open.Pos.Offset, End: endOf(*end)}, x}, nil
}

func (r *reader) list() (Expr, error) {
	open := r.Next()
	var elems []Expr
	for r.Peek().Type != kRBrack {
		x, err := r.rang()
		if err != nil {
			return nil, err
		}
		elems = append(elems, x)
		if t := r.Peek(); t.Type == kComma {
			r.Next()
		} else if t.Type != kRBrack {
			return nil, unexpected(t, "`,` or `]`")
		}
	}
	end := r.Next()
	return &List{diag.Span{Start: open.Pos.Offset, End: endOf(*end)}, elems}, nil
}

// size parses further dimensions behind the first.
func (r *reader) size(first Expr) (Expr, error) {
	if r.Peek().Type != kBy {
		return first, nil
	}
	dims := []Expr{first}
	for r.Peek().Type == kBy {
		r.Next()
		var dim Expr
		switch t := r.Peek(); t.Type {
		case kInt:
			r.Next()
			dim = &Int{span(t), t.Value}
		case kIdent:
			dim = takeName(r.PeekingLexer)
		case kLParen:
			x, err := r.paren()
			if err != nil {
				return nil, err
			}
			dim = x
		default:
			return nil, unexpected(t, "a dimension")
		}
		dims = append(dims, dim)
	}
	return &Size{join(first, dims[len(dims)-1]), dims}, nil
}
