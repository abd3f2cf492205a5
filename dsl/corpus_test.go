package dsl

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/dsl/diag"
)

var update = flag.Bool("update", false, "rewrite the expected sections of testdata")

// archives reads the corpus of a folder, by path.
func archives(t testing.TB, folder string) map[string]*txtar.Archive {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus in testdata/%s: %v", folder, err)
	}
	all := map[string]*txtar.Archive{}
	for _, p := range paths {
		if all[p], err = txtar.ParseFile(p); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sources returns all .net files of the corpora, by "archive/file".
func sources(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, folder := range []string{"parse", "fmt"} {
		for path, a := range archives(t, folder) {
			for _, f := range a.Files {
				if strings.HasSuffix(f.Name, ".net") {
					all[filepath.Base(path)+"/"+f.Name] = f.Data
				}
			}
		}
	}
	return all
}

// compareSections checks every .net file of an archive against the sections
// that follow it, one for every suffix that produce returns, or rewrites them.
func compareSections(t *testing.T, path string, a *txtar.Archive, produce func(t *testing.T, name string, src []byte) map[string]string) {
	var files []txtar.File
	want := map[string]string{}
	for _, f := range a.Files {
		want[f.Name] = string(f.Data)
	}
	for _, f := range a.Files {
		base, ok := strings.CutSuffix(f.Name, ".net")
		if !ok {
			continue
		}
		files = append(files, f)
		t.Run(base, func(t *testing.T) {
			got := produce(t, f.Name, f.Data)
			for _, suffix := range []string{".diag", ".ast", ".fmt"} {
				text := got[suffix]
				if *update {
					if text != "" {
						files = append(files, txtar.File{Name: base + suffix, Data: []byte(text)})
					}
				} else if d := cmp.Diff(want[base+suffix], text); d != "" {
					t.Errorf("%s, section %s%s (-want +got):\n%s", path, base, suffix, d)
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

func TestParseCorpus(t *testing.T) {
	for path, a := range archives(t, "parse") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			compareSections(t, path, a, func(t *testing.T, name string, src []byte) map[string]string {
				file, list := Parse(name, src)
				checkOrder(t, list)
				checkSpans(t, file)
				if len(list) > 0 {
					var b strings.Builder
					if err := list.WriteText(&b, diag.TextStyle{}); err != nil {
						t.Fatal(err)
					}
					return map[string]string{".diag": b.String()}
				}
				return map[string]string{".ast": dump(file)}
			})
		})
	}
}

func checkOrder(t *testing.T, list diag.List) {
	t.Helper()
	for i, d := range list {
		if !d.Primary.IsValid() {
			t.Errorf("no place: %v", d)
		}
		if strings.Contains(d.Message, "Node") && !strings.Contains(d.Primary.Text(), "Node") {
			t.Errorf("the message names a part of the grammar: %v", d)
		}
		if i > 0 && d.Primary.Start < list[i-1].Primary.Start {
			t.Errorf("out of order: %v after %v", d, list[i-1])
		}
		for _, e := range d.Edits {
			if e.Span.File == nil || e.Span.Start > e.Span.End || e.Span.End > len(e.Span.File.Text) {
				t.Errorf("edit outside of the file: %v", d)
			}
		}
	}
}

// checkSpans tests that every node lies within its file and within its parent.
func checkSpans(t *testing.T, file *File) {
	t.Helper()
	var check func(parent diag.Span, n Node)
	check = func(parent diag.Span, n Node) {
		at := n.At()
		if at.File != file.Source || at.Start < parent.Start || at.End > parent.End || at.Start > at.End {
			t.Errorf("%T has the span %d-%d within %d-%d (file %v)", n, at.Start, at.End, parent.Start, parent.End, at.File != nil)
		}
		Walk(n, func(m Node) bool {
			if m == n {
				return true
			}
			check(at, m)
			return false
		})
	}
	check(file.Span, file)
}
