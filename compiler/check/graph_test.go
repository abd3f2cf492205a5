package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestGraphs compares the graphs of the models in testdata/graph with the dumps
// that follow them.
func TestGraphs(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/graph/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no graphs: %v", err)
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
			t.Run(base, func(t *testing.T) {
				list, unit := check(f.Name, f.Data)
				if len(list) > 0 {
					t.Error(list.Err())
				}
				var text strings.Builder
				for _, m := range unit.Models() {
					model, _ := unit.Model(m, nil, nil)
					if err := model.Graph.Verify(); err != nil {
						t.Error(err)
					}
					model.Graph.Dump(&text)
				}
				files = append(files, f, txtar.File{Name: base + ".graph", Data: []byte(text.String())})
				if d := cmp.Diff(want[base+".graph"], text.String()); d != "" && !*update {
					t.Errorf("-want +got:\n%s", d)
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
