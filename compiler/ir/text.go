package ir

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// Text is a value of the attribute in the form in which the language writes it.
// Numbers have as many digits as tell them from all others.
func (a Attribute) Text(v reflect.Value) string {
	switch a.Form {
	case Integer:
		return strconv.FormatInt(v.Int(), 10)
	case Number:
		return NumberText(v.Float())
	case Boolean:
		return strconv.FormatBool(v.Bool())
	case Word:
		return v.String()
	case Span:
		return NumberText(v.Field(0).Float()) + ".." + NumberText(v.Field(1).Float())
	case Pair:
		return fmt.Sprintf("%dx%d", v.Index(0).Int(), v.Index(1).Int())
	case Sides, List, Numbers:
		items := make([]string, v.Len())
		for i := range items {
			if a.Form == Numbers {
				items[i] = NumberText(v.Index(i).Float())
			} else {
				items[i] = strconv.FormatInt(v.Index(i).Int(), 10)
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	case Links:
		return v.Interface().(Table).String()
	}
	panic(fmt.Sprintf("ir: no value has the form %s in text", a.Form))
}

// String writes the table as the language does.
func (t Table) String() string {
	lists := make([]string, len(t.Lists))
	for i, l := range t.Lists {
		lists[i] = strings.ReplaceAll(fmt.Sprint(l), " ", ", ")
	}
	joined := strings.Join(lists, ", ")
	switch {
	case t.Rule == "":
		return "[" + joined + "]"
	case joined == "":
		return t.Rule
	}
	return t.Rule + "(" + joined + ")"
}

// NumberText is x as a decimal fraction where that is short, else with an exponent.
func NumberText(x float64) string {
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e15) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
