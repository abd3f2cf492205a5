package check

import (
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// evaluate reads `evaluate { metric top1, top5; ensemble last(3) }`.
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
			r.report(later(line.Key.Span, "`crops` in `evaluate`"))
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

func (r *recipe) wrongLine(e *dsl.Entry, want, sample string) {
	r.errorf(diag.EntryForm, e.Span, "`%s` takes %s", e.Key.Text, want).WithHelp("write for instance `" + sample + "`")
}
