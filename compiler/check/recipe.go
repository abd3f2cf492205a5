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
// what the training loop does. The embedded stage is the last of Stages: what
// the run ends with, and what a model is compiled and measured by.
type Recipe struct {
	Decl  *dsl.Train
	Model *Model
	*Stage
	Stages []*Stage // in order; one without a name where the recipe has none
}

// Stage is a part of a run with a method of its own.
type Stage struct {
	Objectives []*ir.Objective
	Method     *ir.Method
	Transforms []data.Transform
	Run        train.Recipe
	Cache      *ir.Value // the value that is computed once an image; nil for none
}

// StageOf is the recipe as that of one of its stages.
func (r *Recipe) StageOf(s *Stage) *Recipe {
	one := *r
	one.Stage = s
	return &one
}

// recipe reads the entries of one train declaration.
type recipe struct {
	*scope
	unit    *Unit
	check   modelChecker
	diags   diag.List
	out     *Recipe // whose stage is the one being read
	stages  []*dsl.Entry
	cropped *dsl.Entry // of `evaluate`, where it says which crops
	faulty  bool       // the model has errors, so a name may be missing for another reason
	level
}

// level is what the entries of a recipe have said, or of a stage of it beside
// what it takes from the recipe.
type level struct {
	stage *dsl.Name             // nil for the recipe itself
	seen  map[string]*dsl.Entry // written here
	force map[string]*dsl.Entry // what holds: written here or in the recipe
	meant map[string]bool       // keys that are likely there, misspelt
	texts []string              // canonical, of out.Transforms

	method    ir.Method
	boundText string // canonical, after the optimizer's

	frozen    *frozen
	rates     []setting
	decays    []setting
	groupText string
	meanText  string // of the averages
	cache     *dsl.Entry
	views     int
}

// modelChecker checks a model with the given arguments.
type modelChecker func(m *dsl.Model, args *dsl.Args, work *budget) (*Model, diag.List)

// entry is a key of a recipe.
type entry struct {
	key      string
	required bool
	in       where
	sample   string
	read     func(*recipe, *dsl.Entry)
}

// where says in which bodies a key may stand.
type where uint8

const (
	anywhere   where = iota
	recipeOnly       // not in a stage
	stageOnly        // not in the recipe itself
)

// entries are the keys that this version knows, in the order in which they are
// usually written.
func entries() []entry {
	return []entry{
		{"seed", false, recipeOnly, "seed 42", (*recipe).seed},
		{"data", true, recipeOnly, "data mnist", (*recipe).data},
		{"init", false, recipeOnly, `init weights("resnet.safetensors", fresh=head)`, (*recipe).start},
		{"batch", true, anywhere, "batch 64", (*recipe).batch},
		{"accumulate", false, anywhere, "accumulate 4", (*recipe).accumulate},
		{"epochs", true, anywhere, "epochs 10", (*recipe).epochs},
		{"loss", true, anywhere, "loss cross_entropy on logits", (*recipe).loss},
		{"freeze", false, anywhere, "freeze stem..c3", (*recipe).freeze},
		{"optimizer", true, anywhere, "optimizer sgd(lr=0.05, momentum=0.9)", (*recipe).optimizer},
		{"rates", false, anywhere, "rates(stem=0.1, head=1.0)", (*recipe).groupRates},
		{"decay", false, anywhere, "decay(head=0)", (*recipe).groupDecays},
		{"clip", false, anywhere, "clip norm(1.0)", (*recipe).clip},
		{"warmup", false, anywhere, "warmup 5", (*recipe).warmup},
		{"schedule", false, anywhere, "schedule cosine", (*recipe).schedule},
		{"precision", false, anywhere, "precision bf16", (*recipe).precision},
		{"ema", false, anywhere, "ema(decay=0.999)", (*recipe).ema},
		{"augment", false, anywhere, "augment { shift(2) }", (*recipe).augment},
		{"cache", false, stageOnly, "cache features(views=4)", (*recipe).cacheAt},
		{"stage", false, recipeOnly, "stage warm { epochs 3 }", (*recipe).stageLater},
		{"evaluate", false, recipeOnly, "evaluate { metric top1, top5 }", (*recipe).evaluate},
	}
}

// Recipe checks a train declaration and the model it trains, with parameters
// of the model overridden from the command line.
func (u *Unit) Recipe(t *dsl.Train, overrides map[string]string) (*Recipe, diag.List) {
	return u.recipe(t, budgetOf(t.File), func(m *dsl.Model, args *dsl.Args, work *budget) (*Model, diag.List) {
		return u.model(m, args, overrides, work)
	})
}

func (u *Unit) recipe(t *dsl.Train, work *budget, check modelChecker) (*Recipe, diag.List) {
	r := &recipe{unit: u, check: check, out: &Recipe{Decl: t, Stage: &Stage{}}, level: newLevel(nil)}
	r.scope = &scope{
		values: map[string]value{},
		report: r.add,
		budget: work,
		attrs:  attributes{},
	}
	r.out.Run = train.Recipe{Name: t.Name.Text, Seed: 1, Schedule: &train.Constant{}}
	if t.Model != nil {
		r.model(t.Model)
	}
	if t.Body != nil {
		r.body(t)
	} else {
		r.together()
	}
	if r.budget.left == 0 && !r.faulty {
		r.errorf(diag.TooManyLayers, t.Name.Span, "recipe `%s` takes too long to check", t.Name.Text).
			WithHelp("give it fewer stages, or a smaller model")
	}
	r.diags.Tidy()
	return r.out, r.diags
}

// add reports a mistake; of very many only the first.
func (r *recipe) add(d *diag.Diagnostic) {
	if len(r.diags) <= maxMistakes {
		r.diags.Add(d)
	}
}

func (r *recipe) model(call *dsl.Call) {
	models := r.unit.scopes[call.Name.File].models
	m := models[call.Name.Text]
	if here := r.unit.scopes[call.Name.File]; m == nil && here.bad[call.Name.Text] {
		return
	}
	if m == nil {
		known := sorted(slices.Collect(maps.Keys(models)))
		d := diag.Errorf(diag.UnknownModel, call.Name.Span, "no model is called `%s`", call.Name.Text)
		suggest(d, call.Name, known)
		switch {
		case d.Help != "":
		case r.unit.block(call.Name) != nil:
			d.WithNote("`%s` is a block", call.Name.Text).WithHelp("write a model that uses it; a recipe trains a model")
		case len(known) > 0:
			d.WithHelp("choose from " + strings.Join(known, ", "))
		default:
			d.WithHelp("declare `model " + call.Name.Text + " { … }`, or import the file that does")
		}
		r.report(d)
		return
	}
	model, diags := r.check(m, call.Args, r.budget)
	r.out.Model = model
	r.faulty = diags.HasErrors()
	r.diags.Add(diags...)
}

// body reads the entries of the recipe, and then its stages.
func (r *recipe) body(t *dsl.Train) {
	if !r.lines(t.Body) {
		return
	}
	if len(r.stages) > 0 {
		r.eachStage(t)
		r.croppable()
		return
	}
	r.missing(t.Name, t.Body, "recipe `"+t.Name.Text+"` does not say its")
	r.together()
	r.croppable()
	r.out.Stages = []*Stage{r.out.Stage}
}

// lines reads the entries between braces. It is false after so many mistakes
// that the rest is not looked at.
func (r *recipe) lines(body *dsl.Recipe) bool {
	for _, e := range body.Entries {
		if r.budget.left == 0 {
			return false // reported at the end
		}
		if len(r.diags) > maxMistakes {
			r.report(tooManyMistakes(e.Span))
			return false
		}
		if first, twice := r.seen[e.Key.Text]; twice && e.Key.Text != "stage" {
			r.errorf(diag.RepeatedEntry, e.Key.Span, "`%s` stands twice in the %s", e.Key.Text, r.what()).
				WithLabel("again").WithSecondary(first.Key.Span, "first here").WithHelp("keep one of them")
			continue
		}
		r.seen[e.Key.Text], r.force[e.Key.Text] = e, e
		r.entry(e)
	}
	return true
}

// what is being read, for messages.
func (r *recipe) what() string {
	if r.stage != nil {
		return "stage"
	}
	return "recipe"
}

// missing reports the required entries that do not hold.
func (r *recipe) missing(name *dsl.Name, body *dsl.Recipe, doesNotSay string) {
	if len(body.Bad) > 0 || body.Unclosed {
		return // what is missing may be what could not be read
	}
	var keys, lines []string
	for _, known := range entries() {
		if r.force[known.key] == nil && known.required && !r.meant[known.key] {
			keys = append(keys, "`"+known.key+"`")
			lines = append(lines, known.sample)
		}
	}
	switch n := len(keys); n {
	case 0:
	case 1:
		r.errorf(diag.MissingEntry, name.Span, "%s %s", doesNotSay, keys[0]).
			WithHelp("add a line such as `"+lines[0]+"`", appendLine(body.Span, lines[0]))
	default:
		r.errorf(diag.MissingEntry, name.Span, "%s %s and %s", doesNotSay, strings.Join(keys[:n-1], ", "), keys[n-1]).
			WithHelp("add lines such as these", appendLine(body.Span, strings.Join(lines, "\n  ")))
	}
}

func (r *recipe) entry(e *dsl.Entry) {
	var keys []string
	for _, known := range entries() {
		here := known.in == anywhere || (known.in == stageOnly) == (r.stage != nil)
		if known.key == e.Key.Text && !here {
			r.misplaced(e, known)
			return
		}
		if known.key == e.Key.Text {
			known.read(r, e)
			return
		}
		if here {
			keys = append(keys, known.key)
		}
	}
	d := diag.Errorf(diag.UnknownEntry, e.Key.Span, "a %s has no `%s`", r.what(), e.Key.Text)
	d.WithNote("its keys are %s", strings.Join(keys, ", "))
	suggest(d, e.Key, keys)
	if near, ok := diag.Nearest(e.Key.Text, keys); ok {
		r.meant[near] = true
	}
	r.report(d)
}

// misplaced reports an entry that stands in a stage and belongs to the recipe,
// or the other way round.
func (r *recipe) misplaced(e *dsl.Entry, known entry) {
	d := r.errorf(diag.UnknownEntry, e.Key.Span, "a %s has no `%s` of its own", r.what(), e.Key.Text)
	if known.in == stageOnly {
		d.WithHelp("put it in a stage: `stage warm { … }`")
		return
	}
	d.WithHelp("put it in the recipe: it holds for all stages")
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
	r.texts, r.out.Transforms = nil, nil
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
