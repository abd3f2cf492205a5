package dsl

import (
	"bytes"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// TestHostile feeds texts made to exhaust a parser: one clear diagnostic, no crash.
func TestHostile(t *testing.T) {
	const most, many = MaxFileSize, 1 << 15
	fill := func(s string) string { return strings.Repeat(s, most/len(s)) }
	tests := []struct {
		name, src string
		codes     []diag.Code
	}{
		{"10 MB of brackets", strings.Repeat("[", 10<<20), []diag.Code{diag.FileTooLarge}},
		{"brackets", fill("["), []diag.Code{diag.TooDeep}},
		{"braces", fill("a{"), []diag.Code{diag.TooDeep}},
		{"closers", fill("}"), nil},
		{"zero", "model A {\x00}", []diag.Code{diag.NotText}},
		{"binary", "\x7fELF\x02\x01\x01\x00", []diag.Code{diag.NotText}},
		{"latin-1", "// gr\xf6\xdfe\nmodel A { relu }", []diag.Code{diag.NotText}},
		{"utf-16", "\xff\xfem\x00o\x00", []diag.Code{diag.NotText}},
		{"empty", "", []diag.Code{diag.EmptyFile}},
		{"blank", " \n\t\n", []diag.Code{diag.EmptyFile}},
		{"separators", fill(";"), []diag.Code{diag.EmptyFile}},
		{"line ends", fill("\n"), []diag.Code{diag.EmptyFile}},
		{"unknown", fill("@"), nil},
		{"unknown mixed", fill("@$"), nil},
		{"sum", "model A { conv(" + strings.Repeat("1+", many) + "1) }", []diag.Code{diag.TooDeep}},
		{"signs", "model A { conv(" + strings.Repeat("-", many) + "1) }", []diag.Code{diag.Unexpected}},
		{"path", "model A { conv(a" + strings.Repeat(".a", many) + ") }", []diag.Code{diag.TooDeep}},
		{"indices", "model A { conv(a" + strings.Repeat("[0]", many) + ") }", []diag.Code{diag.TooDeep}},
		{"size", "model A { conv(1" + strings.Repeat("x1", many) + ") }", nil},
		{"chain", "model A { relu" + strings.Repeat("->relu", many) + " }", nil},
		{"arguments", "model A { conv(" + strings.Repeat("1,", many) + ") }", nil},
		{"name", "model " + strings.Repeat("a", most-20) + " { relu }", nil},
		{"text", "import \"" + strings.Repeat("a", most-20), []diag.Code{diag.BadString}},
		{"number", "model A { conv(" + strings.Repeat("1", most-40) + "y) }", []diag.Code{diag.BadNumber}},
		{"words", strings.Repeat("a ", many), nil},
		{"lines", strings.Repeat("a\n", many), nil},
		{"docs", fill("/// a\n"), []diag.Code{diag.EmptyFile}},
		{"quotes", fill("\"\n"), nil},
		{"sizes", fill(")x"), nil},
		{"open lines", "model A { conv(" + strings.Repeat("a\n", many) + ") }", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file, list := Parse("a.net", []byte(test.src))
			if file == nil {
				t.Fatal("no file")
			}
			if len(list) > maxMistakes+1 {
				t.Errorf("%d diagnostics", len(list))
			}
			if test.codes != nil {
				var got []diag.Code
				for _, d := range list {
					got = append(got, d.Code)
				}
				if len(got) != len(test.codes) || got[0] != test.codes[0] {
					t.Errorf("codes %v, want %v", got, test.codes)
				}
			}
			var b bytes.Buffer
			if err := list.WriteText(&b, diag.TextStyle{}); err != nil {
				t.Fatal(err)
			}
			if b.Len() > 1500*(len(list)+1) {
				t.Errorf("%d diagnostics print as %d bytes", len(list), b.Len())
			}
		})
	}
}

// TestPrefixes parses every beginning of every correct file of the corpus: a
// text that is being typed has few mistakes.
func TestPrefixes(t *testing.T) {
	const most = 2
	for name, src := range sources(t) {
		if _, list := Parse(name, src); len(list) > 0 {
			continue
		}
		for n := range src {
			file, list := Parse(name, src[:n])
			if len(list) > most {
				t.Fatalf("%s: the first %d bytes have %d mistakes:\n%v", name, n, len(list), list.Err())
			}
			checkOrder(t, list)
			checkSpans(t, file)
			if t.Failed() {
				t.Fatalf("%s: the first %d bytes", name, n)
			}
		}
	}
}

// TestLineEnds parses what txtar files cannot hold.
func TestLineEnds(t *testing.T) {
	want, _ := Parse("a.net", []byte("model A {\n  conv(64)\n    -> relu // end\n}\n"))
	for _, src := range []string{
		"model A {\r\n  conv(64)\r\n    -> relu // end\r\n}\r\n",
		"\ufeffmodel A {\n  conv(64)\n    -> relu // end\n}",
		"model A { conv(64) -> relu }",
	} {
		got, list := Parse("a.net", []byte(src))
		if len(list) > 0 || dump(got) != dump(want) {
			t.Errorf("%q: %v\n%s", src, list.Err(), dump(got))
		}
	}
}
