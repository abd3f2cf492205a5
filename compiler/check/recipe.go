package check

import (
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// Recipe is a checked train declaration: what the compiler needs of it, and
// what the training loop does.
type Recipe struct {
	Decl       *dsl.Train
	Model      *Model
	Objectives []*ir.Objective
	Method     *ir.Method
	Transforms []data.Transform
	Run        train.Recipe
}

// recipe reads the entries of one train declaration.
type recipe struct {
	*scope
	unit  *Unit
	diags diag.List
	out   *Recipe
	seen  map[string]*dsl.Entry
	meant map[string]bool // keys that are likely there, misspelt
	texts []string        // canonical, of out.Transforms

	bound     ir.Clip
	boundText string // canonical, after the optimizer's
}

// entry is a key of a recipe.
type entry struct {
	key      string
	required bool
	sample   string
	read     func(*recipe, *dsl.Entry)
}

// entries are the keys that this version knows, in the order in which they are
// usually written.
func entries() []entry {
	return []entry{
		{"seed", false, "seed 42", (*recipe).seed},
		{"data", true, "data mnist", (*recipe).data},
		{"batch", true, "batch 64", (*recipe).batch},
		{"epochs", true, "epochs 10", (*recipe).epochs},
		{"loss", true, "loss cross_entropy on logits", (*recipe).loss},
		{"optimizer", true, "optimizer sgd(lr=0.05, momentum=0.9)", (*recipe).optimizer},
		{"clip", false, "clip norm(1.0)", (*recipe).clip},
		{"warmup", false, "warmup 5", (*recipe).warmup},
		{"schedule", false, "schedule cosine", (*recipe).schedule},
		{"augment", false, "augment { shift(2) }", (*recipe).augment},
	}
}

// editionEntries are keys of edition 1 that this version cannot build.
var editionEntries = []string{"init", "stage", "freeze", "cache", "rates", "evaluate", "precision"}

// Recipe checks a train declaration and the model it trains, with parameters
// of the model overridden from the command line.
func (u *Unit) Recipe(t *dsl.Train, overrides map[string]string) (*Recipe, diag.List) {
	r := &recipe{unit: u, out: &Recipe{Decl: t}, seen: map[string]*dsl.Entry{}, meant: map[string]bool{}}
	r.scope = &scope{
		values: map[string]value{},
		report: func(d *diag.Diagnostic) { r.diags.Add(d) },
		budget: &budget{maxWork},
	}
	r.out.Run = train.Recipe{Name: t.Name.Text, Seed: 1, Schedule: &train.Constant{}}
	if t.Model != nil {
		r.model(t.Model, overrides)
	}
	if t.Body != nil {
		r.body(t)
	}
	r.together()
	r.diags.Tidy()
	return r.out, r.diags
}

func (r *recipe) model(call *dsl.Call, overrides map[string]string) {
	models := r.unit.scopes[call.Name.File].models
	m := models[call.Name.Text]
	if m == nil {
		known := sorted(slices.Collect(maps.Keys(models)))
		d := diag.Errorf(diag.UnknownModel, call.Name.Span, "no model is called `%s`", call.Name.Text)
		suggest(d, call.Name, known)
		if d.Help == "" && len(known) > 0 {
			d.WithHelp("the models of this file are " + strings.Join(known, ", "))
		}
		r.report(d)
		return
	}
	model, diags := r.unit.Model(m, call.Args, overrides)
	r.out.Model = model
	r.diags.Add(diags...)
}

func (r *recipe) body(t *dsl.Train) {
	for _, e := range t.Body.Entries {
		if len(r.diags) > maxMistakes {
			r.report(tooManyMistakes(e.Span))
			return
		}
		if first, twice := r.seen[e.Key.Text]; twice {
			r.errorf(diag.RepeatedEntry, e.Key.Span, "`%s` stands twice in the recipe", e.Key.Text).
				WithLabel("again").WithSecondary(first.Key.Span, "first here").WithHelp("keep one of them")
			continue
		}
		r.seen[e.Key.Text] = e
		r.entry(e)
	}
	if len(t.Body.Bad) > 0 {
		return // what is missing may be what could not be read
	}
	for _, known := range entries() {
		if _, ok := r.seen[known.key]; known.required && !ok && !r.meant[known.key] {
			r.errorf(diag.MissingEntry, t.Name.Span, "recipe `%s` does not say its `%s`", t.Name.Text, known.key).
				WithHelp("add a line such as `"+known.sample+"`", appendLine(t.Body.Span, known.sample))
		}
	}
}

func (r *recipe) entry(e *dsl.Entry) {
	var keys []string
	for _, known := range entries() {
		if known.key == e.Key.Text {
			known.read(r, e)
			return
		}
		keys = append(keys, known.key)
	}
	if slices.Contains(editionEntries, e.Key.Text) {
		r.report(later(e.Key.Span, "`"+e.Key.Text+"`"))
		return
	}
	d := diag.Errorf(diag.UnknownEntry, e.Key.Span, "a recipe has no `%s`", e.Key.Text)
	d.WithNote("its keys are %s", strings.Join(keys, ", "))
	suggest(d, e.Key, keys)
	if near, ok := diag.Nearest(e.Key.Text, keys); ok {
		r.meant[near] = true
	}
	r.report(d)
}

// form reports an entry that is not written as its key takes it.
func (r *recipe) form(e *dsl.Entry, want string, sample ...string) {
	r.errorf(diag.EntryForm, e.Span, "`%s` takes %s", e.Key.Text, want).
		WithHelp("write for instance `" + append(sample, sampleOf(e.Key.Text))[0] + "`")
}

func sampleOf(key string) string {
	for _, known := range entries() {
		if known.key == key {
			return known.sample
		}
	}
	return key
}

// whole reads an entry that is one whole number from lo to hi.
func (r *recipe) whole(e *dsl.Entry, lo, hi int64) (int64, bool) {
	if len(e.Values) != 1 || e.Args != nil || e.Body != nil {
		r.form(e, "one whole number")
		return 0, false
	}
	v := r.eval(e.Values[0])
	if !v.known {
		return 0, false
	}
	if v.kind != kindInt {
		r.form(e, "a whole number, not "+v.describe())
		return 0, false
	}
	if v.n[0] < lo || v.n[0] > hi {
		r.errorf(diag.OutOfRange, e.Values[0].At(), "`%s` is %d, but must be from %d to %d", e.Key.Text, v.n[0], lo, hi).
			WithHelp("write for instance `" + sampleOf(e.Key.Text) + "`")
		return 0, false
	}
	return v.n[0], true
}

func (r *recipe) seed(e *dsl.Entry) {
	if n, ok := r.whole(e, 0, 1<<62); ok {
		r.out.Run.Seed = n
	}
}

func (r *recipe) batch(e *dsl.Entry) {
	if n, ok := r.whole(e, 1, 1<<20); ok {
		r.out.Run.Batch = int(n)
	}
}

func (r *recipe) epochs(e *dsl.Entry) {
	if n, ok := r.whole(e, 1, 1<<20); ok {
		r.out.Run.Epochs = int(n)
	}
}

// call reads an entry that names one thing, with or without arguments.
func (r *recipe) call(e *dsl.Entry) (*dsl.Name, *dsl.Args, bool) {
	if len(e.Values) == 1 && e.Args == nil && e.Body == nil {
		return callOf(e.Values[0])
	}
	return nil, nil, false
}

func callOf(x dsl.Expr) (*dsl.Name, *dsl.Args, bool) {
	switch x := x.(type) {
	case *dsl.Name:
		return x, nil, true
	case *dsl.Call:
		return x.Name, x.Args, true
	}
	return nil, nil, false
}

// unknown reports a word that names no loss, optimizer and so on.
func (r *recipe) unknown(what string, n *dsl.Name, known []string) {
	d := diag.Errorf(diag.UnknownCall, n.Span, "no %s is called `%s`", what, n.Text)
	suggest(d, n, known)
	if d.Help == "" {
		d.WithHelp("choose from " + strings.Join(known, ", "))
	}
	r.report(d)
}

func (r *recipe) augment(e *dsl.Entry) {
	if e.Body == nil || e.Args != nil || len(e.Values) > 0 {
		r.form(e, "transforms between braces")
		return
	}
	for _, t := range e.Body.Entries {
		if len(r.diags) > maxMistakes {
			r.report(tooManyMistakes(t.Span))
			return
		}
		r.transform(t)
	}
	r.out.Run.Augment = strings.Join(r.texts, "; ")
}

func (r *recipe) transform(e *dsl.Entry) {
	if len(e.Values) > 0 || e.Body != nil {
		r.errorf(diag.EntryForm, e.Span, "a transform is written like a call").WithHelp("write for instance `shift(2)`")
		return
	}
	var known []string
	for _, spec := range data.Transforms {
		if spec.Name == e.Key.Text {
			t := spec.New()
			if _, ok := r.decode(e.Key, e.Args, t); ok {
				r.out.Transforms = append(r.out.Transforms, t)
				r.texts = append(r.texts, canonical(spec.Name, t, spec.New()))
			}
			return
		}
		known = append(known, spec.Name)
	}
	r.unknown("transform", e.Key, known)
}
