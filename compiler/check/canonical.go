package check

import (
	"reflect"
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
			args = append(args, a.Key+"="+a.Text(field))
		}
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}
