package dsl

import (
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

func (r *reader) args() (*Args, error) {
	open := r.Next()
	args := &Args{Span: span(open)}
	for r.Peek().Type != kRParen {
		a, err := r.arg()
		if err != nil {
			return nil, err
		}
		args.List = append(args.List, a)
		if t := r.Peek(); t.Type == kComma {
			r.Next()
		} else if t.Type != kRParen {
			return nil, r.afterArg(t, a)
		}
	}
	end := r.Peek()
	if end.Type != kRParen {
		return nil, unexpected(end, "`,` or `)`")
	}
	args.End = endOf(*r.Next())
	return args, nil
}

func (r *reader) arg() (*Arg, error) {
	first, err := r.rang()
	if err != nil {
		return nil, err
	}
	arg := &Arg{Span: first.At(), Value: first}
	switch t := r.Peek(); t.Type {
	case kAssign:
		name, ok := first.(*Name)
		if !ok {
			d := diag.Errorf(diag.KeySign, span(t), "only a name stands before `=`").
				WithSecondary(first.At(), "this is no name")
			if _, size := first.(*Size); size {
				d.WithHelp("a width behind a size follows `:`", diag.Edit{Span: span(t), NewText: ": "})
			}
			return nil, &mistake{d}
		}
		arg.Key = name
	case kColon:
		arg.Label = first
	default:
		return arg, nil
	}
	r.Next()
	if arg.Value, err = r.rang(); err != nil {
		return nil, err
	}
	if arg.Label != nil && r.Peek().Type == kArrow {
		r.Next()
		y, err := r.rang()
		if err != nil {
			return nil, err
		}
		arg.Value = &Arrow{join(arg.Value, y), arg.Value, y}
	}
	arg.End = arg.Value.At().End
	return arg, nil
}

// startsSizeTail reports whether a word that starts with x could continue a size.
func startsSizeTail(word string) bool { return len(word) > 1 && isDigit(word[1]) }

// afterArg explains a token that follows an argument without a comma.
func (r *reader) afterArg(t *lexer.Token, a *Arg) error {
	if !startsValue(t) {
		return unexpected(t, "`,` or `)`")
	}
	if prev := a.Value.At().End; t.Value[0] == 'x' && startsSizeTail(t.Value) {
		if _, ok := a.Value.(*Int); ok {
			return &mistake{diag.Errorf(diag.BadNumber, diag.Span{Start: a.Start, End: endOf(*t)}, "a size is written without blanks").
				WithFix("join its parts", diag.Edit{Span: diag.Span{Start: prev, End: t.Pos.Offset}})}
		}
	}
	if _, ok := a.Value.(*Int); ok && t.Value == "x" {
		r.Next()
		if next := r.Peek(); next.Type == kInt {
			return &mistake{diag.Errorf(diag.BadNumber, diag.Span{Start: a.Value.At().Start, End: endOf(*next)}, "a size is written without blanks").
				WithHelp("join its parts", diag.Edit{Span: diag.Span{Start: a.Value.At().End, End: t.Pos.Offset}},
					diag.Edit{Span: diag.Span{Start: endOf(*t), End: next.Pos.Offset}})}
		}
	}
	gap := diag.Span{Start: a.End, End: a.End}
	return &mistake{unexpected(t, "`,` or `)`").WithFix("separate arguments by commas", diag.Edit{Span: gap, NewText: ","})}
}
