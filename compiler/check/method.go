package check

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/train"
)

func (r *recipe) optimizer(e *dsl.Entry) {
	name, args, ok := r.call(e)
	if !ok {
		r.form(e, "an optimizer")
		return
	}
	o := r.unit.table.Optimizer(name.Text)
	if o == nil {
		var known []string
		for _, o := range r.unit.table.Optimizers {
			known = append(known, o.Name)
		}
		r.unknown("optimizer", name, known)
		return
	}
	attrs := o.New()
	spans, ok := r.decode(name, args, attrs)
	if !ok {
		return
	}
	if o.Check != nil {
		o.Check(ir.NewContext(name.Span, spans, r.report), attrs)
	}
	r.method.Optimizer, r.method.Attrs = o, attrs
	r.out.Run.Rate = o.Rate(attrs)
	r.out.Run.Optimizer = canonical(name.Text, attrs, o.New())
}

func (r *recipe) schedule(e *dsl.Entry) {
	name, args, ok := r.call(e)
	if !ok {
		r.form(e, "a schedule")
		return
	}
	var known []string
	for _, spec := range train.Schedules {
		if spec.Name == name.Text {
			s := spec.New()
			if _, ok := r.decode(name, args, s); ok {
				r.out.Run.Schedule = s
			}
			return
		}
		known = append(known, spec.Name)
	}
	r.unknown("schedule", name, known)
}

// together completes what several entries decide.
func (r *recipe) together() {
	r.cyclesMomentum()
	r.partsOfBatch()
	if r.method.Optimizer != nil {
		r.groups()
		method := r.method
		r.out.Method = &method
		r.out.Run.Optimizer += r.boundText + r.groupText + r.meanText
	}
	r.cached()
	rises := false
	switch s := r.out.Run.Schedule.(type) {
	case *train.OneCycle, *train.Linear:
		rises = true
	case *train.Cosine:
		rises = s.Warmup > 0
	}
	if rises && r.out.Run.Warmup > 0 {
		r.errorf(diag.DoesNotApply, r.force["warmup"].Key.Span, "the schedule has a rise of its own").
			WithSecondary(r.force["schedule"].Span, "the schedule").
			WithHelp("keep one of them")
	}
}

// warmup reads the number of epochs in which the rate rises to the schedule's.
func (r *recipe) warmup(e *dsl.Entry) {
	if len(e.Values) != 1 || e.Args != nil || e.Body != nil {
		r.form(e, "a number of epochs")
		return
	}
	v := r.eval(e.Values[0])
	switch {
	case !v.known:
	case v.kind != kindInt && v.kind != kindFloat:
		r.form(e, "a number of epochs, not "+v.describe())
	case !(asFloat(v) >= 0 && asFloat(v) <= 1<<20):
		r.errorf(diag.OutOfRange, e.Values[0].At(), "`warmup` is %s, but must be from 0 to %d", plain(asFloat(v)), 1<<20).
			WithHelp("write for instance `" + sampleOf("warmup") + "`")
	default:
		r.out.Run.Warmup = asFloat(v)
	}
}

// bound is the attribute of both ways to clip gradients.
type bound struct {
	Max float64 `net:"max,pos,required,min=1e-9" doc:"largest norm, or largest size of an element"`
}

// clip reads `clip norm(1.0)`, `clip value(0.5)` or `clip none`.
func (r *recipe) clip(e *dsl.Entry) {
	name, args, ok := r.call(e)
	if !ok {
		r.form(e, "norm or value, with a bound")
		return
	}
	var b bound
	var into *float64
	r.method.Clip, r.boundText = ir.Clip{}, ""
	switch name.Text {
	case "norm":
		into = &r.method.Clip.Norm
	case "value":
		into = &r.method.Clip.Value
	case "none":
		if args != nil {
			r.form(e, "`none` without a bound")
		}
		return
	default:
		r.unknown("way to clip", name, []string{"norm", "value", "none"})
		return
	}
	if _, ok := r.decode(name, args, &b); ok {
		*into = b.Max
		r.boundText = "; " + canonical("clip "+name.Text, &b, &bound{})
	}
}
