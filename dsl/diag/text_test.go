package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// at is the span of the n-th occurrence of a word, counted from 0.
func at(t *testing.T, f *File, word string, n int) Span {
	t.Helper()
	start := 0
	for ; ; n-- {
		i := bytes.Index(f.Text[start:], []byte(word))
		if i < 0 {
			t.Fatalf("%q is not in the text", word)
		}
		start += i
		if n == 0 {
			return Span{f, start, start + len(word)}
		}
		start += len(word)
	}
}

func expectText(t *testing.T, d *Diagnostic, want string) {
	t.Helper()
	if diff := cmp.Diff(strings.TrimLeft(want, "\n"), d.Text(TextStyle{})); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestTextReference prints the example of the language reference.
func TestTextReference(t *testing.T) {
	f := NewFile("resnet.net", []byte(strings.Repeat("\n", 13)+
		"  residual(project=none) {\n    bn\n    conv(512, 3x3, same, stride=2) -> bn\n  }\n"))
	d := Errorf(2104, at(t, f, "residual", 0), "residual branches do not match").
		WithLabel("input is N×256×56×56").
		WithSecondary(at(t, f, "conv(512, 3x3, same, stride=2)", 0), "body becomes N×512×28×28 here").
		WithNote("channels 256 ≠ 512, height and width 56 ≠ 28").
		WithHelp("let the skip project (1x1, stride 2, +132,096 parameters)", Edit{at(t, f, "none", 0), "auto"})
	expectText(t, d, `
error[N2104]: residual branches do not match
  --> resnet.net:14:3
14 |   residual(project=none) {
   |   ^^^^^^^^ input is N×256×56×56
16 |     conv(512, 3x3, same, stride=2) -> bn
   |     ------------------------------ body becomes N×512×28×28 here
   = channels 256 ≠ 512, height and width 56 ≠ 28
help: let the skip project (1x1, stride 2, +132,096 parameters)
14 |   residual(project=auto) {
`)
}

func TestTextForms(t *testing.T) {
	f := NewFile("a.net", []byte("\tab\t\"日本\" e\u0301x \x1b[31m \u202e y\r\nlast"))
	tests := []struct {
		name string
		d    *Diagnostic
		want string
	}{
		{"nowhere", Warnf(4001, Span{}, "no place").WithNote("a\nb").WithHelp("do"), `
warning[N4001]: no place
 = a
   b
help: do
`},
		{"tab", Errorf(1001, at(t, f, "ab", 0), "m"), `
error[N1001]: m
 --> a.net:1:2
1 |     ab  "日本" ` + "e\u0301" + `x \u{1b}[31m \u{202e} y
  |     ^^
`},
		{"wide", Errorf(1001, at(t, f, "本", 0), "m").WithLabel("l"), `
error[N1001]: m
 --> a.net:1:7
1 |     ab  "日本" ` + "e\u0301" + `x \u{1b}[31m \u{202e} y
  |            ^^ l
`},
		{"behind escapes", Errorf(1001, at(t, f, "y", 0), "m\x1b").WithLabel("l\x00"), `
error[N1001]: m\u{1b}
 --> a.net:1:22
1 |     ab  "日本" ` + "e\u0301" + `x \u{1b}[31m \u{202e} y
  |                                       ^ l\u{0}
`},
		{"two marks on a line, out of order", Errorf(1001, at(t, f, "x", 0), "m").WithSecondary(at(t, f, "ab", 0), "s"), `
error[N1001]: m
 --> a.net:1:12
1 |     ab  "日本" ` + "e\u0301" + `x \u{1b}[31m \u{202e} y
  |     -- s
  |                 ^
`},
		{"over lines and at the end", Errorf(1001, Span{f, len(f.Text) - 2, len(f.Text)}, "m").WithSecondary(Span{f, len(f.Text), len(f.Text)}, ""), `
error[N1001]: m
 --> a.net:2:3
2 | last
  |   ^^
  |     -
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { expectText(t, test.d, test.want) })
	}
}

func TestTextLongLine(t *testing.T) {
	const half = 5 << 20
	f := NewFile("a.net", []byte(strings.Repeat("ä", half/2)+"HERE"+strings.Repeat("z", half)))
	d := Errorf(1001, at(t, f, "HERE", 0), "m").WithHelp("h", Edit{at(t, f, "HERE", 0), "there"})
	expectText(t, d, `
error[N1001]: m
 --> a.net:1:`+"2621441"+`
1 | …`+strings.Repeat("ä", 40)+"HERE"+strings.Repeat("z", 76)+`…
  |  `+strings.Repeat(" ", 40)+`^^^^
help: h
1 | …`+strings.Repeat("ä", 40)+"there"+strings.Repeat("z", 75)+`…
`)
	d = Errorf(1001, Span{f, 0, len(f.Text)}, "m")
	if n := len(d.Text(TextStyle{})); n > 1000 {
		t.Errorf("a mark over a long line prints %d bytes", n)
	}
}

func TestTextOtherFile(t *testing.T) {
	f, g := NewFile("a.net", []byte("one")), NewFile("b.net", []byte("\n two"))
	d := Errorf(1001, Span{f, 0, 3}, "m").WithSecondary(Span{g, 2, 5}, "declared here")
	expectText(t, d, `
error[N1001]: m
 --> a.net:1:1
1 | one
  | ^^^
 --> b.net:2:2
2 |  two
  |  --- declared here
`)
}

func TestTextColor(t *testing.T) {
	f := NewFile("a.net", []byte("one"))
	d := Errorf(1001, Span{f, 0, 3}, "m").WithLabel("l").WithNote("n").WithHelp("h")
	text := d.Text(TextStyle{Color: true})
	plain := text
	for _, c := range []string{red, yellow, cyan, blue, bold, reset} {
		plain = strings.ReplaceAll(plain, c, "")
	}
	if plain == text || plain != d.Text(TextStyle{}) {
		t.Errorf("colours change more than colours: %q", text)
	}
}

func TestEditsShown(t *testing.T) {
	f := NewFile("a.net", []byte("a(1\nb\nc\nd(\n"))
	d := Errorf(1001, Span{f, 0, 1}, "m").WithHelp("h",
		Edit{Span{f, 10, 10}, ")"}, Edit{Span{f, 3, 3}, ")\n  x"}, Edit{Span{f, 4, 6}, ""})
	expectText(t, d, `
error[N1001]: m
 --> a.net:1:1
1 | a(1
  | ^
help: h
1 | a(1)
2 |   x
4 | d()
`)
	want := "a(1)\n  x\nc\nd()\n"
	if got := string(Apply(f.Text, d.Edits)); got != want {
		t.Errorf("Apply gives %q, want %q", got, want)
	}
}

func TestJSON(t *testing.T) {
	f := NewFile("ä.net", []byte("x\näb"))
	list := List{Errorf(Unclosed, Span{f, 4, 5}, "m").WithLabel("l").WithSecondary(Span{f, 0, 1}, "s").WithNote("n").
		WithHelp("h", Edit{Span{f, 5, 5}, ")"}), Warnf(4999, Span{}, "w")}
	var b bytes.Buffer
	if err := list.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want := `[
{"code":"N1008","slug":"unclosed-bracket","severity":"error","message":"m",` +
		`"at":{"file":"ä.net","start":{"line":2,"column":2,"offset":4},"end":{"line":2,"column":3,"offset":5}},"label":"l",` +
		`"secondary":[{"file":"ä.net","start":{"line":1,"column":1,"offset":0},"end":{"line":1,"column":2,"offset":1},"text":"s"}],` +
		`"notes":["n"],"help":"h",` +
		`"edits":[{"file":"ä.net","start":{"line":2,"column":3,"offset":5},"end":{"line":2,"column":3,"offset":5},"text":")"}],"applicability":"suggested"},
{"code":"N4999","severity":"warning","message":"w"}
]
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, l := range []List{nil, list} {
		b.Reset()
		if err := l.WriteJSON(&b); err != nil || !json.Valid(b.Bytes()) {
			t.Errorf("%v: %q", err, b.String())
		}
	}
}

func TestList(t *testing.T) {
	f, g := NewFile("a.net", []byte("abc\ndef")), NewFile("b.net", []byte("abc"))
	e := func(c Code, f *File, at int, m string) *Diagnostic { return Errorf(c, Span{f, at, at + 1}, "%s", m) }
	l := List{e(1002, g, 0, "4"), e(1002, f, 4, "3"), e(1002, f, 1, "2"), e(1001, f, 1, "1"), e(1002, f, 4, "3"), e(1002, f, 4, "3b")}
	l.Tidy()
	want := `a.net:1:2: error[N1001]: 1
a.net:1:2: error[N1002]: 2
a.net:2:1: error[N1002]: 3
a.net:2:1: error[N1002]: 3b
b.net:1:1: error[N1002]: 4`
	if got := l.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	var d *Diagnostic
	if !errors.As(l.Err(), &d) || d.Message != "1" {
		t.Errorf("errors.As finds %v", d)
	}
	warnings := List{Warnf(4001, Span{}, "w")}
	if warnings.Err() != nil || warnings.HasErrors() || !l.HasErrors() {
		t.Error("a warning counts as an error, or an error does not")
	}
}
