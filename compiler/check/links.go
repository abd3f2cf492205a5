package check

import (
	"reflect"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// links reads which inputs each output has: the word of a rule, a rule with lists
// in parentheses, or a list of lists.
func (d *decoder) links(attr ir.Attribute, x dsl.Expr) {
	var t ir.Table
	ok := false
	switch x := x.(type) {
	case *dsl.List:
		if len(x.Elems) == 0 {
			d.fail(diag.WrongForm, x.Span, "the list of lists is empty").
				WithHelp("write for instance `" + attr.Key + "=[[0, 1], [1, 2]]`")
			return
		}
		t.Lists, ok = d.lists(attr, x.Elems)
	case *dsl.Call:
		if !d.rule(attr, x.Name.Text, x.Name.Span) {
			return
		}
		t.Rule = x.Name.Text
		var elems []dsl.Expr
		for _, a := range arguments(x.Args) {
			if a.Key != nil || a.Label != nil {
				d.fail(diag.WrongForm, a.Span, "`%s` takes lists without a key", t.Rule).
					WithHelp("write for instance `" + attr.Key + "=" + t.Rule + "([8, 8], [3, 3])`")
				return
			}
			elems = append(elems, a.Value)
		}
		t.Lists, ok = d.lists(attr, elems)
	case *dsl.Name:
		t.Rule, ok = d.tableWord(x)
		ok = ok && d.rule(attr, t.Rule, x.Span)
	default:
		d.fail(diag.WrongForm, x.At(), "`%s` of `%s` takes %s, found `%s`", attr.Key, d.name.Text, written(attr), clip(x.At().Text())).
			WithHelp("write for instance `" + attr.Key + "=[[0, 1], [1, 2]]`")
		return
	}
	if !ok {
		d.ok = false
		return
	}
	d.into.Field(attr.Index).Set(reflect.ValueOf(t))
}

// arguments lists what stands between parentheses, if there are any.
func arguments(args *dsl.Args) []*dsl.Arg {
	if args == nil {
		return nil
	}
	return args.List
}

// tableWord is the word that a name stands for: itself, or a parameter's value.
func (d *decoder) tableWord(x *dsl.Name) (word string, ok bool) {
	v, bound := d.values[x.Text]
	switch {
	case !bound:
		return x.Text, true
	case !v.known:
		return "", false
	case v.kind != kindWord:
		d.fail(diag.WrongForm, x.Span, "`%s` is %s, where a rule or a list of lists belongs", x.Text, v.describe())
		return "", false
	}
	return v.text, true
}

// rule reports a word that is no rule of the attribute.
func (d *decoder) rule(attr ir.Attribute, word string, at diag.Span) bool {
	for _, w := range attr.OneOf {
		if w == word {
			return true
		}
	}
	e := d.fail(diag.UnknownName, at, "`%s` of `%s` cannot be `%s`", attr.Key, d.name.Text, word).
		WithNote("it is %s", written(attr))
	if near, ok := diag.Nearest(word, attr.OneOf); ok {
		e.WithHelp("did you mean `"+near+"`?", diag.Edit{Span: at, NewText: near})
	}
	return false
}

// lists computes lists of whole numbers.
func (d *decoder) lists(attr ir.Attribute, elems []dsl.Expr) (lists [][]int, ok bool) {
	for _, x := range elems {
		v := d.eval(x)
		if !v.known {
			return nil, false
		}
		if v.kind != kindInts {
			d.fail(diag.WrongForm, x.At(), "a list of whole numbers belongs here, found %s", v.describe()).
				WithHelp("write for instance `[0, 1]`")
			return nil, false
		}
		list := make([]int, len(v.n))
		for i, n := range v.n {
			if !d.within(attr, x.At(), float64(n)) {
				return nil, false
			}
			list[i] = int(n)
		}
		lists = append(lists, list)
	}
	return lists, true
}
