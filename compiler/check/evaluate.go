package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/data"
)

// evaluate reads `evaluate { metric top1, top5; crops ten; ensemble last(3) }`.
func (r *recipe) evaluate(e *dsl.Entry) {
	if e.Body == nil || e.Args != nil || len(e.Values) > 0 {
		r.form(e, "what is measured, between braces")
		return
	}
	seen := map[string]*dsl.Entry{}
	for _, line := range e.Body.Entries {
		key := line.Key.Text
		if first, twice := seen[key]; twice {
			r.errorf(diag.RepeatedEntry, line.Key.Span, "`%s` stands twice in `evaluate`", key).
				WithLabel("again").WithSecondary(first.Key.Span, "first here").WithHelp("keep one of them")
			continue
		}
		seen[key] = line
		switch key {
		case "metric":
			r.metrics(line)
		case "ensemble":
			r.ensemble(line)
		case "crops":
			r.crops(line)
		default:
			d := diag.Errorf(diag.UnknownEntry, line.Key.Span, "`evaluate` has no `%s`", key)
			known := []string{"metric", "ensemble", "crops"}
			d.WithNote("its keys are %s", strings.Join(known, ", "))
			suggest(d, line.Key, known)
			r.report(d)
		}
	}
}

func (r *recipe) metrics(e *dsl.Entry) {
	if len(e.Values) == 0 || e.Args != nil || e.Body != nil {
		r.wrongLine(e, "names of metrics", "metric top1, top5")
		return
	}
	for _, x := range e.Values {
		name, ok := x.(*dsl.Name)
		if !ok {
			r.wrongLine(e, "names of metrics", "metric top1, top5")
			return
		}
		switch name.Text {
		case "top1": // always there
		case "top5":
			r.out.Run.Top5 = true
		default:
			r.unknown("metric", name, []string{"top1", "top5"})
		}
	}
}

// Last is the setting of `ensemble last(3)`.
type Last struct {
	Epochs int `net:"epochs,pos,required,min=2,max=100" doc:"epochs whose predictions are averaged"`
}

func (r *recipe) ensemble(e *dsl.Entry) {
	if len(e.Values) != 1 || e.Args != nil || e.Body != nil {
		r.wrongLine(e, "the epochs whose predictions are averaged", "ensemble last(3)")
		return
	}
	name, args, ok := callOf(e.Values[0])
	if !ok || name.Text != "last" {
		r.wrongLine(e, "the epochs whose predictions are averaged", "ensemble last(3)")
		return
	}
	var last Last
	if _, ok := r.decode(name, args, &last); ok {
		r.out.Run.Ensemble = last.Epochs
	}
}

// crops are the rules by which windows are cut from the images of the test, by
// name.
var crops = []struct {
	name  string
	count data.Crops
}{{"center", data.CenterCrop}, {"five", data.FiveCrops}, {"ten", data.TenCrops}}

// crops reads `crops ten`.
func (r *recipe) crops(e *dsl.Entry) {
	name, args, ok := r.call(e)
	if !ok || args != nil {
		r.wrongLine(e, "the name of a rule", "crops ten")
		return
	}
	var known []string
	for _, rule := range crops {
		if rule.name == name.Text {
			r.out.Run.Crops, r.cropped = int(rule.count), e
			return
		}
		known = append(known, rule.name)
	}
	r.unknown("rule of crops", name, known)
}

// croppable reports windows that cannot be cut by the last stage.
func (r *recipe) croppable() {
	if r.out.Run.Crops <= int(data.CenterCrop) || r.diags.HasErrors() {
		return
	}
	what := "crops " + r.cropped.Values[0].(*dsl.Name).Text
	if !slices.ContainsFunc(r.out.Transforms, func(t data.Transform) bool { _, ok := t.(*data.Crop); return ok }) {
		d := r.errorf(diag.DoesNotApply, r.cropped.Span, "`%s` cuts each image into windows, and `augment` has no `crop` that says how large they are", what)
		if a := r.force["augment"]; a != nil {
			d.WithSecondary(a.Key.Span, "the transforms")
		}
		d.WithHelp("write for instance `augment { resize(256); crop(random, 224x224) }`")
		return
	}
	for _, o := range r.out.Model.Graph.Outputs {
		if o.Name == r.out.Run.Loss.Output && o.Value.Shape.IsMap() {
			r.errorf(diag.DoesNotApply, r.cropped.Span, "`%s` averages what is predicted for an image, and output `%s` is a map, %v: windows show other pixels",
				what, o.Name, o.Value.Shape).WithHelp("leave it out: tiles cover the images of a model that labels pixels")
		}
	}
}

func (r *recipe) wrongLine(e *dsl.Entry, want, sample string) {
	r.errorf(diag.EntryForm, e.Span, "`%s` takes %s", e.Key.Text, want).WithHelp("write for instance `" + sample + "`")
}
