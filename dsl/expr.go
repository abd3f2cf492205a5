package dsl

import "github.com/netc-lang/netc/dsl/diag"

// Expr is a value: *Name, *Int, *Float, *Bool, *String, *Size, *List, *Paren,
// *Unary, *Binary, *Index, *Select, *Call, *Range, *Arrow or *On.
type Expr interface {
	Node
	expr()
}

// Name is an identifier, as an expression or wherever something is named.
//
//	same
type Name struct {
	diag.Span
	Text string
}

// Int is a whole number. It may be too large for any type: the checker tells.
//
//	64
type Int struct {
	diag.Span
	Text string // as written: digits
}

// Float is a number with a point or an exponent.
//
//	1e-3
type Float struct {
	diag.Span
	Text string // as written; strconv.ParseFloat reads it
}

// Bool is `true` or `false`.
type Bool struct {
	diag.Span
	Value bool
}

// String is a text in double quotes. `\"`, `\\`, `\n` and `\t` are its escapes.
//
//	"resnet50.safetensors"
type String struct {
	diag.Span
	Value string // without quotes, escapes resolved
}

// Size is two or more dimensions, each an *Int, a *Name or a *Paren.
//
//	5x5
//	3xHxW
//	(2*width)x28x28
type Size struct {
	diag.Span
	Dims []Expr
}

// List is values between brackets.
//
//	[3, 4, 6, 3]
type List struct {
	diag.Span
	Elems []Expr
}

// Paren is an expression in parentheses.
//
//	(width + 1)
type Paren struct {
	diag.Span
	X Expr
}

// Unary is a negated value.
//
//	-1
type Unary struct {
	diag.Span
	Op Op // Sub
	X  Expr
}

// Binary is arithmetic. Division of whole numbers rounds down.
//
//	4 * width
type Binary struct {
	diag.Span
	Op   Op
	X, Y Expr
}

// Index picks an element of a list or a numbered layer.
//
//	depths[0]
type Index struct {
	diag.Span
	X, Index Expr
}

// Select picks a layer within a named one.
//
//	c2[1].conv2
type Select struct {
	diag.Span
	X    Expr
	Name *Name
}

// Range is everything between two ends, both included.
//
//	0.35..1.0
//	stem..c5
type Range struct {
	diag.Span
	Lo, Hi Expr
}

// Arrow is one width feeding another.
//
//	96 -> 128
type Arrow struct {
	diag.Span
	X, Y Expr
}

// On is a loss applied to an output.
//
//	cross_entropy(smooth=0.1) on logits
type On struct {
	diag.Span
	X   Expr // *Name or *Call
	Tap Expr // *Name, *Index or *Select
}

// Op is an arithmetic operator.
type Op uint8

// The operators.
const (
	Add Op = iota
	Sub
	Mul
	Div
	Mod
)

func (o Op) String() string { return [...]string{"+", "-", "*", "/", "%"}[o] }

func (*Name) expr()   {}
func (*Int) expr()    {}
func (*Float) expr()  {}
func (*Bool) expr()   {}
func (*String) expr() {}
func (*Size) expr()   {}
func (*List) expr()   {}
func (*Paren) expr()  {}
func (*Unary) expr()  {}
func (*Binary) expr() {}
func (*Index) expr()  {}
func (*Select) expr() {}
func (*Call) expr()   {}
func (*Range) expr()  {}
func (*Arrow) expr()  {}
func (*On) expr()     {}
