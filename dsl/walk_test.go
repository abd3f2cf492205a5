package dsl

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// TestWalk finds every node that reflection finds, in the order of the text, and obeys a refusal.
func TestWalk(t *testing.T) {
	for name, src := range sources(t) {
		file, _ := Parse(name, src)
		want := map[string]int{}
		reflected(reflect.ValueOf(file), want)
		got := map[string]int{}
		last := 0
		Walk(file, func(n Node) bool {
			got[fmt.Sprintf("%T", n)]++
			if len(file.Imports) == 0 && (file.Edition == nil || file.Edition.Start == 0) { // these come first wherever they stand
				if n.At().Start < last {
					t.Errorf("%s: %T at %d comes after %d", name, n, n.At().Start, last)
				}
				last = n.At().Start
			}
			return true
		})
		for kind, n := range want {
			if got[kind] != n {
				t.Errorf("%s: Walk meets %d of %d %s", name, got[kind], n, kind)
			}
		}
		count := 0
		Walk(file, func(Node) bool { count++; return false })
		if count != 1 {
			t.Errorf("%s: Walk goes on when told not to", name)
		}
	}
}

// reflected counts the nodes below v by type.
func reflected(v reflect.Value, counts map[string]int) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			reflected(v.Elem(), counts)
		}
	case reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*diag.File]() || v.Type() == reflect.TypeFor[*Comment]() {
			return
		}
		counts[v.Type().String()]++
		for i := range v.Elem().NumField() {
			reflected(v.Elem().Field(i), counts)
		}
	case reflect.Slice:
		for i := range v.Len() {
			reflected(v.Index(i), counts)
		}
	}
}

// TestSpanText tests that nodes stand where they say.
func TestSpanText(t *testing.T) {
	src := `/// doc
model A(n: int = 2*3) { input x: CxHx3; from c[1].d -> repeat i in n { conv(a(1), k=[1]) } -> bn as e }`
	file, list := Parse("a.net", []byte(src))
	if len(list) > 0 {
		t.Fatal(list.Err())
	}
	want := map[string]string{
		"*dsl.Model": src[8:], "*dsl.Param": "n: int = 2*3", "*dsl.Binary": "2*3", "*dsl.Size": "CxHx3", "*dsl.Input": "input x: CxHx3",
		"*dsl.From": "from c[1].d", "*dsl.Select": "c[1].d", "*dsl.Index": "c[1]", "*dsl.Repeat": "repeat i in n { conv(a(1), k=[1]) }",
		"*dsl.List": "[1]",
	}
	Walk(file, func(n Node) bool {
		kind := fmt.Sprintf("%T", n)
		if text, ok := want[kind]; ok {
			if got := n.At().Text(); got != text {
				t.Errorf("%s spans %q, want %q", kind, got, text)
			}
			delete(want, kind)
		}
		return true
	})
	if len(want) > 0 {
		t.Errorf("not met: %v", want)
	}
	if doc := file.Decls[0].(*Model).Doc; doc != "doc" {
		t.Errorf("doc comment %q", doc)
	}
}
