package check

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// function is a word that computes a value out of others: `max(8, width/4)`.
type function struct {
	name  string
	args  string // as they are written: "x, m"
	doc   string
	least int // arguments
	most  int // -1 for any number
	apply func(*applied) value
}

// applied is one use of a function, with its arguments computed.
type applied struct {
	*scope
	call *dsl.Call
	args []value
}

// functions lists them all.
func functions() []*function {
	return []*function{
		{"min", "a, b, …", "the smallest of numbers, or of a list", 1, -1, func(a *applied) value { return a.extreme(-1) }},
		{"max", "a, b, …", "the largest of numbers, or of a list", 1, -1, func(a *applied) value { return a.extreme(1) }},
		{"floor", "x", "the whole number at or below x", 1, 1, func(a *applied) value { return a.whole(math.Floor) }},
		{"ceil", "x", "the whole number at or above x", 1, 1, func(a *applied) value { return a.whole(math.Ceil) }},
		{"round", "x", "the nearest whole number; halves go up", 1, 1, func(a *applied) value { return a.whole(halfUp) }},
		{"round_to", "x, m", "the nearest multiple of m, halves up, but m at least, and the next one where that loses more than a tenth of x", 2, 2, (*applied).roundTo},
		{"len", "list", "how many elements a list has", 1, 1, (*applied).length},
		{"sum", "list", "the sum of a list", 1, 1, (*applied).sum},
		{"channels", "", "how many channels, or features, come out of the layer in front", 0, 0, (*applied).channels},
	}
}

// Function is what a reference says of a function.
type Function struct{ Written, Doc string }

// Functions lists the functions of expressions.
func Functions() []Function {
	var all []Function
	for _, f := range functions() {
		all = append(all, Function{f.written(), f.doc})
	}
	return all
}

func halfUp(x float64) float64 { return math.Floor(x + 0.5) }

// written is the function as a file may use it: "round_to(x, m)".
func (f *function) written() string { return f.name + "(" + f.args + ")" }

// takes says how many arguments it has.
func (f *function) takes() string {
	switch {
	case f.most < 0:
		return "one value or more"
	case f.most == 0:
		return "no value"
	case f.most == 1:
		return "one value"
	}
	return fmt.Sprintf("%d values", f.most)
}

// apply computes a call in an expression.
func (s *scope) apply(x *dsl.Call) value {
	var f *function
	var names []string
	for _, g := range functions() {
		names = append(names, g.name)
		if g.name == x.Name.Text {
			f = g
		}
	}
	if f == nil {
		d := diag.Errorf(diag.UnknownName, x.Name.Span, "no function is called `%s`", x.Name.Text)
		d.WithNote("the functions are %s", strings.Join(names, ", "))
		suggest(d, x.Name, names)
		s.report(d)
		return value{}
	}
	a := &applied{scope: s, call: x}
	ok := true
	for _, arg := range x.Args.List {
		if arg.Key != nil || arg.Label != nil {
			s.errorf(diag.WrongForm, arg.Span, "`%s` takes values without a name", f.name).WithHelp("write " + f.written())
			return value{}
		}
		v := s.eval(arg.Value)
		a.args, ok = append(a.args, v), ok && v.known
	}
	switch n := len(a.args); {
	case n < f.least:
		s.errorf(diag.MissingArg, x.Span, "`%s` takes %s, found %d", f.name, f.takes(), n).WithHelp("write " + f.written())
		return value{}
	case f.most >= 0 && n > f.most:
		s.errorf(diag.ExtraArg, x.Args.List[f.most].Span, "`%s` takes %s, found %d", f.name, f.takes(), n).WithHelp("write " + f.written())
		return value{}
	case !ok:
		return value{}
	}
	return f.apply(a)
}

// number is the i-th argument, which must be one.
func (a *applied) number(i int) (v value, ok bool) {
	v = a.args[i]
	if v.kind != kindInt && v.kind != kindFloat {
		a.errorf(diag.WrongForm, a.call.Args.List[i].Span, "`%s` computes with numbers, found %s", a.call.Name.Text, v.describe())
		return v, false
	}
	return v, true
}

// list is the elements of the i-th argument, which must be a list.
func (a *applied) list(i int) (elems []value, ok bool) {
	v := a.args[i]
	if v.kind != kindInts && v.kind != kindFloats {
		a.errorf(diag.WrongForm, a.call.Args.List[i].Span, "`%s` takes a list, found %s", a.call.Name.Text, v.describe())
		return nil, false
	}
	for _, n := range v.n {
		elems = append(elems, intValue(n))
	}
	for _, f := range v.f {
		elems = append(elems, floatValue(f))
	}
	return elems, a.budget.spend(len(elems))
}

// compare orders two numbers.
func compare(x, y value) int {
	if x.kind == kindInt && y.kind == kindInt {
		return cmp.Compare(x.n[0], y.n[0])
	}
	return cmp.Compare(asFloat(x), asFloat(y))
}

// extreme picks the smallest argument, or the largest, or such an element of a
// list that is the only one. It is whole where all of them are.
func (a *applied) extreme(sign int) value {
	elems := a.args
	if len(a.args) == 1 {
		var ok bool
		if elems, ok = a.list(0); !ok {
			return value{}
		}
		if len(elems) == 0 {
			a.errorf(diag.OutOfRange, a.call.Span, "`%s` of an empty list", a.call.Name.Text)
			return value{}
		}
	} else {
		for i := range a.args {
			if _, ok := a.number(i); !ok {
				return value{}
			}
		}
	}
	best, whole := elems[0], true
	for _, v := range elems {
		whole = whole && v.kind == kindInt
		if compare(v, best) == sign {
			best = v
		}
	}
	if !whole {
		return floatValue(asFloat(best))
	}
	return best
}

// whole rounds a number.
func (a *applied) whole(round func(float64) float64) value {
	v, ok := a.number(0)
	if !ok || v.kind == kindInt {
		v.known = ok
		return v
	}
	return a.toInt(round(v.f[0]))
}

func (a *applied) toInt(f float64) value {
	if math.Abs(f) >= 1<<63 {
		a.errorf(diag.BadArithmetic, a.call.Span, "`%s` is too large", clip(a.call.Span.Text())).
			WithNote("whole numbers go up to %d", int64(math.MaxInt64))
		return value{}
	}
	return intValue(int64(f))
}

// roundTo makes a width a multiple of something, as MobileNet and its
// descendants do it.
func (a *applied) roundTo() value {
	x, ok := a.number(0)
	m, ok2 := a.number(1)
	if !ok || !ok2 {
		return value{}
	}
	if m.kind != kindInt || m.n[0] < 1 || m.n[0] > ir.MaxSize {
		a.errorf(diag.OutOfRange, a.call.Args.List[1].Span, "multiples are of a whole number from 1 to %d, not of %s", ir.MaxSize, m)
		return value{}
	}
	of := float64(m.n[0])
	n := max(of, math.Floor(math.Floor(asFloat(x)+of/2)/of)*of)
	if n < 0.9*asFloat(x) {
		n += of
	}
	return a.toInt(n)
}

func (a *applied) length() value {
	elems, ok := a.list(0)
	if !ok {
		return value{}
	}
	return intValue(int64(len(elems)))
}

func (a *applied) sum() value {
	elems, ok := a.list(0)
	total := intValue(0)
	for i, v := range elems {
		if i == 0 {
			total = v
			continue
		}
		total = a.arith(a.call.Span, dsl.Add, total, v, a.call.Span, a.call.Span)
	}
	total.known = total.known && ok
	return total
}

// channels is the number of channels of what the layer that is being written out
// reads.
func (a *applied) channels() value {
	if a.front == nil || a.front.value == nil {
		a.errorf(diag.NoInput, a.call.Span, "no layer stands in front, so there are no channels").
			WithHelp("use `channels()` in the arguments of a layer or a block, or in the defaults of a block")
		return value{}
	}
	s := a.front.value.Shape
	if s == nil {
		return value{} // its fault was reported
	}
	n, ok := s.Channels().Known()
	if !ok {
		a.errorf(diag.NeedsNumbers, a.call.Span, "the number of features in front is not known").
			WithLabel("in front is %s", s.Batched()).
			WithHelp("give the input's size as numbers")
		return value{}
	}
	return intValue(int64(n))
}

// front is what the layer that is being written out reads.
type front struct{ value *ir.Value }
