package check

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// TestWrong checks the corpus of wrong files: each has one mistake, and what is
// said about it stands behind it in its archive, with the token that causes it.
// Every code is there in three shapes or more, but for that of what this version
// cannot build yet, which is less and less.
func TestWrong(t *testing.T) {
	shapes := map[diag.Code]int{}
	cases := 0
	one := func(t *testing.T, list diag.List) {
		if len(list) != 1 {
			t.Errorf("one mistake gives %d diagnostics:\n%v", len(list), list.Err())
		}
		for _, d := range list {
			shapes[d.Code]++
		}
		cases++
	}
	paths, err := filepath.Glob("../../testdata/wrong/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { wrongFiles(t, path, one) })
	}
	t.Run("unwritable", func(t *testing.T) { unwritable(t, one) })
	if cases < 150 {
		t.Errorf("%d wrong files; there were 300", cases)
	}
	for _, page := range diag.Pages() {
		if page.Code < 4000 && page.Code != diag.NotInVersion && shapes[page.Code] < 3 {
			t.Errorf("%v %s: %d wrong files, expected three of different shapes", page.Code, page.Slug, shapes[page.Code])
		}
	}
}

// wrongFiles checks the files of one archive. Those in folders are what others import.
func wrongFiles(t *testing.T, path string, one func(*testing.T, diag.List)) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tree, want := fstest.MapFS{}, map[string]string{}
	var files []txtar.File
	for _, f := range a.Files {
		want[f.Name] = string(f.Data)
		if strings.Contains(f.Name, "/") {
			tree[f.Name] = &fstest.MapFile{Data: f.Data}
			files = append(files, f)
		}
	}
	for _, f := range a.Files {
		base, ok := strings.CutSuffix(f.Name, ".net")
		if !ok || strings.Contains(f.Name, "/") {
			continue
		}
		t.Run(base, func(t *testing.T) {
			tree[f.Name] = &fstest.MapFile{Data: f.Data}
			list, _ := checkIn(tree, f.Name, f.Data)
			one(t, list)
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

// unwritable checks wrong files that no archive can hold, for their bytes or
// their size.
func unwritable(t *testing.T, one func(*testing.T, diag.List)) {
	const model = "model M {\n  input image: 1x28x28\n  relu\n  output y\n}\n"
	lines := func(n int, format string) string {
		var s strings.Builder
		for i := range n {
			fmt.Fprintf(&s, format, i, i+1)
		}
		return s.String()
	}
	deep := func(n int) string { return lines(n, "block b%d { b%d }\n") + fmt.Sprintf("block b%d { relu }\n", n) }
	chain := func(n int) fstest.MapFS {
		tree := fstest.MapFS{}
		for i := range n {
			tree[fmt.Sprintf("f%d.net", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "import \"f%d.net\"\n", i+1)}
		}
		tree[fmt.Sprintf("f%d.net", n)] = &fstest.MapFile{Data: []byte("block b { relu }\n")}
		return tree
	}
	many := func(n, bytes int) fstest.MapFS {
		tree := fstest.MapFS{}
		for i := range n {
			tree[fmt.Sprintf("f%d.net", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "block b%d { relu }\n//%s\n", i, strings.Repeat("x", bytes))}
		}
		return tree
	}
	comment := "// " + strings.Repeat("long", dsl.MaxFileSize/4)
	for _, c := range []struct {
		name string
		src  string
		tree fstest.MapFS
		want string // the place and the beginning of what is said
	}{
		{"latin-1", "// gr\xf6\xdfe\n" + model, nil, "1:6 N1001 the file is not UTF-8 text"},
		{"utf-16", "\xff\xfem\x00o\x00d\x00", nil, "1:1 N1001 the file is UTF-16 text"},
		{"zero", model + "\x00", nil, "6:1 N1001 the file is not text"},
		{"large", comment + "\n" + model, nil, "1:1 N1002 the file has more than"},
		{"many lines", strings.Repeat("\n", dsl.MaxFileSize) + model, nil, "1:1 N1002 the file has more than"},
		{"large import", "import \"large.net\"\n" + model, fstest.MapFS{"large.net": {Data: []byte(comment)}}, "1:1 N1002 the file has more than"},
		{"mistakes of syntax", "model M {\n" + strings.Repeat("  conv(8,, 3x3)\n", 101) + "}\n", nil, "101:11 N1020 more than 100"},
		{"mistakes of a model", "model M {\n  input image: 1x28x28\n" + lines(101, "  covn(%d, %d)\n") + "  output y\n}\n", nil, "102:7 N1020 more than 100"},
		{"mistakes of a file", model + lines(101, "model M { input x: 1x8x8 } // %d %d\n"), nil, "106:8 N1020 more than 100"},
		{"deep blocks", deep(80) + "model M {\n  input image: 1x28x28\n  b0\n  output y\n}\n", nil, "64:13 N2016 blocks stand within blocks"},
		{"deep imports", "import \"f0.net\"\n" + model, chain(40), "1:8 N2027 files import one another"},
		{"many imports", lines(300, "import \"f%d.net\" // %d\n") + model, many(300, 1), "256:8 N2027 more than 256 files"},
		{"large imports", lines(10, "import \"f%d.net\" // %d\n") + model, many(10, 2<<20), "8:8 N2027 the imported files have more than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, _ := checkIn(c.tree, "wrong.net", []byte(c.src))
			if len(list) == 0 {
				t.Fatal("nothing is said")
			}
			last := list[len(list)-1]
			if last.Code == diag.TooManyMistakes {
				list = list[len(list)-1:] // the hundred before it are its cause
			}
			one(t, list)
			p := last.Primary.Position()
			if got := fmt.Sprintf("%d:%d %v %s", p.Line, p.Column, last.Code, last.Message); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
