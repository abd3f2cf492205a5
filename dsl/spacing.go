package dsl

import "github.com/alecthomas/participle/v2/lexer"

// space reports whether a blank separates t from the token before it on the same line.
func (f *formatter) space(t lexer.Token) bool {
	prev := f.prev
	switch prev.Type {
	case kLParen, kLBrack, kBy, kDot, kDots:
		return false
	case kMinus, kPlus, kStar, kSlash, kPercent:
		return !f.unary && f.wideOperator(prev)
	case kAssign:
		return f.top().params
	}
	switch t.Type {
	case kComma, kColon, kBy, kDot, kDots, kRParen, kRBrack:
		return false
	case kAssign:
		return f.top().params
	case kPlus, kStar, kSlash, kPercent:
		return f.wideOperator(t)
	case kMinus:
		return !f.afterOperand() || f.wideOperator(t)
	case kLParen:
		return f.spaceBeforeParen()
	case kLBrack:
		return !endsValue(prev.Type) || linkWord(prev.Value) || f.index == 1
	}
	return true
}

// afterOperand reports whether a minus behind the last token subtracts from it.
func (f *formatter) afterOperand() bool {
	key := f.index == 1 && (f.top().recipe || f.head == "repeat")
	return endsValue(f.prev.Type) && !linkWord(f.prev.Value) && !key
}

// wideOperator reports whether an operator has blanks around it: sums do except
// in an index, products only outside of brackets.
func (f *formatter) wideOperator(t lexer.Token) bool {
	switch t.Type {
	case kPlus, kMinus:
		return f.top().kind != kLBrack
	}
	return f.top().kind != kLBrack && f.top().kind != kLParen
}

// spaceBeforeParen tells arguments, which follow their name directly, from
// parentheses that stand for themselves.
func (f *formatter) spaceBeforeParen() bool {
	if f.prev.Type != kIdent {
		return true
	}
	outside := f.top().kind != kLParen && f.top().kind != kLBrack
	return linkWord(f.prev.Value) || outside && (f.head == "aux" || f.head == "repeat" && f.index == 1)
}
