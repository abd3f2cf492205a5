package ir

import (
	"fmt"
	"math"
)

// Dim is one size: a number, or an expression in the model's symbolic sizes.
type Dim struct {
	n    int
	expr *expr // nil for a number
}

// expr is an expression over symbolic sizes. Children are never both numbers.
//
// A chain of windows keeps one form however long it is, ⌊(H+c)/n⌋: numbers are
// added below the division, divisions multiply, and a quotient rounded up is
// written as one rounded down.
type expr struct {
	op   byte // 's' symbol, '+', '*', '/' (rounded down)
	name string
	a, b Dim
	deep int // operations on the longest way to a symbol
}

// dimOf returns the expression of an operation.
func dimOf(op byte, a, b Dim) Dim {
	return Dim{expr: &expr{op: op, a: a, b: b, deep: 1 + max(a.deep(), b.deep())}}
}

func (d Dim) deep() int {
	if d.expr == nil {
		return 0
	}
	return d.expr.deep
}

// Int returns a known size.
func Int(n int) Dim { return Dim{n: n} }

// Symbol returns a size that the model leaves open, such as H.
func Symbol(name string) Dim { return Dim{expr: &expr{op: 's', name: name}} }

// Known returns the number, and whether there is one.
func (d Dim) Known() (int, bool) { return d.n, d.expr == nil }

// Add returns d+n.
func (d Dim) Add(n int) Dim { return d.Plus(Int(n)) }

// Plus returns d+e.
func (d Dim) Plus(e Dim) Dim {
	switch {
	case d.expr == nil && e.expr == nil:
		return Int(add(d.n, e.n))
	case d.expr == nil:
		return e.Plus(d)
	case e == Int(0):
		return d
	case e.expr == nil && d.expr.op == '+' && d.expr.b.expr == nil:
		return d.expr.a.Add(add(d.expr.b.n, e.n))
	case e.expr == nil && d.expr.op == '/':
		return dimOf('/', d.expr.a.Add(times(e.n, d.expr.b.n)), d.expr.b)
	}
	return dimOf('+', d, e)
}

// Times returns d·n.
func (d Dim) Times(n int) Dim {
	switch {
	case d.expr == nil:
		return Int(times(d.n, n))
	case n == 0:
		return Int(0)
	case n == 1:
		return d
	}
	return dimOf('*', d, Int(n))
}

// FloorDiv returns ⌊d/n⌋ for n ≥ 1.
func (d Dim) FloorDiv(n int) Dim {
	switch {
	case d.expr == nil:
		q := d.n / n
		if d.n%n < 0 {
			q--
		}
		return Int(q)
	case n == 1:
		return d
	case d.expr.op == '/':
		return dimOf('/', d.expr.a, Int(times(d.expr.b.n, n)))
	}
	return dimOf('/', d, Int(n))
}

// CeilDiv returns ⌈d/n⌉ for n ≥ 1.
func (d Dim) CeilDiv(n int) Dim { return d.Add(n - 1).FloorDiv(n) }

// Equal reports whether both are the same number or the same expression.
func (d Dim) Equal(e Dim) bool {
	if d.expr == nil || e.expr == nil {
		return d == e
	}
	x, y := d.expr, e.expr
	return x == y || x.op == y.op && x.name == y.name && x.a.Equal(y.a) && x.b.Equal(y.b)
}

// At returns the size with symbols replaced by numbers; a symbol without one stays.
func (d Dim) At(sizes map[string]int) Dim {
	if d.expr == nil {
		return d
	}
	a, b := d.expr.a.At(sizes), d.expr.b.At(sizes)
	switch d.expr.op {
	case 's':
		if n, ok := sizes[d.expr.name]; ok {
			return Int(n)
		}
		return d
	case '+':
		return a.Plus(b)
	case '*':
		return a.Times(b.n)
	}
	return a.FloorDiv(b.n)
}

func (d Dim) String() string {
	if d.expr == nil {
		return fmt.Sprint(d.n)
	}
	e := d.expr
	switch e.op {
	case 's':
		return e.name
	case '+':
		if n, ok := e.b.Known(); ok && n < 0 {
			return fmt.Sprintf("(%v-%d)", e.a, -n)
		}
		return fmt.Sprintf("(%v+%v)", e.a, e.b)
	case '*':
		return fmt.Sprintf("%v·%v", e.b, e.a)
	}
	// ⌊(a+n-1)/n⌋ is ⌈a/n⌉; the form with the smaller number reads better.
	n, c := e.b.n, 0
	if e.a.expr.op == '+' && e.a.expr.b.expr == nil {
		c = e.a.expr.b.n
	}
	if up := c - (n - 1); max(up, -up) < max(c, -c) {
		return fmt.Sprintf("⌈%v/%d⌉", e.a.Add(1-n), n)
	}
	return fmt.Sprintf("⌊%v/%d⌋", e.a, n)
}

// farthest is the number, of either sign, that stands for all beyond it. It is
// out of every bound.
const farthest = math.MaxInt

func add(a, b int) int {
	switch {
	case b > 0 && a > farthest-b:
		return farthest
	case b < 0 && a < -farthest-b:
		return -farthest
	}
	return a + b
}

func times(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case max(a, -a) <= farthest/max(b, -b):
		return a * b
	case (a < 0) == (b < 0):
		return farthest
	}
	return -farthest
}
