package ir

import (
	"fmt"
	"reflect"
	"strings"
)

// Call writes a node's operator with its attributes: those that were written,
// and those that are not what they are when absent.
func (n *Node) Call() string {
	defaults := reflect.ValueOf(n.Op.New()).Elem()
	values := reflect.ValueOf(n.Attrs).Elem()
	var args []string
	bare := map[Form]bool{} // forms whose first place without a key was passed
	for _, a := range Attributes(n.Attrs) {
		v, first := values.Field(a.Index), a.Pos && !bare[a.Form]
		bare[a.Form] = bare[a.Form] || a.Pos
		_, written := n.ArgSpans[a.Key]
		if !written && reflect.DeepEqual(v.Interface(), defaults.Field(a.Index).Interface()) {
			continue
		}
		text := ""
		if a.Form == Padding {
			text = map[Same]string{SameBoth: "same", SameTF: "same(tf)"}[v.Interface().(Same)]
		} else {
			text = a.Text(v)
		}
		switch {
		case a.Form == Pair && !first && v.Index(0).Int() == v.Index(1).Int():
			args = append(args, fmt.Sprintf("%s=%d", a.Key, v.Index(0).Int()))
		case a.Form == Padding && text == "":
		case a.Form == Padding, first:
			args = append(args, text)
		case a.Flag && a.Form == Boolean && v.Bool():
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
