// Package compiler is the way in: from the text of a file to graphs, recipes
// and programs, with diagnostics on the way.
//
// Input: .net files. Output: checked models (ir.Graph), recipes, and
// plan.Programs for the interpreter and the generator.
//
// Invariants: partial results come with diagnostics, never instead of them; a
// model or recipe without errors lowers without diagnostics.
package compiler

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lint"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/plan"
)

// File is a parsed file, ready to be asked for its models and recipes.
type File struct {
	Path    string
	AST     *dsl.File
	imports []source.Import
	unit    *check.Unit
	diag    diag.List // of the text and the declarations
}

// Load reads and parses a file and what it imports. It fails when the file
// cannot be read; what is wrong in it is told by Check.
func Load(path string) (*File, error) {
	ast, imports, diags, err := source.Load(path)
	if err != nil {
		return nil, err
	}
	return newFile(path, ast, imports, diags), nil
}

// Parse parses a text under the name that diagnostics show, which is also the
// path from which its imports are looked for.
func Parse(path string, src []byte) *File {
	ast, imports, diags := source.Parse(path, src)
	return newFile(path, ast, imports, diags)
}

func newFile(path string, ast *dsl.File, imports []source.Import, diags diag.List) *File {
	unit := check.New(ast, op.New(), imports...)
	diags.Add(unit.Diagnostics()...)
	return &File{Path: path, AST: ast, imports: imports, unit: unit, diag: diags}
}

// ParseIn is Parse for a file that lies in a tree, of which its imports are.
func ParseIn(tree fs.FS, path string, src []byte) *File {
	ast, diags := dsl.Parse(path, src)
	imports, more := source.Resolve(tree, path, ast)
	diags.Add(more...)
	return newFile(path, ast, imports, diags)
}

// Check returns every diagnostic of the file: its text, its models with their
// default parameters, and its recipes, with the warnings of lints.
func (f *File) Check() diag.List {
	all := f.unit.Check()
	in := lint.Input{File: f.AST, Imports: f.imports, Diags: append(append(diag.List(nil), f.diag...), all.Diags...)}
	if !f.diag.HasErrors() {
		in.Recipes, in.Models = all.Recipes, all.Models
	}
	return lint.Check(in)
}

// CheckModel is Check for one model with its default parameters: what its
// declaration and what is written out of it give.
func (f *File) CheckModel(name string) (diag.List, error) {
	model, diags, err := f.Model(name, nil)
	if err != nil {
		return diags, err
	}
	in := lint.Input{File: f.AST, Imports: f.imports, Diags: diags, Only: model.Decl}
	if !diags.HasErrors() {
		in.Models = []*check.Model{model}
	}
	return lint.Check(in), nil
}

// Models returns the names of the models in the order of the file.
func (f *File) Models() []string {
	var names []string
	for _, m := range f.unit.Models() {
		names = append(names, m.Name.Text)
	}
	return names
}

// Recipes returns the names of the recipes in the order of the file.
func (f *File) Recipes() []string {
	var names []string
	for _, t := range f.unit.Recipes() {
		names = append(names, t.Name.Text)
	}
	return names
}

// Model checks one model, the only one for "". set overrides its parameters.
// The error says that there is no such model or parameter; the diagnostics say
// what is wrong with the text and the model, and the model is partial then.
func (f *File) Model(name string, set map[string]string) (*check.Model, diag.List, error) {
	i, err := pick("model", f.Path, name, f.Models())
	if err != nil {
		return nil, f.diag, err
	}
	m := f.unit.Models()[i]
	if err := knownParams(m, set); err != nil {
		return nil, f.diag, err
	}
	model, diags := f.unit.Model(m, nil, set)
	return model, f.with(diags), nil
}

// Recipe checks one recipe and the model it trains, as Model does.
func (f *File) Recipe(name string, set map[string]string) (*check.Recipe, diag.List, error) {
	i, err := pick("recipe", f.Path, name, f.Recipes())
	if err != nil {
		return nil, f.diag, err
	}
	t := f.unit.Recipes()[i]
	for _, m := range f.unit.Models() {
		if t.Model != nil && t.Model.Name.Text == m.Name.Text {
			if err := knownParams(m, set); err != nil {
				return nil, f.diag, err
			}
		}
	}
	r, diags := f.unit.Recipe(t, set)
	return r, f.with(diags), nil
}

func (f *File) with(diags diag.List) diag.List {
	all := append(append(diag.List(nil), f.diag...), diags...)
	all.Tidy()
	return all
}

// pick finds a name among those of a file, or the only one for "".
func pick(what, path, name string, names []string) (int, error) {
	switch {
	case len(names) == 0:
		return 0, fmt.Errorf("%s has no %s", path, what)
	case name == "" && len(names) == 1:
		return 0, nil
	case name == "":
		return 0, fmt.Errorf("%s has %d %ss (%s); say which", path, len(names), what, strings.Join(names, ", "))
	}
	for i, n := range names {
		if n == name {
			return i, nil
		}
	}
	err := fmt.Sprintf("%s has no %s %q; it has %s", path, what, name, strings.Join(names, ", "))
	if near, ok := diag.Nearest(name, names); ok {
		err += fmt.Sprintf("; did you mean %s?", near)
	}
	return 0, fmt.Errorf("%s", err)
}

func knownParams(m *dsl.Model, set map[string]string) error {
	var known []string
	for _, p := range m.Params {
		known = append(known, p.Name.Text)
	}
next:
	for name := range set {
		for _, k := range known {
			if k == name {
				continue next
			}
		}
		if len(known) == 0 {
			return fmt.Errorf("model %s has no parameters, so %s cannot be set", m.Name.Text, name)
		}
		return fmt.Errorf("model %s has no parameter %q; it has %s", m.Name.Text, name, strings.Join(known, ", "))
	}
	return nil
}

// Options say which plans a program gets.
type Options = lower.Options

// Program runs the passes over a checked graph and lowers it. Each graph is
// lowered once: passes change it.
func Program(g *ir.Graph, opt Options) (*plan.Program, error) {
	if opt.Method != nil {
		pass.Freeze(g, opt.Method.Frozen)
	}
	if opt.From != nil {
		opt.From.Kept = true
	}
	if err := pass.Run(g, false); err != nil {
		return nil, err
	}
	if opt.Tuning != nil && opt.Tuning.Measure != nil {
		trial := opt
		trial.MemoryLimit = 0
		err := opt.Tuning.Measure(func() error {
			_, err := lower.Program(g, trial)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return lower.Program(g, opt)
}
