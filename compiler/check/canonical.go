package check

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// canonical writes decoded settings as the language does, in the order of their
// declaration: sgd(lr=0.05, momentum=0.9, nesterov). A run recognises its own
// settings by this text, however they were written, so equal texts mean equal
// settings, also should a default change. What is zero, and is so in the prototype as
// well, is left out, so a setting that is added later changes no text.
func canonical(name string, settings, prototype any) string {
	v, zero := reflect.ValueOf(settings).Elem(), reflect.ValueOf(prototype).Elem()
	var args []string
	for _, a := range ir.Attributes(settings) {
		field := v.Field(a.Index)
		if !a.Required && field.IsZero() && zero.Field(a.Index).IsZero() {
			continue
		}
		switch {
		case a.Flag && a.Form == ir.Boolean && field.Bool():
			args = append(args, a.Key)
		case a.Pos && a.Form == ir.Word:
			args = append(args, field.String())
		default:
			args = append(args, a.Key+"="+settingText(a.Form, field))
		}
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// settingText is a value in the form in which the language writes it. Numbers have
// as many digits as tell them from all others.
func settingText(form ir.Form, v reflect.Value) string {
	switch form {
	case ir.Integer:
		return strconv.FormatInt(v.Int(), 10)
	case ir.Number:
		return number(v.Float())
	case ir.Boolean:
		return strconv.FormatBool(v.Bool())
	case ir.Word:
		return v.String()
	case ir.Span:
		return number(v.Field(0).Float()) + ".." + number(v.Field(1).Float())
	case ir.Pair:
		return fmt.Sprintf("%dx%d", v.Index(0).Int(), v.Index(1).Int())
	case ir.Sides, ir.List, ir.Numbers:
		items := make([]string, v.Len())
		for i := range items {
			if form == ir.Numbers {
				items[i] = number(v.Index(i).Float())
			} else {
				items[i] = strconv.FormatInt(v.Index(i).Int(), 10)
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	panic(fmt.Sprintf("check: a setting of a recipe has the form %s, which is an operator's alone", form))
}

// number is x as a decimal fraction where that is short, else with an exponent.
func number(x float64) string {
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
