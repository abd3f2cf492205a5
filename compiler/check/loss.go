package check

import (
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/train"
)

// loss reads `loss cross_entropy on logits`, or a sum of losses with factors:
// `loss cross_entropy on logits + 0.3 * cross_entropy on early`.
func (r *recipe) loss(e *dsl.Entry) {
	if len(e.Values) != 1 || e.Args != nil || e.Body != nil {
		r.form(e, "a loss on an output")
		return
	}
	r.out.Objectives, r.out.Run.Loss = nil, train.Loss{} // a stage's loss takes the place of the recipe's
	r.terms(e, e.Values[0], 1)
	r.heads(e)
	r.out.Run.Objectives = nil
	for _, o := range r.out.Objectives {
		r.out.Run.Objectives = append(r.out.Run.Objectives, train.Objective{Name: o.Name, Weight: o.Weight})
	}
}

// heads adds the first loss on every head of the model, times its weight. They
// exist in training only, so evaluation leaves them out.
func (r *recipe) heads(e *dsl.Entry) {
	if r.out.Model == nil || len(r.out.Objectives) == 0 {
		return
	}
	first := *r.out.Objectives[0]
	for _, h := range r.out.Model.Graph.Heads {
		if h.Value.Shape == nil {
			continue
		}
		o := first
		o.Name, o.On, o.Weight = h.Name, h.Value, first.Weight*h.Weight
		if h.Weight == 0 {
			continue
		}
		o.Loss.Check(ir.NewContext(h.Value.Span, nil, r.report), o.Attrs, o.On)
		r.sameTargets(e.Key, &o)
		r.out.Objectives = append(r.out.Objectives, &o)
	}
}

// terms adds the losses of a sum, in order, each times the weight.
func (r *recipe) terms(e *dsl.Entry, x dsl.Expr, weight float64) {
	switch x := x.(type) {
	case *dsl.On:
		r.term(e, x, weight)
		return
	case *dsl.Paren:
		r.terms(e, x.X, weight)
		return
	case *dsl.Binary:
		switch {
		case x.Op == dsl.Add:
			r.terms(e, x.X, weight)
			r.terms(e, x.Y, weight)
			return
		case x.Op == dsl.Mul && holdsLoss(x.Y) && !holdsLoss(x.X):
			if f, ok := r.factor(x.X); ok {
				r.terms(e, x.Y, weight*f)
			}
			return
		case x.Op == dsl.Mul && holdsLoss(x.X) && !holdsLoss(x.Y):
			if f, ok := r.factor(x.Y); ok {
				r.terms(e, x.X, weight*f)
			}
			return
		}
	}
	r.form(e, "a loss on an output, or a sum of such with factors in front")
}

// holdsLoss reports whether an expression has a loss in it.
func holdsLoss(x dsl.Expr) bool {
	switch x := x.(type) {
	case *dsl.On:
		return true
	case *dsl.Paren:
		return holdsLoss(x.X)
	case *dsl.Binary:
		return holdsLoss(x.X) || holdsLoss(x.Y)
	}
	return false
}

// factor reads the weight of a loss.
func (r *recipe) factor(x dsl.Expr) (float64, bool) {
	v := r.eval(x)
	if !v.known {
		return 0, false
	}
	if v.kind != kindInt && v.kind != kindFloat {
		r.errorf(diag.WrongForm, x.At(), "the factor of a loss is a number, not %s", v.describe()).
			WithHelp("write for instance `0.3 * cross_entropy on early`")
		return 0, false
	}
	f := asFloat(v)
	if !(f > 0 && f <= maxSetting) {
		r.errorf(diag.OutOfRange, x.At(), "the factor of a loss is %s, but must be above 0 and at most %d", plain(f), maxSetting)
		return 0, false
	}
	return f, true
}

// term adds one loss.
func (r *recipe) term(e *dsl.Entry, on *dsl.On, weight float64) {
	name, args, ok := callOf(on.X)
	if !ok {
		r.form(e, "a loss on an output")
		return
	}
	l := r.unit.table.Loss(name.Text)
	if l == nil {
		var known []string
		for _, l := range r.unit.table.Losses {
			known = append(known, l.Name)
		}
		r.unknown("loss", name, known)
		return
	}
	attrs := l.New()
	spans, ok := r.decode(name, args, attrs)
	v := r.output(on)
	if v == nil || !ok {
		return
	}
	if v.Shape != nil {
		l.Check(ir.NewContext(name.Span, spans, r.report), attrs, v)
	}
	output := on.Tap.At().Text()
	o := &ir.Objective{Name: r.objective(l.Name + " on " + output), Loss: l, Attrs: attrs, On: v, Weight: weight}
	r.sameTargets(name, o)
	r.out.Objectives = append(r.out.Objectives, o)
	run := &r.out.Run.Loss
	if run.Output == "" {
		run.Output = output
	}
	run.Terms = append(run.Terms, measured(output, name.Text, attrs, weight))
	if off, ok := offOf(attrs); ok {
		run.Off = off
	}
}

// objective makes the name of an objective one that no other of the recipe has.
func (r *recipe) objective(name string) string {
	same := 1
	for _, o := range r.out.Objectives {
		if o.Name == name || strings.HasPrefix(o.Name, name+" #") {
			same++
		}
	}
	if same > 1 {
		name += " #" + strconv.Itoa(same)
	}
	return name
}

// sameTargets reports a loss that needs other targets than those before it do.
// An image has one label, or one for each pixel of a map; values are in the
// shape of the output.
func (r *recipe) sameTargets(name *dsl.Name, o *ir.Objective) {
	for _, first := range r.out.Objectives {
		a, b := o.On.Shape, first.On.Shape
		if a == nil || b == nil {
			continue
		}
		values := !o.Labelled() && !first.Labelled()
		offA, okA := offOf(o.Attrs)
		offB, okB := offOf(first.Attrs)
		switch {
		case !a[1:].Equal(b[1:]), values && !a.Equal(b):
			what, help := "labels", "put all losses on vectors, or all on maps of one height and width"
			if values {
				what, help = "targets", "put them on outputs of one shape"
			}
			r.errorf(diag.DoesNotApply, name.Span, "the losses of a sum need the same %s", what).
				WithLabel("%s is %s", o.On.Name, a.Batched()).
				WithSecondary(first.On.Span, "%s is %s", first.On.Name, b.Batched()).
				WithHelp(help)
			return
		case values && offA != offB && (okA || okB):
			r.errorf(diag.DoesNotApply, name.Span, "the losses of a sum need the same targets").
				WithLabel("for the classes that are not the label's this one takes %s, the others %s", plain(offA), plain(offB)).
				WithHelp("give them the same `off=`")
			return
		}
	}
}

// offOf is the target that a loss gives to the classes that are not the
// label's, where it has a say.
func offOf(attrs any) (float64, bool) {
	switch a := attrs.(type) {
	case *op.Distance:
		return a.Off, true
	case *op.HuberLoss:
		return a.Off, true
	case *op.SmoothL1:
		return a.Off, true
	}
	return 0, false
}

// measured is what evaluation computes of a loss.
func measured(output, name string, attrs any, weight float64) train.Term {
	t := train.Term{Kind: train.Kind(name), Output: output, Weight: weight}
	switch a := attrs.(type) {
	case *op.CrossEntropy:
		t.Smooth, t.Weights, t.Soft = a.Smooth, a.Weights, a.Soft
		if a.Ignore != op.NoLabel {
			label := int32(a.Ignore)
			t.Ignore = &label
		}
	case *op.MultiMargin:
		t.Margin = a.Margin
	case *op.MAPCriterion:
		t.J = a.J
	case *op.HuberLoss:
		t.Bend = a.Delta
	case *op.SmoothL1:
		t.Bend = a.Beta
	case *op.Dice:
		t.Smooth = a.Smooth
	}
	return t
}

// output finds the output that a loss is applied to.
func (r *recipe) output(on *dsl.On) *ir.Value {
	if r.out.Model == nil {
		return nil
	}
	want := on.Tap.At().Text()
	var known []string
	for _, o := range r.out.Model.Graph.Outputs {
		if o.Name == want {
			return o.Value
		}
		known = append(known, o.Name)
	}
	if len(known) == 0 {
		return nil // a model without an output was reported
	}
	d := diag.Errorf(diag.NotAnOutput, on.Tap.At(), "model `%s` has no output `%s`", r.out.Model.Graph.Name, want).
		WithSecondary(r.out.Model.Decl.Name.Span, "the model")
	if !d.DidYouMean(on.Tap.At(), want, known) {
		d.WithHelp("its outputs are " + strings.Join(known, ", "))
	}
	r.report(d)
	return nil
}
