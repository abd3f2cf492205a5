package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// source is a FILE argument: a .net file, or one model of it.
type source struct {
	path  string
	model string // empty: the only one, or all
}

// parseSource reads FILE or FILE:Model. A file whose own name has a colon is
// taken as it is.
func parseSource(arg string) source {
	if _, err := os.Stat(arg); err == nil {
		return source{path: arg}
	}
	i := strings.LastIndexByte(arg, ':')
	if i <= 0 || !isName(arg[i+1:]) {
		return source{path: arg}
	}
	return source{arg[:i], arg[i+1:]}
}

// isName reports whether s can be the name of a model.
func isName(s string) bool {
	for i, c := range s {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// load reads the file of a source and the values of --set.
func (s source) load(pairs []string) (*compiler.File, map[string]string, error) {
	set, err := settings(pairs)
	if err != nil {
		return nil, nil, err
	}
	f, err := compiler.Load(s.path)
	return f, set, err
}

// base is the file's name without folder and extension.
func (s source) base() string {
	return strings.TrimSuffix(filepath.Base(s.path), filepath.Ext(s.path))
}

// models are the names that the argument stands for: the model named, or all.
func (s source) models(f *compiler.File) []string {
	if s.model != "" {
		return []string{s.model}
	}
	return f.Models()
}

// one is the model that the argument stands for, where it has to be one. A file
// without models of its own stands for those that its recipes train.
func (s source) one(f *compiler.File) (string, error) {
	names := f.Models()
	if len(names) == 0 {
		names = trainedBy(f)
	}
	switch {
	case s.model != "":
		return s.model, nil
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", usagef("%s has no model", s.path).withHint("`netc check %s` says what is in it", s.path)
	}
	return "", usagef("%s has %d models: %s", s.path, len(names), strings.Join(names, ", ")).
		withHint("name one: %s:%s", s.path, names[0])
}

// one is source.one; of a file without models it reports what is wrong with its text.
func (s *session) one(src source, f *compiler.File) (string, error) {
	name, err := src.one(f)
	if err != nil && len(f.Models()) == 0 {
		if list := f.Check(); list.HasErrors() {
			err = s.diagnostics(list)
		}
	}
	return name, err
}

// diagnostics prints a list, and returns errReported when it has errors.
func (s *session) diagnostics(list diag.List) error {
	if err := list.WriteText(s.err, diag.TextStyle{Color: inColour(s.err)}); err != nil {
		return err
	}
	var counts []string
	for _, c := range []diag.Severity{diag.Error, diag.Warning} {
		if n := numberOf(list, c); n > 0 {
			counts = append(counts, plural(n, c.String()))
		}
	}
	if len(counts) > 0 {
		fmt.Fprintf(s.err, "\n%s\n", strings.Join(counts, ", "))
	}
	if list.HasErrors() {
		return errReported
	}
	return nil
}

// numberOf is how many diagnostics have a severity.
func numberOf(list diag.List, severity diag.Severity) (n int) {
	for _, d := range list {
		if d.Severity == severity {
			n++
		}
	}
	return n
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// model checks one model and prints what is wrong with it.
func (s *session) model(f *compiler.File, name string, set map[string]string) (*check.Model, error) {
	m, list, err := f.Model(name, set)
	if err != nil {
		return nil, s.notFound(f, list, err)
	}
	return m, s.diagnostics(list)
}

// recipe checks one recipe and the model it trains, and prints what is wrong.
func (s *session) recipe(f *compiler.File, name string, set map[string]string) (*check.Recipe, error) {
	r, list, err := f.Recipe(name, set)
	if err != nil {
		return nil, s.notFound(f, list, err)
	}
	return r, s.diagnostics(list)
}

// notFound reports a name that a file does not have. Where the file has errors
// those may be why, so they are what is reported.
func (s *session) notFound(f *compiler.File, list diag.List, err error) error {
	if list.HasErrors() {
		return s.diagnostics(list)
	}
	return usagef("%v", err).withHint("`netc check %s` says what is in the file", f.Path)
}

// recipesOf are the names of the recipes that train a model, in order; of all
// models for "".
func recipesOf(f *compiler.File, model string) []string {
	var names []string
	for _, d := range f.AST.Decls {
		if t, ok := d.(*dsl.Train); ok && t.Name != nil && t.Model != nil && (model == "" || t.Model.Name.Text == model) {
			names = append(names, t.Name.Text)
		}
	}
	return names
}

// trainedBy are the models that the recipes of a file train, in order, once each.
func trainedBy(f *compiler.File) []string {
	var names []string
	for _, d := range f.AST.Decls {
		if t, ok := d.(*dsl.Train); ok && t.Name != nil && t.Model != nil && !contains(names, t.Model.Name.Text) {
			names = append(names, t.Model.Name.Text)
		}
	}
	return names
}

// pickRecipe is the name of the recipe that the flags ask for, where it has to
// be one.
func pickRecipe(f *compiler.File, src source, flag string) (string, error) {
	names := recipesOf(f, src.model)
	what := src.path
	if src.model != "" {
		what = "model " + src.model + " of " + src.path
	}
	switch {
	case flag != "" && src.model != "" && contains(f.Recipes(), flag) && !contains(names, flag):
		return "", usagef("recipe %s does not train model %s", flag, src.model).withHint("its recipes are %s", strings.Join(names, ", "))
	case flag != "":
		return flag, nil
	case len(names) == 1:
		return names[0], nil
	case len(names) == 0:
		return "", usagef("%s has no recipe", what).withHint("add one, such as `train digits of Model { … }`")
	}
	return "", usagef("%s has %d recipes: %s", what, len(names), strings.Join(names, ", ")).
		withHint("name one: --recipe %s", names[0])
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// settings reads the values of --set.
func settings(pairs []string) (map[string]string, error) {
	set := map[string]string{}
	for _, p := range pairs {
		key, value, ok := strings.Cut(p, "=")
		if !ok || !isName(key) {
			return nil, usagef("--set is %q, expected parameter=value", p).withHint("for instance --set classes=37")
		}
		if _, twice := set[key]; twice {
			return nil, usagef("--set gives %s twice", key)
		}
		set[key] = value
	}
	return set, nil
}
