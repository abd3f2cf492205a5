package compiler_test

import (
	"bytes"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/expand"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
)

// TestExpand writes every model of models/, and every graph of the checker's
// tests, out and reads it again: the graph must be the same, and the text laid
// out as fmt does.
func TestExpand(t *testing.T) {
	graphs := map[string]*ir.Graph{}
	add := func(name string, f *compiler.File) {
		for _, m := range f.Models() {
			model, diags, err := f.Model(m, nil)
			if err != nil || len(diags) > 0 {
				t.Fatal(name, err, diags.Err())
			}
			graphs[name+":"+m] = model.Graph
		}
	}
	paths, _ := filepath.Glob("../models/*/*.net")
	for _, path := range paths {
		f, err := compiler.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		add(path, f)
	}
	corpus, _ := filepath.Glob("../testdata/graph/*.txtar")
	for _, path := range corpus {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Files {
			if filepath.Ext(f.Name) == ".net" {
				add(filepath.Base(path)+"/"+f.Name, compiler.Parse(f.Name, f.Data))
			}
		}
	}
	if len(graphs) < 40 {
		t.Fatalf("only %d graphs", len(graphs))
	}
	for name, g := range graphs {
		var text bytes.Buffer
		if err := expand.Model(&text, g); err != nil {
			t.Fatal(err)
		}
		f := compiler.Parse("expanded.net", text.Bytes())
		m, diags, err := f.Model("", nil)
		if err != nil || len(diags) > 0 {
			t.Errorf("%s: %v %v in\n%s", name, err, diags.Err(), text.Bytes())
			continue
		}
		equalGraphs(t, name, g, m.Graph)
		if laid, _ := dsl.Format("expanded.net", text.Bytes()); !bytes.Equal(laid, text.Bytes()) {
			t.Errorf("%s: not laid out by fmt:\n%s", name, text.Bytes())
		}
	}
}

// equalGraphs compares all but names.
func equalGraphs(t *testing.T, name string, a, b *ir.Graph) {
	t.Helper()
	if len(a.Nodes) != len(b.Nodes) || len(a.Outputs) != len(b.Outputs) || len(a.Heads) != len(b.Heads) {
		t.Errorf("%s: other numbers of layers, outputs or heads", name)
		return
	}
	same := map[*ir.Value]*ir.Value{}
	for i, v := range a.Inputs {
		same[v] = b.Inputs[i]
	}
	for i, n := range a.Nodes {
		m := b.Nodes[i]
		same[n.Out] = m.Out
		if n.Op.Name != m.Op.Name || !n.Out.Shape.Equal(m.Out.Shape) || n.Training != m.Training || len(n.In) != len(m.In) || len(n.Params) != len(m.Params) {
			t.Errorf("%s: %s and %s differ", name, n.Name, m.Name)
			return
		}
		if !reflect.DeepEqual(n.Attrs, m.Attrs) {
			t.Errorf("%s: %s has %+v, %s has %+v", name, n.Name, n.Attrs, m.Name, m.Attrs)
		}
		for j, v := range n.In {
			if same[v] != m.In[j] {
				t.Errorf("%s: %s reads %s, %s reads %s", name, n.Name, v.Name, m.Name, m.In[j].Name)
			}
		}
		for j, p := range n.Params {
			if q := m.Params[j]; !reflect.DeepEqual(p.Shape, q.Shape) || p.Init != q.Init || p.Role != q.Role {
				t.Errorf("%s: parameter %s is not %s", name, p.Name, q.Name)
			}
		}
	}
	for i, o := range a.Outputs {
		if p := b.Outputs[i]; o.Name != p.Name || same[o.Value] != p.Value {
			t.Errorf("%s: output %s is %s", name, o.Name, p.Name)
		}
	}
	for i, h := range a.Heads {
		if k := b.Heads[i]; h.Weight != k.Weight || same[h.Value] != k.Value {
			t.Errorf("%s: head %s is %s", name, h.Name, k.Name)
		}
	}
}
