package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// mostMistakes is how many errors a file may have that is being typed. Warnings
// about what is not used yet come on top.
const mostMistakes = 2

// TestHalfTyped checks the beginnings of every model file: none makes the
// compiler panic or say more than a little, and the layers of the statements that
// are complete have the names and shapes that they have in the whole file.
func TestHalfTyped(t *testing.T) {
	for _, pattern := range []string{"../models/*/*.net", "source/std/*.net"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, path := range paths {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".net"), func(t *testing.T) {
				t.Parallel()
				src, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				whole := newTyped(t, path, src)
				for _, n := range cuts(src) {
					whole.prefix(t, path, src[:n])
				}
			})
		}
	}
}

// cuts are the places at which a file is cut: every byte of a small file, and of
// a larger one every place between two words, comments being one.
func cuts(src []byte) []int {
	const small = 1 << 10
	var at []int
	for n := range len(src) {
		line := src[bytes.LastIndexByte(src[:n], '\n')+1 : n]
		if comment := bytes.Index(line, []byte("// ")); comment >= 0 && len(line) > comment+4 && len(src) > small {
			continue
		}
		word := n > 0 && isWord(src[n-1]) && isWord(src[n])
		blank := n > 0 && src[n-1] == ' ' && src[n] == ' '
		if len(src) <= small || !word && !blank {
			at = append(at, n)
		}
	}
	if testing.Short() {
		for i := range len(at) / 10 {
			at[i] = at[10*i]
		}
		at = at[:len(at)/10]
	}
	return at
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// typed is the layers of a file after each statement of its models.
type typed struct {
	models map[string]*dsl.Model
	nodes  map[string][]*ir.Node
	after  map[string][]int // how many nodes the first statements make
}

func newTyped(t *testing.T, path string, src []byte) *typed {
	w := &typed{map[string]*dsl.Model{}, map[string][]*ir.Node{}, map[string][]int{}}
	whole := compiler.Parse(path, src)
	for _, d := range whole.AST.Decls {
		m, ok := d.(*dsl.Model)
		if !ok {
			continue
		}
		name := m.Name.Text
		w.models[name] = m
		w.nodes[name] = graphOf(t, whole, name).Nodes
		for _, stmt := range m.Body.Stmts {
			text := append(bytes.Clone(src[:stmt.At().End]), "\n}\n"...)
			w.after[name] = append(w.after[name], len(graphOf(t, compiler.Parse(path, text), name).Nodes))
		}
	}
	return w
}

func graphOf(t *testing.T, f *compiler.File, name string) *ir.Graph {
	m, _, err := f.Model(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m.Graph
}

// prefix checks the beginning of a file.
func (w *typed) prefix(t *testing.T, path string, src []byte) {
	f := compiler.Parse(path, src)
	m, diags := last(f)
	mistakes := 0
	for _, d := range diags {
		if d.Severity != diag.Warning {
			mistakes++
		}
		if mistakes > mostMistakes {
			t.Fatalf("the first %d bytes have more than %d mistakes:\n%v", len(src), mostMistakes, diags.Err())
		}
		if !within(d) {
			t.Fatalf("the first %d bytes: outside of the file: %v", len(src), d)
		}
	}
	if m == nil || w.models[m.Decl.Name.Text] == nil || m.Decl.Start != w.models[m.Decl.Name.Text].Start {
		return
	}
	name := m.Decl.Name.Text
	complete := 0
	for i, stmt := range w.models[name].Body.Stmts {
		if i > 0 && stmt.At().Start <= len(src) {
			complete = w.after[name][i-1]
		}
	}
	got := m.Graph.Nodes
	if len(got) < complete {
		t.Fatalf("the first %d bytes: model %s has %d layers, its complete statements make %d", len(src), name, len(got), complete)
	}
	for i, want := range w.nodes[name][:complete] {
		if got[i].Name != want.Name || !got[i].Out.Shape.Equal(want.Out.Shape) {
			t.Fatalf("the first %d bytes: model %s: layer %s is %v, not %s: %v", len(src), name, got[i].Name, got[i].Out.Shape, want.Name, want.Out.Shape)
		}
	}
}

// last checks the declaration that is being typed, the last one, and returns the
// model if it is one. Those before it are complete, and looked at again now and then.
func last(f *compiler.File) (*check.Model, diag.List) {
	if n := len(f.AST.Decls); n > 0 {
		switch d := f.AST.Decls[n-1].(type) {
		case *dsl.Model:
			if m, diags, err := f.Model(d.Name.Text, nil); err == nil {
				return m, diags
			}
		case *dsl.Train:
			if _, diags, err := f.Recipe(d.Name.Text, nil); err == nil {
				return nil, diags
			}
		}
	}
	if len(f.AST.Source.Text)%16 == 0 {
		return nil, f.Check()
	}
	_, diags, _ := f.Model("?", nil) // no model has this name: what is left is about text and declarations
	return nil, diags
}

// within reports whether all that a diagnostic points at lies in its file.
func within(d *diag.Diagnostic) bool {
	spans := []diag.Span{d.Primary}
	for _, s := range d.Secondary {
		spans = append(spans, s.Span)
	}
	for _, e := range d.Edits {
		spans = append(spans, e.Span)
	}
	for _, s := range spans {
		if s.File == nil || s.Start < 0 || s.Start > s.End || s.End > len(s.File.Text) {
			return false
		}
	}
	return true
}
