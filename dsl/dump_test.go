package dsl

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/netc-lang/netc/dsl/diag"
)

// dump prints a tree without places: one line a statement, nodes as (Type field …).
func dump(n Node) string {
	var b strings.Builder
	dumpValue(&b, reflect.ValueOf(n), "\n")
	return strings.TrimLeft(b.String(), "\n") + "\n"
}

func dumpValue(b *strings.Builder, v reflect.Value, newline string) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("-")
			return
		}
		if _, ok := v.Interface().(*diag.File); ok {
			return
		}
		dumpValue(b, v.Elem(), newline)
	case reflect.Slice:
		for i := range v.Len() {
			b.WriteString(" ")
			dumpValue(b, v.Index(i), newline)
		}
	case reflect.Struct:
		dumpStruct(b, v, newline)
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

func dumpStruct(b *strings.Builder, v reflect.Value, newline string) {
	t := v.Type()
	switch t.Name() {
	case "Name", "Int", "Float":
		b.WriteString(v.FieldByName("Text").String())
		return
	case "Model", "Block", "Train", "Input", "Output", "Aux", "Branch", "Chain", "Entry", "Edition", "Import", "BadStmt", "BadDecl":
		newline += "  "
		b.WriteString(newline)
	}
	b.WriteString("(" + t.Name())
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == reflect.TypeFor[diag.Span]() || f.Name == "Source" || f.Name == "Comments" || v.Field(i).IsZero() {
			continue
		}
		if f.Type.Kind() == reflect.Slice {
			b.WriteString(" " + f.Name + "=[")
			dumpValue(b, v.Field(i), newline)
			b.WriteString(" ]")
			continue
		}
		b.WriteString(" " + f.Name + "=")
		dumpValue(b, v.Field(i), newline)
	}
	b.WriteString(")")
}
