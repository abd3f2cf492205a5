package lint_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl/diag"
)

var update = flag.Bool("update", false, "rewrite the expected sections of testdata/lint")

// TestCorpus compares what is said about each program of testdata/lint with the
// section that follows it. A program without one has nothing to say about; its
// neighbours of other names are what it may import. With the edits of a warning
// made, it must not come back, and no error may come; safe ones leave nothing at
// all to fix.
func TestCorpus(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/lint/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, tree := map[string]string{}, fstest.MapFS{}
		for _, f := range a.Files {
			want[f.Name] = string(f.Data)
			if strings.HasSuffix(f.Name, ".net") {
				tree[f.Name] = &fstest.MapFile{Data: f.Data}
			}
		}
		var files []txtar.File
		for _, f := range a.Files {
			base, ok := strings.CutSuffix(f.Name, ".net")
			if !ok {
				continue
			}
			files = append(files, f)
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+base, func(t *testing.T) {
				list := compiler.ParseIn(tree, f.Name, f.Data).Check()
				var text strings.Builder
				if err := list.WriteText(&text, diag.TextStyle{}); err != nil {
					t.Fatal(err)
				}
				if len(list) > 0 {
					files = append(files, txtar.File{Name: base + ".diag", Data: []byte(text.String())})
				}
				if d := cmp.Diff(want[base+".diag"], text.String()); d != "" && !*update {
					t.Errorf("-want +got:\n%s", d)
				}
				for _, d := range list {
					if len(d.Edits) > 0 {
						edited(t, tree, f, d)
					}
				}
			})
		}
		if *update {
			a.Files = files
			if err := os.WriteFile(path, txtar.Format(a), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func edited(t *testing.T, tree fstest.MapFS, f txtar.File, was *diag.Diagnostic) {
	t.Helper()
	count := func(src []byte) (same, errors int) {
		for _, d := range compiler.ParseIn(tree, f.Name, src).Check() {
			if d.Code == was.Code && d.Message == was.Message {
				same++
			}
			if d.Severity == diag.Error {
				errors++
			}
		}
		return same, errors
	}
	same, errors := count(f.Data)
	src := diag.Apply(f.Data, was.Edits)
	if left, more := count(src); left != same-1 || more > errors {
		t.Errorf("after the advice %q there are %d such warnings, there were %d, and %d errors, there were %d:\n%s",
			was.Help, left, same, more, errors, src)
	}
}

// TestHalfTyped checks models cut off in the middle, as an editor sees them: what
// is not written yet must not make lints complain of what is.
func TestHalfTyped(t *testing.T) {
	paths, err := filepath.Glob("../../models/*/*.net")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no models: %v", err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(src); n += 1 + len(src)/200 {
			list := compiler.Parse(path, src[:n]).Check()
			for _, d := range list {
				if d.Severity == diag.Warning && list.HasErrors() {
					t.Errorf("after %q:\n%s", src[max(n-40, 0):n], d.Text(diag.TextStyle{}))
				}
			}
		}
	}
}

// TestShipped proves that what comes with netc gives no warnings: the models,
// the library and the examples of operators. Where a paper asks for what a lint
// complains of, the file says so in a comment.
func TestShipped(t *testing.T) {
	for _, pattern := range []string{"../../models/*/*.net", "../source/std/*.net", "../../testdata/*/*.net"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no files, %v", pattern, err)
		}
		for _, path := range paths {
			f, err := compiler.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Check() {
				if d.Severity != diag.Hint {
					t.Errorf("improve the lint, or say why in a comment `// netc:ignore CODE reason`:\n%s", d.Text(diag.TextStyle{}))
				}
			}
		}
	}
}
