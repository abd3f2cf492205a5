package expand

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// call writes an operator with its attributes: those that were written, and
// those that are not what they are when absent.
func call(n *ir.Node) string {
	defaults := reflect.ValueOf(n.Op.New()).Elem()
	values := reflect.ValueOf(n.Attrs).Elem()
	var args []string
	bare := map[ir.Form]bool{} // forms whose first place without a key was passed
	for _, a := range ir.Attributes(n.Attrs) {
		v, first := values.Field(a.Index), a.Pos && !bare[a.Form]
		bare[a.Form] = bare[a.Form] || a.Pos
		_, written := n.ArgSpans[a.Key]
		if !written && reflect.DeepEqual(v.Interface(), defaults.Field(a.Index).Interface()) {
			continue
		}
		switch text := text(a.Form, v); {
		case a.Form == ir.Pair && !first && v.Index(0).Int() == v.Index(1).Int():
			args = append(args, fmt.Sprintf("%s=%d", a.Key, v.Index(0).Int()))
		case a.Form == ir.Padding && text == "":
		case a.Form == ir.Padding, first:
			args = append(args, text)
		case a.Flag && a.Form == ir.Boolean && v.Bool():
			args = append(args, a.Key)
		default:
			args = append(args, a.Key+"="+text)
		}
	}
	if len(args) == 0 {
		return n.Op.Name
	}
	return n.Op.Name + "(" + strings.Join(args, ", ") + ")"
}

// text writes the value of an attribute in its form.
func text(form ir.Form, v reflect.Value) string {
	switch form {
	case ir.Number:
		return number(v.Float())
	case ir.Pair:
		return fmt.Sprintf("%dx%d", v.Index(0).Int(), v.Index(1).Int())
	case ir.Sides, ir.List, ir.Numbers:
		parts := make([]string, v.Len())
		for i := range parts {
			if parts[i] = fmt.Sprint(v.Index(i).Interface()); form == ir.Numbers {
				parts[i] = number(v.Index(i).Float())
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case ir.Span:
		return number(v.Field(0).Float()) + ".." + number(v.Field(1).Float())
	case ir.Links:
		return v.Interface().(ir.Table).String()
	case ir.Padding:
		return map[ir.Same]string{ir.SameBoth: "same", ir.SameTF: "same(tf)"}[v.Interface().(ir.Same)]
	}
	return fmt.Sprint(v.Interface())
}

// number writes a float as the language reads it.
func number(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
