package check

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

var update = flag.Bool("update", false, "rewrite the expected sections of testdata/check")

// library is the files that texts of the tests may import.
var library = fstest.MapFS{
	"bad.net":          {Data: []byte("block x { relu }\n")},
	"blocks/one.net":   {Data: []byte("import \"two.net\"\nblock one { two }\nmodel One { input x: 1x8x8; one; output y }\n")},
	"blocks/two.net":   {Data: []byte("block two { rleu }\n")},
	"blocks/three.net": {Data: []byte("block three { conv( }\n")},
	"blocks/ring.net":  {Data: []byte("import \"back.net\"\n")},
	"blocks/back.net":  {Data: []byte("import \"ring.net\"\n")},
}

// diagnose checks everything in a text, as the command does.
func diagnose(name string, src []byte) diag.List {
	list, _ := check(name, src)
	return list
}

func check(name string, src []byte) (diag.List, *Unit) { return checkIn(library, name, src) }

// checkIn is check with other files to import.
func checkIn(tree fstest.MapFS, name string, src []byte) (diag.List, *Unit) {
	f, list := dsl.Parse(name, src)
	imports, more := source.Resolve(tree, name, f)
	list.Add(more...)
	u := New(f, op.New(), imports...)
	list.Add(u.Diagnostics()...)
	list.Add(u.Check().Diags...)
	list.Tidy()
	return list, u
}

// TestDiagnostics compares what is said about each program of the corpus with
// the section that follows it. Advice that comes with an edit must help: with
// the edit made, the same complaint must not come back.
func TestDiagnostics(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/check/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range a.Files {
			want[f.Name] = string(f.Data)
		}
		var files []txtar.File
		for _, f := range a.Files {
			base, ok := strings.CutSuffix(f.Name, ".net")
			if !ok {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+base, func(t *testing.T) {
				list := diagnose(f.Name, f.Data)
				var text strings.Builder
				if err := list.WriteText(&text, diag.TextStyle{}); err != nil {
					t.Fatal(err)
				}
				files = append(files, f, txtar.File{Name: base + ".diag", Data: []byte(text.String())})
				if d := cmp.Diff(want[base+".diag"], text.String()); d != "" && !*update {
					t.Errorf("-want +got:\n%s", d)
				}
				for _, d := range list {
					if len(d.Edits) > 0 && d.Primary.File.Name == f.Name {
						edited(t, library, f, d)
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
	src := diag.Apply(f.Data, was.Edits)
	after, _ := checkIn(tree, f.Name, src)
	for _, d := range after {
		if d.Code == was.Code && d.Message == was.Message || d.Code < 2000 {
			t.Errorf("after the advice %q there is still:\n%s", was.Help, d.Text(diag.TextStyle{}))
		}
	}
}
