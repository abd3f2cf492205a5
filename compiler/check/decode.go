package check

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// attributes keeps what the tags of the structs decoded so far declare.
type attributes map[reflect.Type][]ir.Attribute

func (a attributes) of(into any) []ir.Attribute {
	t := reflect.TypeOf(into)
	list, known := a[t]
	if !known {
		list = ir.Attributes(into)
		a[t] = list
	}
	return list
}

// decoder fills a struct of attributes from the arguments of one call.
type decoder struct {
	*scope
	name  *dsl.Name // what is called
	attrs []ir.Attribute
	into  reflect.Value
	spans map[string]diag.Span // of the attributes written so far
	ok    bool
}

// decode fills the struct that into points to. It returns where each attribute
// was written, and whether all was well; faults have been reported.
func (s *scope) decode(name *dsl.Name, args *dsl.Args, into any) (map[string]diag.Span, bool) {
	d := &decoder{s, name, s.attrs.of(into), reflect.ValueOf(into).Elem(), nil, true}
	if args != nil {
		d.spans = make(map[string]diag.Span, len(args.List))
		for _, a := range args.List {
			d.argument(a)
		}
	}
	for _, a := range d.attrs {
		if _, set := d.spans[a.Key]; a.Required && !set && d.ok {
			d.fail(diag.MissingArg, name.Span, "`%s` needs its `%s`", name.Text, a.Key).
				WithNote("%s: %s", a.Key, a.Doc).
				WithHelp("write " + example(name.Text, d.attrs))
		}
	}
	return d.spans, d.ok
}

func (d *decoder) fail(code diag.Code, at diag.Span, format string, args ...any) *diag.Diagnostic {
	d.ok = false
	return d.errorf(code, at, format, args...)
}

func (d *decoder) argument(a *dsl.Arg) {
	if !d.budget.spend(1) {
		d.ok = false
		return
	}
	switch {
	case a.Label != nil:
		d.fail(diag.WrongForm, a.Span, "`%s` takes no labelled arguments", d.name.Text).
			WithHelp("write key=value")
	case a.Key != nil:
		d.keyed(a)
	default:
		d.positional(a.Value)
	}
}

func (d *decoder) keyed(a *dsl.Arg) {
	for _, attr := range d.attrs {
		if attr.Key != a.Key.Text {
			continue
		}
		if !d.claim(attr, a.Span) {
			return
		}
		if word, ok := a.Value.(*dsl.Name); ok && attr.Form == ir.Word {
			if _, shadowed := d.values[word.Text]; !shadowed {
				d.word(attr, word.Text, word.Span)
				return
			}
		}
		if attr.Form == ir.Links {
			d.links(attr, a.Value)
			return
		}
		if v := d.eval(a.Value); v.known {
			d.assign(attr, v, a.Value.At())
		} else {
			d.ok = false
		}
		return
	}
	keys := make([]string, len(d.attrs))
	for i, attr := range d.attrs {
		keys[i] = attr.Key
	}
	d.ok = false
	e := diag.Errorf(diag.UnknownKey, a.Key.Span, "`%s` has no setting `%s`", d.name.Text, a.Key.Text)
	if len(keys) == 0 {
		e.WithHelp("it takes no arguments")
	} else {
		e.WithNote("its settings are %s", strings.Join(keys, ", "))
		suggest(e, a.Key, keys)
	}
	d.report(e)
}

// positional places an argument by its form.
func (d *decoder) positional(x dsl.Expr) {
	switch x := x.(type) {
	case *dsl.Name:
		if attr, ok := d.flag(x.Text); ok {
			d.setFlag(attr, x.Span)
			return
		}
		if attr, ok := d.wordPlace(x.Text); ok {
			if d.claim(attr, x.Span) {
				d.word(attr, x.Text, x.Span)
			}
			return
		}
		if _, ok := d.values[x.Text]; !ok {
			d.unknownWord(x)
			return
		}
	case *dsl.Call:
		if attr, ok := d.flag(x.Name.Text); ok && attr.Form == ir.Padding {
			d.sameOf(attr, x)
			return
		}
	}
	v := d.eval(x)
	if !v.known {
		d.ok = false
		return
	}
	if v.kind == kindWord {
		if attr, ok := d.flag(v.text); ok {
			d.setFlag(attr, x.At())
			return
		}
		if attr, ok := d.wordPlace(v.text); ok && d.claim(attr, x.At()) {
			d.word(attr, v.text, x.At())
			return
		}
	}
	d.byForm(v, x.At())
}

// byForm gives a value to the first place that takes its form.
func (d *decoder) byForm(v value, at diag.Span) {
	var taken *ir.Attribute
	for i, attr := range d.attrs {
		if !attr.Pos || !takes(attr.Form, v.kind) {
			continue
		}
		if _, set := d.spans[attr.Key]; !set {
			d.spans[attr.Key] = at
			d.assign(attr, v, at)
			return
		}
		taken = &d.attrs[i]
	}
	if taken != nil {
		code := diag.RepeatedArg
		if v.kind == kindInt {
			code = diag.TwoNumbers
		}
		e := d.fail(code, at, "`%s` already has its %s; what is %s?", d.name.Text, taken.Key, v).
			WithSecondary(d.spans[taken.Key], "the %s", taken.Key)
		d.advise(e, v, at)
		return
	}
	e := d.fail(diag.ExtraArg, at, "`%s` has no place for %s", d.name.Text, v.describe())
	d.advise(e, v, at)
}

// advise says what the author of a misplaced value may have meant.
func (d *decoder) advise(e *diag.Diagnostic, v value, at diag.Span) {
	if len(d.attrs) == 0 {
		e.WithHelp("it takes no arguments")
		return
	}
	for _, attr := range d.attrs {
		if _, set := d.spans[attr.Key]; set {
			continue
		}
		if attr.Form == ir.Pair && attr.Pos && v.kind == kindInt {
			square := fmt.Sprintf("%dx%d", v.n[0], v.n[0])
			e.WithHelp("write "+square+" for the "+attr.Key, diag.Edit{Span: at, NewText: square})
			return
		}
	}
	for _, attr := range d.attrs {
		if len(attr.OneOf) > 0 && !slices.Contains(attr.OneOf, v.text) {
			continue
		}
		if _, set := d.spans[attr.Key]; !set && !attr.Pos && likely(attr.Form, v.kind) {
			e.WithHelp(fmt.Sprintf("give it its key, such as %s=%s", attr.Key, v), diag.Edit{Span: at.Head(), NewText: attr.Key + "="})
			return
		}
	}
	e.WithHelp("write " + example(d.name.Text, d.attrs))
}

// likely reports whether a value without a key may have been meant for an
// attribute of a form. A whole number is rarely meant for one of fractions.
func likely(f ir.Form, k kind) bool {
	if k == kindInt {
		return f == ir.Integer || f == ir.Pair
	}
	return takes(f, k) && f != ir.Sides
}

// claim marks an attribute as written, or reports that it already was.
func (d *decoder) claim(attr ir.Attribute, at diag.Span) bool {
	if first, set := d.spans[attr.Key]; set {
		d.fail(diag.RepeatedArg, at, "`%s` is given twice", attr.Key).
			WithLabel("given again").
			WithSecondary(first, "first given here").
			WithHelp("keep one of them")
		return false
	}
	d.spans[attr.Key] = at
	return true
}

func (d *decoder) flag(word string) (ir.Attribute, bool) {
	for _, attr := range d.attrs {
		if attr.Flag && attr.Key == word {
			return attr, true
		}
	}
	return ir.Attribute{}, false
}

// wordPlace finds the positional attribute that has this word among its words.
func (d *decoder) wordPlace(word string) (ir.Attribute, bool) {
	for _, attr := range d.attrs {
		if attr.Pos && attr.Form == ir.Word {
			for _, w := range attr.OneOf {
				if w == word {
					return attr, true
				}
			}
		}
	}
	return ir.Attribute{}, false
}

func (d *decoder) setFlag(attr ir.Attribute, at diag.Span) {
	if !d.claim(attr, at) {
		return
	}
	if attr.Form == ir.Padding {
		d.into.Field(attr.Index).Set(reflect.ValueOf(ir.SameBoth))
		return
	}
	d.into.Field(attr.Index).SetBool(true)
}

// sameOf reads `same(tf)`.
func (d *decoder) sameOf(attr ir.Attribute, x *dsl.Call) {
	if !d.claim(attr, x.Span) {
		return
	}
	if x.Args != nil && len(x.Args.List) == 1 {
		if word, ok := x.Args.List[0].Value.(*dsl.Name); ok && x.Args.List[0].Key == nil && word.Text == "tf" {
			d.into.Field(attr.Index).Set(reflect.ValueOf(ir.SameTF))
			return
		}
	}
	d.fail(diag.WrongForm, x.Span, "`%s` is no form of `same`", clip(x.Span.Text())).
		WithHelp("write `same`, or `same(tf)` for TensorFlow's padding")
}

func (d *decoder) unknownWord(x *dsl.Name) {
	var words []string
	for _, attr := range d.attrs {
		if attr.Flag {
			words = append(words, attr.Key)
		}
		if attr.Pos && attr.Form == ir.Word {
			words = append(words, attr.OneOf...)
		}
	}
	d.ok = false
	e := diag.Errorf(diag.UnknownName, x.Span, "`%s` knows no `%s`", d.name.Text, x.Text)
	candidates := words
	for k := range d.values {
		candidates = append(candidates, k)
	}
	suggest(e, x, candidates)
	if len(words) > 0 {
		e.WithNote("its words are %s", strings.Join(words, ", "))
	}
	if e.Help == "" {
		e.WithHelp("write " + example(d.name.Text, d.attrs))
	}
	d.report(e)
}

func (d *decoder) word(attr ir.Attribute, word string, at diag.Span) {
	for _, w := range attr.OneOf {
		if w == word {
			d.into.Field(attr.Index).SetString(word)
			return
		}
	}
	if attr.OneOf == nil {
		d.into.Field(attr.Index).SetString(word)
		return
	}
	e := d.fail(diag.UnknownName, at, "`%s` of `%s` cannot be `%s`", attr.Key, d.name.Text, word).
		WithNote("it is one of %s", strings.Join(attr.OneOf, ", "))
	e.DidYouMean(at, word, attr.OneOf)
}

// takes reports whether an attribute of this form takes a value of this kind.
func takes(f ir.Form, k kind) bool {
	switch f {
	case ir.Integer:
		return k == kindInt
	case ir.Number:
		return k == kindInt || k == kindFloat
	case ir.Boolean:
		return k == kindBool
	case ir.Word:
		return k == kindWord || k == kindText
	case ir.Pair:
		return k == kindSize
	case ir.Sides:
		return k == kindInt || k == kindSize || k == kindInts
	case ir.List:
		return k == kindInts
	case ir.Numbers:
		return k == kindInts || k == kindFloats
	case ir.Span:
		return k == kindRange
	}
	return false
}

// assign stores a value in the attribute's field, or reports why it cannot.
func (d *decoder) assign(attr ir.Attribute, v value, at diag.Span) {
	field := d.into.Field(attr.Index)
	switch {
	case attr.Form == ir.Integer && v.kind == kindInt:
		if d.within(attr, at, float64(v.n[0])) {
			field.SetInt(v.n[0])
		}
		return
	case attr.Form == ir.Number && (v.kind == kindInt || v.kind == kindFloat):
		if f := asFloat(v); d.within(attr, at, f) {
			field.SetFloat(f)
		}
		return
	case attr.Form == ir.Boolean && v.kind == kindBool:
		field.SetBool(v.on)
		return
	case attr.Form == ir.Word && (v.kind == kindWord || v.kind == kindText):
		d.word(attr, v.text, at)
		return
	case attr.Form == ir.Pair && v.kind == kindInt:
		d.ints(attr, field, at, v.n[0], v.n[0])
		return
	case attr.Form == ir.Pair && v.kind == kindSize && len(v.n) == 2:
		d.ints(attr, field, at, v.n...)
		return
	case attr.Form == ir.Sides && v.kind == kindInt:
		d.ints(attr, field, at, v.n[0], v.n[0], v.n[0], v.n[0])
		return
	case attr.Form == ir.Sides && v.kind == kindSize && len(v.n) == 2:
		d.ints(attr, field, at, v.n[0], v.n[0], v.n[1], v.n[1])
		return
	case attr.Form == ir.Sides && v.kind == kindInts && len(v.n) == 4:
		d.ints(attr, field, at, v.n...)
		return
	case attr.Form == ir.List && v.kind == kindInts:
		list := make([]int, len(v.n))
		for i, n := range v.n {
			if !d.within(attr, at, float64(n)) {
				return
			}
			list[i] = int(n)
		}
		field.Set(reflect.ValueOf(list))
		return
	case attr.Form == ir.Numbers && (v.kind == kindInts || v.kind == kindFloats):
		list := append([]float64(nil), v.f...)
		for _, n := range v.n {
			list = append(list, float64(n))
		}
		for _, f := range list {
			if !d.within(attr, at, f) {
				return
			}
		}
		field.Set(reflect.ValueOf(list))
		return
	case attr.Form == ir.Span && v.kind == kindRange:
		for i, f := range v.f {
			if !d.within(attr, at, f) {
				return
			}
			field.Field(i).SetFloat(f)
		}
		return
	}
	d.fail(diag.WrongForm, at, "`%s` of `%s` takes %s, found %s", attr.Key, d.name.Text, written(attr), v.describe()).
		WithHelp("write for instance `" + sample(attr) + "`")
}

func (d *decoder) ints(attr ir.Attribute, field reflect.Value, at diag.Span, list ...int64) {
	for i, n := range list {
		if !d.within(attr, at, float64(n)) {
			return
		}
		field.Index(i).SetInt(n)
	}
}

// maxSetting bounds every number of an attribute, so that sizes computed from
// them stay far from overflow.
const maxSetting = 1 << 24

func (d *decoder) within(attr ir.Attribute, at diag.Span, f float64) bool {
	lo, hi := -float64(maxSetting), float64(maxSetting)
	if attr.Min != nil {
		lo = *attr.Min
	}
	if attr.Max != nil {
		hi = *attr.Max
	}
	if lo <= f && f <= hi {
		return true
	}
	bounds := "from " + plain(lo) + " to " + plain(hi)
	switch {
	case attr.Max == nil && f < lo:
		bounds = "at least " + plain(lo)
	case attr.Min == nil && f > hi, attr.Max == nil:
		bounds = "at most " + plain(hi)
	}
	d.fail(diag.OutOfRange, at, "`%s` of `%s` is %s, but must be %s", attr.Key, d.name.Text, plain(f), bounds)
	return false
}
