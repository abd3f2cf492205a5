package check

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// bind gives the parameters of a model their values.
func (s *scope) bind(name *dsl.Name, params []*dsl.Param, args *dsl.Args, overrides map[string]string) *scope {
	return s.bindFrom(s, name, params, args, overrides, name)
}

// bindFrom evaluates arguments where they are written, and defaults among the
// parameters before them. Parameters without a value are unknown, which has
// been reported at the call.
func (s *scope) bindFrom(caller *scope, name *dsl.Name, params []*dsl.Param, args *dsl.Args, overrides map[string]string, call *dsl.Name) *scope {
	s.budget.spend(len(params))
	given := map[string]value{}
	places := map[string]diag.Span{}
	next, lost := 0, false
	if args != nil {
		for _, a := range args.List {
			if !caller.bindArg(a, name, params, given, places, &next) {
				lost = true
			}
		}
	}
	for _, p := range params {
		v, ok := given[p.Name.Text]
		if text, set := overrides[p.Name.Text]; set {
			v, ok = caller.override(p, text), true
		}
		switch {
		case ok:
		case p.Default != nil:
			v = s.argument(p, p.Default)
		case lost: // it may be what could not be placed
		default:
			d := diag.Errorf(diag.NoArgument, call.Span, "`%s` needs a value for `%s`", name.Text, p.Name.Text).
				WithSecondary(p.Span, "declared here without a default").
				WithHelp("write " + name.Text + "(" + p.Name.Text + "=…), or give the parameter a default")
			s.report(d)
		}
		s.values[p.Name.Text] = v
	}
	return s
}

// bindArg places one argument. It returns false, after reporting, for one that
// has no place.
func (s *scope) bindArg(a *dsl.Arg, name *dsl.Name, params []*dsl.Param, given map[string]value, places map[string]diag.Span, next *int) bool {
	var p *dsl.Param
	switch {
	case a.Label != nil:
		s.errorf(diag.WrongForm, a.Span, "`%s` takes no labelled arguments", name.Text).WithHelp("write key=value")
		return false
	case a.Key == nil:
		if *next >= len(params) {
			d := s.errorf(diag.ExtraArg, a.Span, "`%s` has %s; this is one too many", name.Text, parameters(len(params))).
				WithSecondary(name.Span, "declared here")
			if len(params) > 0 && len(params) < 20 {
				d.WithNote("its parameters are %s", strings.Join(paramNames(params), ", "))
			}
			d.WithHelp("leave it out")
			return false
		}
		p = params[*next]
		*next++
	default:
		s.budget.spend(len(params))
		i := slices.IndexFunc(params, func(q *dsl.Param) bool { return q.Name.Text == a.Key.Text })
		if i >= 0 {
			p = params[i]
		} else {
			known := paramNames(params)
			d := diag.Errorf(diag.UnknownKey, a.Key.Span, "`%s` has no parameter `%s`", name.Text, a.Key.Text)
			if len(known) > 0 {
				d.WithNote("its parameters are %s", strings.Join(known, ", "))
			}
			suggest(d, a.Key, known)
			s.report(d)
			return false
		}
	}
	if first, twice := places[p.Name.Text]; twice {
		if a.Key == nil && p != params[slices.IndexFunc(params, func(q *dsl.Param) bool { return q.Name.Text == p.Name.Text })] {
			return true // the parameter is declared twice, which was reported
		}
		s.errorf(diag.RepeatedArg, a.Span, "`%s` is given twice", p.Name.Text).
			WithLabel("given again").WithSecondary(first, "first given here").WithHelp("keep one of them")
		return true
	}
	places[p.Name.Text] = a.Span
	given[p.Name.Text] = s.argument(p, a.Value)
	return true
}

func paramNames(params []*dsl.Param) []string {
	names := make([]string, len(params))
	for i, p := range params {
		names[i] = p.Name.Text
	}
	return names
}

// parameters counts parameters in words.
func parameters(n int) string {
	switch n {
	case 0:
		return "no parameters"
	case 1:
		return "1 parameter"
	}
	return strconv.Itoa(n) + " parameters"
}

// argument computes what a parameter is given. A name that is no parameter in
// sight is a word where one is expected.
func (s *scope) argument(p *dsl.Param, x dsl.Expr) value {
	if word, ok := x.(*dsl.Name); ok && p.Type != nil && p.Type.Text == "word" {
		if _, bound := s.values[word.Text]; !bound {
			return value{kind: kindWord, text: word.Text, known: true, at: word.Span}
		}
	}
	return s.convert(p, s.eval(x), x.At())
}

// convert makes a value one of the parameter's type, or reports that it is not.
func (s *scope) convert(p *dsl.Param, v value, at diag.Span) value {
	if !v.known || p.Type == nil {
		return value{}
	}
	want, ok := kindOf(p.Type.Text)
	switch {
	case !ok: // the type was reported
		return value{}
	case v.kind == want:
		return v
	case want == kindFloat && v.kind == kindInt:
		return floatValue(float64(v.n[0]))
	case want == kindFloats && v.kind == kindInts:
		list := value{kind: kindFloats, known: true}
		for _, n := range v.n {
			list.f = append(list.f, float64(n))
		}
		return list
	case want == kindSize && v.kind == kindInt:
		return value{kind: kindSize, n: []int64{v.n[0], v.n[0]}, known: true}
	case want == kindWord && v.kind == kindText:
		v.kind, v.at = kindWord, at
		return v
	}
	s.errorf(diag.WrongForm, at, "`%s` is of type %s, found %s", p.Name.Text, p.Type.Text, v.describe()).
		WithSecondary(p.Span, "declared here")
	return value{}
}

// override reads a parameter's value from the command line.
func (s *scope) override(p *dsl.Param, text string) value {
	v, ok := parseOverride(p, text)
	if !ok {
		s.errorf(diag.WrongForm, p.Span, "`%s` cannot be set to %q", p.Name.Text, text).
			WithLabel("is of type %s", p.Type.Text)
		return value{} // what it would have been is not known
	}
	v.at = p.Span
	return v
}

// parseOverride reads the text of `--set name=text` as the parameter's type.
func parseOverride(p *dsl.Param, text string) (v value, ok bool) {
	if p.Type == nil {
		return v, false
	}
	k, _ := kindOf(p.Type.Text)
	v = value{kind: k, known: true}
	var err error
	switch k {
	case kindInt:
		var n int64
		n, err = parseInt(text)
		v.n = []int64{n}
	case kindFloat:
		var f float64
		f, err = parseFloat(text)
		v.f = []float64{f}
	case kindBool:
		v.on, err = strconv.ParseBool(text)
	case kindInts:
		v.n, err = numbers(strings.Trim(text, "[]"), ",", parseInt)
	case kindFloats:
		v.f, err = numbers(strings.Trim(text, "[]"), ",", parseFloat)
	case kindSize:
		if v.n, err = numbers(text, "x", parseInt); len(v.n) == 1 {
			v.n = append(v.n, v.n[0])
		}
	case kindWord:
		v.text = text
	}
	return v, err == nil
}

func parseInt(text string) (int64, error) { return strconv.ParseInt(text, 10, 64) }

func parseFloat(text string) (float64, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && (math.IsInf(f, 0) || math.IsNaN(f)) {
		err = strconv.ErrRange
	}
	return f, err
}

// numbers reads the parts of a text.
func numbers[T any](text, sep string, parse func(string) (T, error)) (list []T, err error) {
	for _, part := range strings.Split(text, sep) {
		n, err := parse(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}
