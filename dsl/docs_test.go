package dsl

import "testing"

// TestDocs tests which comments document a declaration.
func TestDocs(t *testing.T) {
	for src, want := range map[string]string{
		"/// a\n/// b\nmodel A { relu }":       "a\nb",
		"///a\n  ///\n\tmodel A { relu }":      "a\n",
		"/// a\n\nmodel A { relu }":            "",
		"/// a\n\n/// b\nmodel A { relu }":     "b",
		"/// a\n// b\nmodel A { relu }":        "",
		"// a\nmodel A { relu }":               "",
		"//// a\nmodel A { relu }":             "",
		"net 1 /// a\nmodel A { relu }":        "",
		"model A { relu } /// a":               "",
		"/// of the edition\nnet 1\nmodel A{}": "",
	} {
		file, list := Parse("a.net", []byte(src))
		if len(list) > 0 {
			t.Fatalf("%q: %v", src, list.Err())
		}
		if got := file.Decls[0].(*Model).Doc; got != want {
			t.Errorf("%q: doc %q, want %q", src, got, want)
		}
	}
}
