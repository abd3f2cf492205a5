package compiler_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// fixable returns the texts of the corpora, by name, and of the models.
func fixable(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, dir := range []string{"lint", "check", "parse", "fmt", "graph"} {
		paths, err := filepath.Glob("../testdata/" + dir + "/*.txtar")
		if err != nil || len(paths) == 0 {
			t.Fatalf("no texts in testdata/%s", dir)
		}
		for _, path := range paths {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".net") {
					all[filepath.Base(path)+"/"+f.Name] = f.Data
				}
			}
		}
	}
	paths, err := filepath.Glob("../models/*/*.net")
	if err != nil || len(paths) == 0 {
		t.Fatal("no models")
	}
	for _, path := range paths {
		if all[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// checkFix proves what Fix promises about a text.
func checkFix(t *testing.T, name string, src []byte) {
	t.Helper()
	before := compiler.Parse("fix.net", src).Check()
	fixed := compiler.Fix("fix.net", src)
	after := compiler.Parse("fix.net", fixed.Text).Check()
	if text(after) != text(fixed.Left) {
		t.Errorf("%s: the text has\n%s, but what is said to be left is\n%s", name, text(after), text(fixed.Left))
	}
	if bytes.Equal(src, fixed.Text) != (len(fixed.Settled) == 0) {
		t.Errorf("%s: %d settled, text as it was: %v", name, len(fixed.Settled), bytes.Equal(src, fixed.Text))
	}
	if syntax(after) > syntax(before) || after.HasErrors() && !before.HasErrors() {
		t.Errorf("%s: was\n%s, is\n%s\n%s", name, text(before), text(after), fixed.Text)
	}
	if was, is := comments(src), comments(fixed.Text); syntax(before) == 0 && was != is {
		t.Errorf("%s: comments were %q, are %q", name, was, is)
	}
	if tidy, _ := dsl.Format("fix.net", src); bytes.Equal(tidy, src) {
		if tidy, _ := dsl.Format("fix.net", fixed.Text); !bytes.Equal(tidy, fixed.Text) {
			t.Errorf("%s: the layout was canonical and is no more:\n%s", name, fixed.Text)
		}
	}
	if again := compiler.Fix("fix.net", fixed.Text); len(again.Settled) > 0 {
		t.Errorf("%s: not all at once: %v", name, text(again.Settled))
	}
}

func syntax(list diag.List) (n int) {
	for _, d := range list {
		if d.Severity == diag.Error && d.Code < 2000 {
			n++
		}
	}
	return n
}

func comments(src []byte) (all string) {
	f, _ := dsl.Parse("fix.net", src)
	for _, c := range f.Comments {
		all += c.Text + "\n"
	}
	return all
}

func TestFix(t *testing.T) {
	for name, src := range fixable(t) {
		checkFix(t, name, src)
	}
}

// TestFixKeepsNetworks proves that the edits of lints leave the network as it
// is: the same layers with the same shapes, but for those that do nothing, and
// the same parameters, but for biases that do nothing.
func TestFixKeepsNetworks(t *testing.T) {
	changed := 0
	for name, src := range fixable(t) {
		f := compiler.Parse("fix.net", src)
		if f.Check().HasErrors() {
			continue
		}
		fixed := compiler.Fix("fix.net", src)
		g := compiler.Parse("fix.net", fixed.Text)
		if len(fixed.Settled) > 0 {
			changed++
		}
		for _, m := range f.Models() {
			if was, is := essence(t, f, m), essence(t, g, m); was != is {
				t.Errorf("%s: model %s was\n%sis\n%s", name, m, was, is)
			}
		}
	}
	if changed < 20 {
		t.Errorf("%d texts were fixed; there is more to fix", changed)
	}
}

// essence lists the layers of a model that compute something.
func essence(t *testing.T, f *compiler.File, name string) (s string) {
	t.Helper()
	m, diags, err := f.Model(name, nil)
	if err != nil || diags.HasErrors() {
		return fmt.Sprint(err, diags.Err())
	}
	last := ""
	for _, n := range m.Graph.Nodes {
		switch op := n.Op.Name; {
		case op == "flatten" && !n.In[0].Shape.IsMap(), op == "dropout", op == "drop_path", op == "pool" && n.Out.Shape.Equal(n.In[0].Shape),
			op == "shuffle", op == "pixel_shuffle" && n.Out.Shape.Equal(n.In[0].Shape):
			continue
		case op == last && n.Op.Follows != 0: // of two activations one
			continue
		}
		last = n.Op.Name
		s += fmt.Sprintf("%s %v", last, n.Out.Shape)
		for _, p := range n.Params {
			if !strings.HasSuffix(p.Name, ".bias") || last != "conv" && last != "dense" && last != "up" {
				s += fmt.Sprintf(" %s%v", p.Name, p.Shape)
			}
		}
		s += "\n"
	}
	return s
}

// FuzzFix gives Fix whatever a text may be.
func FuzzFix(f *testing.F) {
	for name, src := range fixable(f) {
		if len(src) < 500 && strings.HasPrefix(name, "activation") || strings.HasPrefix(name, "faulty") {
			f.Add(src) // TestFix has them all
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4000 || bytes.Contains(src, []byte("import")) {
			return
		}
		checkFix(t, "fuzzed", src)
	})
}

// BenchmarkLint measures what lints add to checking, by layer.
func BenchmarkLint(b *testing.B) {
	for _, layers := range []int{1000, 10_000} {
		unit := "  conv(8, bias=true, same) -> bn -> relu -> relu\n"
		src := []byte("net 1\nmodel M {\n  input image: 3x32x32\n" + strings.Repeat(unit, layers/4) + "  output y\n}\n")
		b.Run(fmt.Sprint(layers), func(b *testing.B) {
			for b.Loop() {
				compiler.Parse("bench.net", src).Check()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(layers), "ns/layer")
		})
	}
}
