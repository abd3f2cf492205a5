package check

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// kind is the type of a value.
type kind uint8

const (
	kindInt kind = iota
	kindInts
	kindFloat
	kindBool
	kindWord
	kindSize
	kindFloats
	kindRange
	kindText
)

// kindNames are the types that a parameter may have, in the order of their kinds.
var kindNames = [...]string{"int", "ints", "float", "bool", "word", "size", "floats"}

func kindOf(name string) (kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return kind(i), true
		}
	}
	return 0, false
}

// value is what an expression comes to.
type value struct {
	kind  kind
	n     []int64   // int: one; ints, size: several
	f     []float64 // float: one; floats: several; range: two
	on    bool
	text  string // word, text
	known bool   // false after a fault that was reported

	at diag.Span // where a word is written
}

func intValue(n int64) value     { return value{kind: kindInt, n: []int64{n}, known: true} }
func floatValue(f float64) value { return value{kind: kindFloat, f: []float64{f}, known: true} }

// String writes the value as a file does.
func (v value) String() string {
	switch v.kind {
	case kindInt:
		return strconv.FormatInt(v.n[0], 10)
	case kindFloat:
		return strconv.FormatFloat(v.f[0], 'g', -1, 64)
	case kindBool:
		return strconv.FormatBool(v.on)
	case kindSize:
		return joined(v.n, "x")
	case kindInts:
		return "[" + joined(v.n, ", ") + "]"
	case kindFloats:
		return "[" + joined(v.f, ", ") + "]"
	case kindRange:
		return fmt.Sprintf("%v..%v", v.f[0], v.f[1])
	case kindText:
		return strconv.Quote(v.text)
	}
	return v.text
}

func joined[T any](list []T, sep string) string {
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = fmt.Sprint(x)
	}
	return strings.Join(parts, sep)
}

// describe names the kind of a value for a message: "a size, 5x5".
func (v value) describe() string {
	names := [...]string{"the whole number", "the list", "the number", "the truth value", "the word", "the size", "the list", "the range", "the text"}
	return names[v.kind] + " " + clip(v.String())
}

// scope is the names that are known in a body.
type scope struct {
	values map[string]value
	report func(*diag.Diagnostic)
	budget *budget
	front  *front // nil in recipes
	attrs  attributes
}

// fresh is a scope in which nothing is known yet, with room for n names.
func (s *scope) fresh(n int) *scope {
	return &scope{make(map[string]value, n), s.report, s.budget, s.front, s.attrs}
}

func (s *scope) with(name string, v value) *scope {
	s.budget.spend(len(s.values))
	inner := s.fresh(len(s.values) + 1)
	maps.Copy(inner.values, s.values)
	inner.values[name] = v
	return inner
}

func (s *scope) errorf(code diag.Code, at diag.Span, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, at, format, args...)
	s.report(d)
	return d
}

// eval computes an expression. A value that is not known has been reported, or
// the budget is used up.
func (s *scope) eval(x dsl.Expr) value {
	if !s.budget.spend(1) {
		return value{}
	}
	switch x := x.(type) {
	case *dsl.Int:
		n, err := strconv.ParseInt(x.Text, 10, 64)
		if err != nil {
			s.errorf(diag.BadArithmetic, x.Span, "the number %s is too large", clip(x.Text)).
				WithNote("whole numbers go up to %d", int64(math.MaxInt64))
			return value{}
		}
		return intValue(n)
	case *dsl.Float:
		f, err := strconv.ParseFloat(x.Text, 64)
		if err != nil {
			s.errorf(diag.BadArithmetic, x.Span, "the number %s is outside what a float holds", clip(x.Text))
			return value{}
		}
		return floatValue(f)
	case *dsl.Bool:
		return value{kind: kindBool, on: x.Value, known: true}
	case *dsl.String:
		return value{kind: kindText, text: x.Value, known: true}
	case *dsl.Name:
		return s.name(x)
	case *dsl.Paren:
		return s.eval(x.X)
	case *dsl.Size:
		return s.size(x)
	case *dsl.List:
		return s.list(x)
	case *dsl.Range:
		return s.rangeOf(x)
	case *dsl.Index:
		return s.index(x)
	case *dsl.Call:
		return s.apply(x)
	case *dsl.Unary:
		v := s.eval(x.X)
		return s.arith(x.Span, dsl.Sub, intValue(0), v, x.X.At(), x.X.At())
	case *dsl.Binary:
		a, b := s.eval(x.X), s.eval(x.Y)
		return s.arith(x.Span, x.Op, a, b, x.X.At(), x.Y.At())
	case nil:
		return value{}
	}
	s.errorf(diag.WrongForm, x.At(), "`%s` is not a value", clip(x.At().Text())).
		WithLabel("expected a number, a size, a list or a word")
	return value{}
}

func (s *scope) name(x *dsl.Name) value {
	if v, ok := s.values[x.Text]; ok {
		return v
	}
	s.budget.spend(len(s.values))
	known := make([]string, 0, len(s.values))
	for k := range s.values {
		known = append(known, k)
	}
	d := diag.Errorf(diag.UnknownName, x.Span, "nothing here is called `%s`", x.Text)
	suggest(d, x, sorted(known))
	if d.Help == "" {
		if len(known) == 0 {
			d.WithHelp("declare it as a parameter, or write its value")
		} else {
			d.WithNote("known here: %s", strings.Join(sorted(known), ", "))
			d.WithHelp("declare it as a parameter, or write its value")
		}
	}
	s.report(d)
	return value{}
}

func (s *scope) size(x *dsl.Size) value {
	v := value{kind: kindSize, known: true}
	for _, x := range x.Dims {
		e := s.eval(x)
		if !e.known {
			return value{}
		}
		if e.kind != kindInt {
			s.errorf(diag.WrongForm, x.At(), "expected a whole number, found %s", e.describe())
			return value{}
		}
		v.n = append(v.n, e.n[0])
	}
	return v
}

func (s *scope) list(x *dsl.List) value {
	ints := value{kind: kindInts, known: true}
	floats := value{kind: kindFloats, known: true}
	for _, e := range x.Elems {
		v, ok := s.number(e)
		if !ok {
			return value{}
		}
		if v.kind == kindInt {
			ints.n = append(ints.n, v.n[0])
		}
		floats.f = append(floats.f, asFloat(v))
	}
	if len(ints.n) == len(x.Elems) {
		return ints
	}
	return floats
}

// number computes an expression that comes to a whole number or a float.
func (s *scope) number(x dsl.Expr) (v value, ok bool) {
	v = s.eval(x)
	if !v.known {
		return v, false
	}
	if v.kind != kindInt && v.kind != kindFloat {
		s.errorf(diag.WrongForm, x.At(), "expected a number, found %s", v.describe())
		return v, false
	}
	return v, true
}

func (s *scope) rangeOf(x *dsl.Range) value {
	a, ok := s.number(x.Lo)
	b, ok2 := s.number(x.Hi)
	if !ok || !ok2 {
		return value{}
	}
	lo, hi := asFloat(a), asFloat(b)
	if lo > hi {
		s.errorf(diag.OutOfRange, x.Span, "the range %v..%v runs backwards", a, b).
			WithFix("put the smaller number first", diag.Edit{Span: x.Span, NewText: fmt.Sprintf("%v..%v", b, a)})
		return value{}
	}
	return value{kind: kindRange, f: []float64{lo, hi}, known: true}
}

func (s *scope) index(x *dsl.Index) value {
	list, at := s.eval(x.X), s.eval(x.Index)
	if !list.known || !at.known {
		return value{}
	}
	if list.kind != kindInts && list.kind != kindFloats {
		s.errorf(diag.WrongForm, x.X.At(), "only a list has elements; this is %s", list.describe())
		return value{}
	}
	if at.kind != kindInt {
		s.errorf(diag.WrongForm, x.Index.At(), "expected a whole number, found %s", at.describe())
		return value{}
	}
	i, n := at.n[0], len(list.n)+len(list.f)
	if i < 0 || i >= int64(n) {
		d := s.errorf(diag.OutOfRange, x.Index.At(), "the list has %d elements; there is no number %d", n, i).
			WithNote("the list is %s", clip(list.String()))
		if n > 0 {
			d.WithLabel("elements are numbered from 0 to %d", n-1)
		}
		return value{}
	}
	if list.kind == kindFloats {
		return floatValue(list.f[i])
	}
	return intValue(list.n[i])
}

// arith applies an operator to two numbers. Whole numbers stay whole and
// division of them rounds down; with a float the result is one.
func (s *scope) arith(at diag.Span, op dsl.Op, a, b value, atA, atB diag.Span) value {
	if !a.known || !b.known {
		return value{}
	}
	for _, side := range []struct {
		v  value
		at diag.Span
	}{{a, atA}, {b, atB}} {
		if side.v.kind != kindInt && side.v.kind != kindFloat {
			s.errorf(diag.WrongForm, side.at, "cannot compute with %s", side.v.describe())
			return value{}
		}
	}
	if a.kind == kindInt && b.kind == kindInt {
		n, problem := arithInt(op, a.n[0], b.n[0])
		if problem != "" {
			d := s.errorf(diag.BadArithmetic, at, "%s %s %s %s", a, op, b, problem)
			if problem == beyond {
				d.WithNote("whole numbers go from %d to %d", int64(math.MinInt64), int64(math.MaxInt64))
			}
			return value{}
		}
		return intValue(n)
	}
	x, y := asFloat(a), asFloat(b)
	var f float64
	switch op {
	case dsl.Add:
		f = x + y
	case dsl.Sub:
		f = x - y
	case dsl.Mul:
		f = x * y
	case dsl.Div:
		f = x / y
	case dsl.Mod:
		f = math.Mod(x, y)
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		s.errorf(diag.BadArithmetic, at, "%s %s %s is no finite number", a, op, b)
		return value{}
	}
	return floatValue(f)
}

func asFloat(v value) float64 {
	if v.kind == kindInt {
		return float64(v.n[0])
	}
	return v.f[0]
}

// beyond is what is wrong with a whole number outside of int64.
const beyond = "is out of range"

func arithInt(op dsl.Op, a, b int64) (n int64, problem string) {
	switch op {
	case dsl.Add:
		n = a + b
		if (n > a) != (b > 0) && b != 0 {
			return 0, beyond
		}
	case dsl.Sub:
		n = a - b
		if (n < a) != (b > 0) && b != 0 {
			return 0, beyond
		}
	case dsl.Mul:
		n = a * b
		if a != 0 && (n/a != b || a == -1 && b == math.MinInt64) {
			return 0, beyond
		}
	default:
		if b == 0 {
			return 0, "divides by zero"
		}
		if a == math.MinInt64 && b == -1 {
			return 0, beyond
		}
		q, r := a/b, a%b
		if r != 0 && (r < 0) != (b < 0) {
			q, r = q-1, r+b
		}
		if op == dsl.Mod {
			return r, ""
		}
		return q, ""
	}
	return n, ""
}

// clip shortens source text for a message.
func clip(s string) string {
	const most = 40
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	r := []rune(s)
	if len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
