package dsl

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/dsl/diag"
)

func TestFormatCorpus(t *testing.T) {
	for path, a := range archives(t, "fmt") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			compareSections(t, path, a, func(t *testing.T, name string, src []byte) map[string]string {
				out, list := Format(name, src)
				if list.HasErrors() {
					var b bytes.Buffer
					if err := list.WriteText(&b, diag.TextStyle{}); err != nil {
						t.Fatal(err)
					}
					return map[string]string{".diag": b.String()}
				}
				return map[string]string{".fmt": string(out)}
			})
		})
	}
}

// TestFormatExamples tests that the examples of the language reference are in
// canonical layout, but for the column of comments.
func TestFormatExamples(t *testing.T) {
	for _, name := range []string{"lenet", "resnet", "inception", "unet", "pets"} {
		src := sources(t)[name+".txtar/a.net"]
		out, list := Format(name, src)
		if list.HasErrors() {
			t.Fatal(list.Err())
		}
		want, got := squeezeComments(src), squeezeComments(out)
		if name == "unet" || name == "inception" { // without the model around them in the reference
			want, got = unindent(want), unindent(got)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func squeezeComments(src []byte) string {
	lines := strings.Split(string(src), "\n")
	for i, l := range lines {
		if code, comment, ok := strings.Cut(l, "//"); ok && strings.TrimSpace(code) != "" {
			lines[i] = strings.TrimRight(code, " ") + " //" + comment
		}
	}
	return strings.Join(lines, "\n")
}

func unindent(src string) string {
	lines := strings.Split(src, "\n")
	indented := strings.HasPrefix(lines[1], "  ")
	for i, l := range lines {
		if indented {
			lines[i] = strings.TrimPrefix(l, "  ")
		}
	}
	return strings.Join(lines, "\n")
}

func TestFormatIsFaithful(t *testing.T) {
	for name, src := range sources(t) {
		checkFormat(t, name, src)
		checkFormat(t, name, bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")))
	}
}

// checkFormat tests that formatting keeps the tree and the comments, and that
// doing it again changes nothing. Files with errors must be refused.
func checkFormat(t *testing.T, name string, src []byte) {
	t.Helper()
	before, errs := Parse(name, src)
	out, list := Format(name, src)
	if errs.HasErrors() {
		if out != nil || !list.HasErrors() {
			t.Errorf("%s: formatted in spite of %v", name, errs.Err())
		}
		return
	}
	after, list := Parse(name, out)
	if list.HasErrors() {
		t.Fatalf("%s: formatting makes errors: %v\n%s\nbecomes\n%s", name, list.Err(), src, out)
	}
	if d := cmp.Diff(dump(before), dump(after)); d != "" {
		t.Fatalf("%s: formatting changes the tree (-before +after):\n%s\n%s\nbecomes\n%s", name, d, src, out)
	}
	if d := cmp.Diff(commentTexts(before), commentTexts(after)); d != "" {
		t.Fatalf("%s: formatting changes comments (-before +after):\n%s\n%s\nbecomes\n%s", name, d, src, out)
	}
	again, list := Format(name, out)
	if list.HasErrors() || !bytes.Equal(out, again) {
		t.Fatalf("%s: formatting twice differs (-once +twice):\n%s\nof\n%s", name, cmp.Diff(string(out), string(again)), src)
	}
}

func commentTexts(f *File) []string {
	var texts []string
	for _, c := range f.Comments {
		texts = append(texts, c.Text)
	}
	return texts
}

// TestFormatRandom formats texts put together at random from pieces that tend to parse.
func TestFormatRandom(t *testing.T) {
	correct := 0
	for seed := range uint64(400) {
		src := randomFile(seed)
		checkFormat(t, "random", src)
		if _, list := Parse("random", src); len(list) == 0 {
			correct++
		}
	}
	if correct < 300 {
		t.Errorf("only %d of 400 random files are correct", correct)
	}
}
