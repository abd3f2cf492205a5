package ir

import (
	"fmt"
	"strings"
)

// Shape is the size of one image's value, without the batch: C,H,W for a
// feature map, or one length for a vector. A nil Shape is unknown: an error has
// been reported and whatever depends on it stays silent.
type Shape []Dim

// Map returns the shape of a feature map.
func Map(c, h, w Dim) Shape { return Shape{c, h, w} }

// Vector returns the shape of a flat value of n features.
func Vector(n Dim) Shape { return Shape{n} }

// IsMap reports whether the shape has channels, height and width.
func (s Shape) IsMap() bool { return len(s) == 3 }

// Channels is the number of channels of a map, or features of a vector.
func (s Shape) Channels() Dim { return s[0] }

// Elems is the number of elements of one image; ok is false while a size is
// symbolic or the product leaves int64.
func (s Shape) Elems() (n int64, ok bool) {
	n = 1
	for _, d := range s {
		v, known := d.Known()
		if !known {
			return 0, false
		}
		if n, ok = mul(n, int64(v)); !ok {
			return 0, false
		}
	}
	return n, true
}

// Ints returns the sizes as integers; ok is false while one is symbolic.
func (s Shape) Ints() (sizes []int, ok bool) {
	sizes = make([]int, len(s))
	for i, d := range s {
		if sizes[i], ok = d.Known(); !ok {
			return nil, false
		}
	}
	return sizes, true
}

// Equal reports whether two shapes have the same sizes for every image.
func (s Shape) Equal(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if !s[i].Equal(t[i]) {
			return false
		}
	}
	return true
}

// String writes the shape as a person reads it: "6×28×28", or "400".
func (s Shape) String() string {
	if s == nil {
		return "unknown"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return strings.Join(parts, "×")
}

// Batched writes the shape with the batch in front, as diagnostics show it.
func (s Shape) Batched() string {
	if s == nil {
		return "unknown"
	}
	return "N×" + s.String()
}

// Dim is one size: a number, or an expression in the model's symbolic sizes.
type Dim struct {
	n    int
	expr *expr // nil for a number
}

// expr is an expression over symbolic sizes. Children are never both numbers.
type expr struct {
	op   byte // 's' symbol, '+', '*', '/' (floor), '^' (ceil of a quotient)
	name string
	a, b Dim
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
		return Int(d.n + e.n)
	case d.expr == nil:
		return e.Plus(d)
	case e == Int(0):
		return d
	case e.expr == nil && d.expr.op == '+' && d.expr.b.expr == nil:
		return d.expr.a.Add(d.expr.b.n + e.n)
	}
	return Dim{expr: &expr{op: '+', a: d, b: e}}
}

// Times returns d·n.
func (d Dim) Times(n int) Dim {
	switch {
	case d.expr == nil:
		return Int(d.n * n)
	case n == 0:
		return Int(0)
	case n == 1:
		return d
	}
	return Dim{expr: &expr{op: '*', a: d, b: Int(n)}}
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
	}
	return Dim{expr: &expr{op: '/', a: d, b: Int(n)}}
}

// CeilDiv returns ⌈d/n⌉ for n ≥ 1.
func (d Dim) CeilDiv(n int) Dim {
	switch {
	case d.expr == nil:
		return Int(-Int(-d.n).FloorDiv(n).n)
	case n == 1:
		return d
	}
	return Dim{expr: &expr{op: '^', a: d, b: Int(n)}}
}

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
	case '/':
		return a.FloorDiv(b.n)
	}
	return a.CeilDiv(b.n)
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
	case '/':
		return fmt.Sprintf("⌊%v/%v⌋", e.a, e.b)
	}
	return fmt.Sprintf("⌈%v/%v⌉", e.a, e.b)
}

// MaxSize bounds every size of a shape, and MaxElems the elements of one image's
// value, so that what is computed from them stays in int64.
const (
	MaxSize  = 1 << 24
	MaxElems = 1 << 40
)
