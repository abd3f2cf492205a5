package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

func codes(list diag.List) []diag.Code {
	var all []diag.Code
	for _, d := range list {
		all = append(all, d.Code)
	}
	return all
}

// write makes files below a folder.
func write(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// An import may climb as far as the project's root, by its path and by links.
func TestRoot(t *testing.T) {
	const block = "block b { relu }\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  []diag.Code
	}{
		"beside":           {map[string]string{"p/a/main.net": `import "b.net"`, "p/a/b.net": block}, nil},
		"own folder only":  {map[string]string{"p/a/main.net": `import "../b.net"`, "p/b.net": block}, []diag.Code{diag.ImportPath}},
		"up to netc.root":  {map[string]string{"p/netc.root": "", "p/a/main.net": `import "../b.net"`, "p/b.net": block}, nil},
		"up to go.mod":     {map[string]string{"p/go.mod": "", "p/a/main.net": `import "../b.net"`, "p/b.net": block}, nil},
		"up to .git":       {map[string]string{"p/.git/x": "", "p/a/main.net": `import "../b.net"`, "p/b.net": block}, nil},
		"not above":        {map[string]string{"p/go.mod": "", "p/a/main.net": `import "../../b.net"`, "b.net": block}, []diag.Code{diag.ImportPath}},
		"from an imported": {map[string]string{"p/go.mod": "", "p/a/main.net": `import "../b/b.net"`, "p/b/b.net": "import \"../c.net\"\n", "p/c.net": block}, nil},
		"a folder":         {map[string]string{"p/a/main.net": `import "b.net"`, "p/a/b.net/x": ""}, []diag.Code{diag.ImportFailed}},
	} {
		folder := t.TempDir()
		write(t, folder, c.files)
		_, _, diags, err := source.Load(filepath.Join(folder, "p/a/main.net"))
		if err != nil {
			t.Fatal(err)
		}
		if got := codes(diags); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, diags.Err(), c.want)
		}
	}
}

func TestLinkOutOfRoot(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, map[string]string{"secret.net": "block s { relu }\n", "p/netc.root": "", "p/main.net": `import "link.net"`})
	if err := os.Symlink(filepath.Join(folder, "secret.net"), filepath.Join(folder, "p/link.net")); err != nil {
		t.Fatal(err)
	}
	_, imports, diags, err := source.Load(filepath.Join(folder, "p/main.net"))
	if err != nil {
		t.Fatal(err)
	}
	if got := codes(diags); len(imports) > 0 || !slices.Equal(got, []diag.Code{diag.ImportFailed}) {
		t.Errorf("followed a link out of the root: %v %v", imports, diags)
	}
}

func TestLoadMissing(t *testing.T) {
	if _, _, _, err := source.Load(filepath.Join(t.TempDir(), "none.net")); !os.IsNotExist(err) {
		t.Errorf("%v, want a missing file", err)
	}
}

// Each file is read once, whoever imports it, and all who do are listed.
func TestOnce(t *testing.T) {
	tree := fstest.MapFS{
		"a.net": {Data: []byte("import \"c.net\"\nblock a { relu }\n")},
		"b.net": {Data: []byte("import \"c.net\"\nblock b { relu }\n")},
		"c.net": {Data: []byte("block c { relu }\n")},
	}
	f, _ := dsl.Parse("main.net", []byte("import \"a.net\"\nimport \"b.net\"\n"))
	imports, diags := source.Resolve(tree, "main.net", f)
	if len(diags) > 0 {
		t.Fatal(diags.Err())
	}
	var got []string
	files := map[*dsl.File]bool{}
	for _, i := range imports {
		got = append(got, i.By.Source.Name+">"+i.File.Source.Name)
		files[i.File] = true
	}
	if want := "a.net>c.net main.net>a.net b.net>c.net main.net>b.net"; strings.Join(got, " ") != want || len(files) != 3 {
		t.Errorf("%v from %d files, want %s from 3", got, len(files), want)
	}
}

func TestBounds(t *testing.T) {
	deep, wide := fstest.MapFS{}, fstest.MapFS{}
	var all strings.Builder
	for i := range 300 {
		deep[fmt.Sprintf("f%d.net", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "import \"f%d.net\"\n", i+1)}
		wide[fmt.Sprintf("f%d.net", i)] = &fstest.MapFile{Data: []byte("block b { relu }\n")}
		fmt.Fprintf(&all, "import \"f%d.net\"\n", i)
	}
	large := fstest.MapFS{}
	for i := range 6 {
		large[fmt.Sprintf("f%d.net", i)] = &fstest.MapFile{Data: []byte(strings.Repeat("//\n", 1<<20))}
	}
	for name, c := range map[string]struct {
		tree fstest.MapFS
		src  string
	}{
		"deep":  {deep, "import \"f0.net\"\n"},
		"wide":  {wide, all.String()},
		"large": {large, strings.Join(strings.SplitAfter(all.String(), "\n")[:6], "")},
	} {
		f, _ := dsl.Parse("main.net", []byte(c.src))
		if _, diags := source.Resolve(c.tree, "main.net", f); !slices.Contains(codes(diags), diag.ImportTooMuch) {
			t.Errorf("%s: no bound: %v", name, diags)
		}
	}
}

// Every file of the library reads without a complaint, is laid out canonically,
// and says of every block what it is.
func TestLibrary(t *testing.T) {
	for _, path := range source.Library() {
		f := source.LibraryFile(path)
		text, diags := dsl.Format(path, f.Source.Text)
		if len(diags) > 0 || string(text) != string(f.Source.Text) {
			t.Errorf("%s is not laid out by fmt: %v\n%s", path, diags.Err(), text)
		}
		for _, d := range f.Decls {
			b, ok := d.(*dsl.Block)
			if !ok || b.Doc == "" {
				t.Errorf("%s: %s", path, "a declaration that is no block, or has no `///`")
				continue
			}
			if got := source.LibraryOf(b.Name.Text); got != path {
				t.Errorf("block %s is in %s and in %q", b.Name.Text, path, got)
			}
		}
	}
	if source.LibraryFile("std/none.net") != nil || source.LibraryOf("none") != "" {
		t.Error("found what is not there")
	}
}
