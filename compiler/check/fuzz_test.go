package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// FuzzCheck: no text makes the checker panic, run long or point outside of the
// text; it says the same thing twice, and the same of the text in canonical layout; a
// graph of which nothing is reported keeps its invariants.
func FuzzCheck(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4000 {
			return
		}
		start := time.Now()
		list, unit := check("fuzz.net", src)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("took %v", took)
		}
		if len(list) > 4*maxMistakes {
			t.Errorf("%d diagnostics", len(list))
		}
		for _, d := range list {
			if problem := misplaced(d); problem != "" {
				t.Errorf("%s: %v", problem, d)
			}
		}
		if again := diagnose("fuzz.net", src); text(t, again) != text(t, list) {
			t.Errorf("says first\n%s\nthen\n%s", text(t, list), text(t, again))
		}
		if laid, errs := dsl.Format("fuzz.net", src); !errs.HasErrors() {
			if after := diagnose("fuzz.net", laid); !slices.Equal(codesOf(after), codesOf(list)) {
				t.Errorf("says\n%v\nand of its canonical layout\n%v\n%s", list, after, laid)
			}
		}
		if list.HasErrors() {
			return
		}
		for _, m := range unit.Models() {
			model, diags := unit.Model(m, nil, nil)
			if diags.HasErrors() {
				continue // it has no meaning without arguments
			}
			if err := model.Graph.Verify(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// addTexts adds all texts of the corpora, the models and the library.
func addTexts(f *testing.F) {
	archives, err := filepath.Glob("../../testdata/*/*.txtar")
	if err != nil || len(archives) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, p := range archives {
		a, err := txtar.ParseFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			if strings.HasSuffix(file.Name, ".net") {
				f.Add(file.Data)
			}
		}
	}
	for _, pattern := range []string{"../../models/*/*.net", "../source/std/*.net"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatalf("no files %s: %v", pattern, err)
		}
		for _, p := range paths {
			src, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
}

// misplaced says in what a diagnostic points outside of its file, or returns "".
func misplaced(d *diag.Diagnostic) string {
	outside := func(s diag.Span) bool {
		return s.File == nil || s.Start < 0 || s.Start > s.End || s.End > len(s.File.Text)
	}
	if outside(d.Primary) {
		return "its place is outside of the file"
	}
	for _, s := range d.Secondary {
		if outside(s.Span) {
			return "a secondary place is outside of the file"
		}
	}
	for _, e := range d.Edits {
		if outside(e.Span) {
			return "an edit is outside of the file"
		}
	}
	return ""
}

func text(t *testing.T, list diag.List) string {
	var b strings.Builder
	if err := list.WriteText(&b, diag.TextStyle{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func codesOf(list diag.List) []diag.Code {
	var all []diag.Code
	for _, d := range list {
		all = append(all, d.Code)
	}
	return all
}
