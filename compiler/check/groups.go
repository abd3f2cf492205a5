package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// setting is a number for some layers.
type setting struct {
	*part
	value float64
}

// groupRates reads `rates(c4=0.1, c2[1]: 0.3, stem..c3: 0)`: factors of the
// learning rate.
func (r *recipe) groupRates(e *dsl.Entry) { r.rates = r.settings(e) }

// groupDecays reads `decay(head=0)`: weight decay instead of the optimizer's.
func (r *recipe) groupDecays(e *dsl.Entry) { r.decays = r.settings(e) }

// settings reads numbers by the names of layers. A name that is no plain word
// has a colon behind it.
func (r *recipe) settings(e *dsl.Entry) []setting {
	if e.Args == nil || len(e.Values) > 0 || e.Body != nil {
		r.form(e, "numbers for layers between parentheses")
		return nil
	}
	var all []setting
	var parts []*part
	for _, a := range e.Args.List {
		var tap dsl.Expr = a.Label
		if a.Key != nil {
			tap = a.Key
		}
		if a.Label == nil && a.Key == nil {
			r.form(e, "a number for each name, such as head=0.5 or stem..c3: 0.5")
			return nil
		}
		p := r.part(tap)
		v, ok := r.number(a.Value)
		if p == nil || !ok {
			continue
		}
		if f := asFloat(v); !(f >= 0 && f <= maxSetting) {
			r.errorf(diag.OutOfRange, a.Value.At(), "`%s` of `%s` is %s, but must be from 0 to %d", p.text, e.Key.Text, plain(f), maxSetting)
			continue
		}
		if !p.trains() {
			r.errorf(diag.EmptyPart, p.at, "`%s` has nothing to train", clip(p.text)).WithHelp("name layers with weights")
			continue
		}
		all, parts = append(all, setting{p, asFloat(v)}), append(parts, p)
	}
	r.apart(parts)
	return all
}

// groups completes the method with what is frozen and what has settings of its
// own.
func (r *recipe) groups() {
	if r.out.Model != nil && !r.budget.spend(1+len(r.out.Model.Graph.Nodes)/2) {
		return // reported at the end
	}
	frozen := r.frozen.tensors()
	r.method.Frozen = frozen
	r.somethingTrained(frozen)
	r.idle("rates", r.rates, frozen)
	r.idle("decay", r.decays, frozen)
	groups := map[string]ir.Group{}
	each := func(list []setting, change func(*ir.Group, float64)) {
		for _, s := range list {
			for _, p := range s.params() {
				if p.Role == ir.Trained && !p.Frozen {
					g, ok := groups[p.Name]
					if !ok {
						g = ir.Group{Rate: 1, Attrs: r.method.Attrs}
					}
					change(&g, s.value)
					groups[p.Name] = g
				}
			}
		}
	}
	each(r.rates, func(g *ir.Group, v float64) { g.Rate = v })
	each(r.decays, func(g *ir.Group, v float64) { g.Attrs = ir.With(r.method.Attrs, "decay", v) })
	r.method.Groups = groups
	r.groupText = ""
	if r.frozen != nil {
		r.groupText += "; " + r.frozen.text
	}
	r.groupText += settingsText("rates", r.rates) + settingsText("decay", r.decays)
}

// idle reports settings of layers that are frozen, where one body says both.
func (r *recipe) idle(key string, list []setting, frozen map[string]bool) {
	if r.seen[key] == nil || r.seen["freeze"] == nil {
		return
	}
	for _, s := range list {
		trained := func(p *ir.Param) bool { return p.Role == ir.Trained && !p.Frozen && !frozen[p.Name] }
		if !slices.ContainsFunc(s.params(), trained) {
			r.errorf(diag.DoesNotApply, s.at, "`%s` is frozen, so its `%s` changes nothing", clip(s.text), key).
				WithSecondary(r.seen["freeze"].Span, "frozen here").
				WithHelp("leave out one of the two")
		}
	}
}

func settingsText(key string, list []setting) string {
	if len(list) == 0 {
		return ""
	}
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.text + ": " + ir.NumberText(s.value)
	}
	return "; " + key + "(" + strings.Join(texts, ", ") + ")"
}
