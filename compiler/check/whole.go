package check

import (
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// All is what checking all that a file declares gives.
type All struct {
	Diags   diag.List
	Recipes []*Recipe // those without errors
	Models  []*Model  // those without errors: as recipes use them, or else with default parameters
}

// Check checks the models and recipes of the file, each model with its default
// parameters and as its recipes use it.
func (u *Unit) Check() All {
	w := &whole{unit: u, left: maxTotal + len(u.File.Source.Text), plain: map[*dsl.Model]*checked{}, kept: map[*Model]bool{}}
	trained, sound := map[*dsl.Model]bool{}, map[*dsl.Model]bool{}
	for _, t := range u.trains {
		w.each(t.Name, func(work *budget) diag.List {
			r, diags := u.recipe(t, work, func(m *dsl.Model, args *dsl.Args, work *budget) (*Model, diag.List) {
				trained[m] = true
				return w.model(m, args, work)
			})
			if !diags.HasErrors() {
				w.all.Recipes = append(w.all.Recipes, r)
				if w.keep(r.Model); r.Model != nil {
					sound[r.Model.Decl] = true
				}
			}
			return diags
		})
	}
	for _, m := range u.models {
		if trained[m] && needsArguments(m) {
			continue // it has no meaning of its own, and was checked in its recipe
		}
		w.each(m.Name, func(work *budget) diag.List {
			model, diags := w.model(m, nil, work)
			if !diags.HasErrors() && !sound[m] {
				w.keep(model)
			}
			return diags
		})
	}
	w.all.Diags.Tidy()
	return w.all
}

// whole is a check of all that a file declares.
type whole struct {
	unit  *Unit
	left  int                     // steps
	plain map[*dsl.Model]*checked // the models that were checked without arguments
	all   All
	kept  map[*Model]bool // all.Models
	done  bool            // a bound was passed and reported: nothing more is looked at
}

// checked is the result of checking a model.
type checked struct {
	model *Model
	diags diag.List
}

// keep notes a model without errors, once.
func (w *whole) keep(m *Model) {
	if m != nil && !w.kept[m] {
		w.kept[m] = true
		w.all.Models = append(w.all.Models, m)
	}
}

// each checks one declaration within what is left of the bounds.
func (w *whole) each(name *dsl.Name, check func(work *budget) diag.List) {
	switch {
	case w.done:
		return
	case w.left <= 0:
		w.done = true
		w.all.Diags.Add(diag.Errorf(diag.TooManyLayers, name.Span, "the models of this file are too large together when written out").
			WithLabel("this and what follows is not looked at").
			WithHelp("check the counts of their repeats, or put some of the models in another file"))
		return
	case len(w.all.Diags) > maxMistakes:
		w.done = true
		w.all.Diags.Add(tooManyMistakes(name.Span))
		return
	}
	work := budgetOf(w.unit.File.Source)
	before := work.left
	w.all.Diags.Add(check(work)...)
	w.left -= before - work.left
}

// model checks a model, once where it is given no arguments.
func (w *whole) model(m *dsl.Model, args *dsl.Args, work *budget) (*Model, diag.List) {
	if args != nil && len(args.List) > 0 {
		return w.unit.model(m, args, nil, work)
	}
	c := w.plain[m]
	if c == nil {
		c = &checked{}
		c.model, c.diags = w.unit.model(m, args, nil, work)
		w.plain[m] = c
	}
	return c.model, c.diags
}

func needsArguments(m *dsl.Model) bool {
	for _, p := range m.Params {
		if p.Default == nil {
			return true
		}
	}
	return false
}
