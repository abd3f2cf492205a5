// Package check turns a parsed file into typed graphs and recipes: it resolves
// names, writes out blocks and repeats, decodes arguments and infers shapes.
//
// Input: a dsl.File and those that it imports, possibly with parts missing where
// the parser gave diagnostics. Output: a graph for each model and a recipe for each train
// declaration, with diagnostics for what does not fit.
//
// Invariants: one cause gives one diagnostic; whatever depends on something
// faulty stays silent; a graph is returned even when it has faults, with unknown
// shapes there; nothing the file says makes the checker run long or panic.
package check

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Unit is a checked file.
type Unit struct {
	File *dsl.File

	table       *op.Table
	combinators []*combinator
	models      []*dsl.Model
	trains      []*dsl.Train
	scopes      map[*diag.File]*declared
	diags       diag.List // of the declarations themselves
}

// declared is what the names of models and blocks mean in one file.
type declared struct {
	file   *dsl.File
	models map[string]*dsl.Model
	blocks map[string]*dsl.Block
	names  map[string]diag.Span // of both, where the file declares or imports them
	bad    map[string]bool      // of declarations that could not be read
	lacks  bool                 // an import failed, so that more names may be meant to be known
}

// New reads the declarations of a file, and of those that it imports. It
// reports names declared twice; models and recipes are checked when they are
// asked for.
func New(f *dsl.File, table *op.Table, imports ...source.Import) *Unit {
	u := &Unit{File: f, table: table, combinators: combinators(), scopes: map[*diag.File]*declared{}}
	u.declare(f)
	for _, i := range imports {
		if u.scopes[i.File.Source] == nil {
			u.declare(i.File)
		}
	}
	found := map[*dsl.Import]bool{}
	linked := map[[2]*dsl.File]bool{}
	for _, i := range imports {
		found[i.At] = true
		if pair := [2]*dsl.File{i.By, i.File}; !linked[pair] {
			linked[pair] = true
			u.link(i)
		}
	}
	for _, d := range u.scopes {
		for _, x := range d.file.Imports {
			d.lacks = d.lacks || !found[x]
		}
	}
	return u
}

// declare reads the declarations of one file.
func (u *Unit) declare(f *dsl.File) {
	d := &declared{
		file: f, models: map[string]*dsl.Model{}, blocks: map[string]*dsl.Block{},
		names: map[string]diag.Span{}, bad: map[string]bool{},
	}
	u.scopes[f.Source] = d
	recipes := map[string]diag.Span{}
	once := func(names map[string]diag.Span, n *dsl.Name, what string) bool {
		first, ok := names[n.Text]
		if !ok {
			names[n.Text] = n.Span
			return true
		}
		u.report(diag.Errorf(diag.DeclaredTwice, n.Span, "%s `%s` is declared twice", what, n.Text).
			WithLabel("declared again").
			WithSecondary(first, "first declared here").
			WithHelp("give one of them another name"))
		return false
	}
	for _, x := range f.Decls {
		switch x := x.(type) {
		case *dsl.Model:
			if once(d.names, x.Name, "model") {
				d.models[x.Name.Text] = x
				if f == u.File {
					u.models = append(u.models, x)
				}
			}
			u.params(x.Params)
		case *dsl.Block:
			if u.table.Op(x.Name.Text) != nil || u.combinator(x.Name.Text) != nil {
				u.report(diag.Errorf(diag.DeclaredTwice, x.Name.Span, "`%s` is a layer of the language", x.Name.Text).
					WithLabel("cannot be the name of a block").
					WithHelp("give the block another name"))
			} else if once(d.names, x.Name, "block") {
				d.blocks[x.Name.Text] = x
			}
			u.params(x.Params)
		case *dsl.Train:
			if f == u.File && once(recipes, x.Name, "recipe") {
				u.trains = append(u.trains, x)
			}
		case *dsl.BadDecl:
			if x.Name != nil {
				d.bad[x.Name.Text] = true
			}
		}
	}
}

// link makes what a file declares known in one that imports it. What that file
// imports itself stays its own.
func (u *Unit) link(i source.Import) {
	into := u.scopes[i.By.Source]
	known := func(n *dsl.Name) bool {
		if first, twice := into.names[n.Text]; twice {
			if first != n.Span {
				u.report(diag.Errorf(diag.DeclaredTwice, i.At.Path.Span, "`%s` is declared here and in the imported file", n.Text).
					WithSecondary(first, "one").WithSecondary(n.Span, "the other").
					WithHelp("give one of them another name"))
			}
			return true
		}
		into.names[n.Text] = n.Span
		return false
	}
	for _, x := range i.File.Decls {
		switch x := x.(type) {
		case *dsl.Model:
			if !known(x.Name) {
				into.models[x.Name.Text] = x
			}
		case *dsl.Block:
			if !known(x.Name) {
				into.blocks[x.Name.Text] = x
			}
		case *dsl.BadDecl:
			if x.Name != nil {
				into.bad[x.Name.Text] = true
			}
		}
	}
}

// params checks a declaration's parameters apart from their defaults.
func (u *Unit) params(params []*dsl.Param) {
	seen := map[string]*dsl.Name{}
	for _, p := range params {
		if first, ok := seen[p.Name.Text]; ok {
			u.report(diag.Errorf(diag.DeclaredTwice, p.Name.Span, "parameter `%s` is declared twice", p.Name.Text).
				WithLabel("declared again").
				WithSecondary(first.Span, "first declared here").
				WithHelp("give one of them another name"))
		}
		seen[p.Name.Text] = p.Name
		if p.Type == nil {
			continue
		}
		if _, ok := kindOf(p.Type.Text); !ok {
			d := diag.Errorf(diag.UnknownType, p.Type.Span, "unknown type `%s`", p.Type.Text).
				WithNote("the types are int, ints, float, floats, bool, word and size")
			suggest(d, p.Type, kindNames[:])
			u.report(d)
		}
	}
}

// report notes what is wrong with the declarations; of very many mistakes the first.
func (u *Unit) report(d *diag.Diagnostic) {
	if len(u.diags) < maxMistakes {
		u.diags.Add(d)
	} else if len(u.diags) == maxMistakes {
		u.diags.Add(tooManyMistakes(d.Primary.Tail()))
	}
}

// Diagnostics returns what is wrong with the declarations as such.
func (u *Unit) Diagnostics() diag.List { return u.diags }

// Models lists the models of the file in order.
func (u *Unit) Models() []*dsl.Model { return u.models }

// Recipes lists the recipes of the file in order.
func (u *Unit) Recipes() []*dsl.Train { return u.trains }

// block finds the block that a name means where it is written, or returns nil.
func (u *Unit) block(name *dsl.Name) *dsl.Block { return u.scopes[name.File].blocks[name.Text] }

// knows reports whether a name means a block or a layer where it is written.
func (u *Unit) knows(name *dsl.Name) bool {
	return u.block(name) != nil || u.combinator(name.Text) != nil || u.table.Op(name.Text) != nil
}

// declares is the name of a file in sight, by way of imports, that declares a
// block, or "".
func (u *Unit) declares(block string) string {
	file := ""
	for _, d := range u.scopes {
		if b := d.blocks[block]; b != nil && (file == "" || b.File.Name < file) {
			file = b.File.Name
		}
	}
	return file
}

// Model is a checked model.
type Model struct {
	Decl  *dsl.Model
	Graph *ir.Graph
	Taps  map[string]*ir.Value // the names given with `as`, and outputs
}

// suggest adds the nearest known word to a diagnostic about an unknown one.
func suggest(d *diag.Diagnostic, word *dsl.Name, known []string) {
	d.DidYouMean(word.Span, word.Text, known)
}

// later reports a part of the edition that this version of netc does not build.
func later(at diag.Span, what string) *diag.Diagnostic {
	return diag.Errorf(diag.NotInVersion, at, "%s is part of edition 1, but this version of netc cannot build it", what).
		WithHelp("`netc version` shows which version this is; a newer one may")
}
