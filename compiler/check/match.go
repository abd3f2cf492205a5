package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl/diag"
)

// same reports whether two values can be added, for sizes that satisfy what is
// known of them so far and what this adds.
func (u *site) same(x, y ir.Shape) bool {
	return len(x) == len(y) && x[0].Equal(y[0]) && u.agree(x[1:], y[1:])
}

// sameMap reports whether two values can stand side by side: whether they have
// the same rows and columns.
func (u *site) sameMap(x, y ir.Shape) bool {
	return len(x) == len(y) && u.agree(x[1:], y[1:])
}

// agree reports whether sizes are the same, or can be where the model leaves
// them open. It notes what they must be then.
func (u *site) agree(x, y ir.Shape) bool {
	fits := map[string]ir.Fit{}
	for i := range x {
		if x[i].Equal(y[i]) {
			continue
		}
		f, ok := x[i].Agree(y[i])
		u.scope.budget.spend(4 * f.Period)
		if !ok {
			return false
		}
		for _, known := range []map[string]ir.Fit{u.fits, fits} {
			if g, more := known[f.Symbol]; more {
				if f, ok = f.And(g); !ok {
					return false
				}
			}
		}
		fits[f.Symbol] = f
	}
	maps.Copy(u.fits, fits)
	return true
}

// align gives a value the rows and columns of another, which are the same for
// the sizes that fit the model.
func align(v, to *ir.Value) {
	if v.Shape.IsMap() && to.Shape.IsMap() {
		v.Shape = ir.Map(v.Shape[0], to.Shape[1], to.Shape[2])
	}
}

// reportFits tells what the model asks of sizes that it leaves open.
func (b *builder) reportFits() {
	rules := map[string][]string{} // the sizes of each
	for _, name := range slices.Sorted(maps.Keys(b.fits)) {
		text := b.fits[name].Rule()
		rules[text] = append(rules[text], name)
	}
	for _, text := range slices.Sorted(maps.Keys(rules)) {
		names := strings.Join(rules[text], " and ")
		if rule, ok := strings.CutPrefix(text, "a multiple "); ok && len(rules[text]) > 1 {
			text = "multiples " + rule
		}
		d := diag.Errorf(diag.OpenSize, b.graph.Inputs[0].Span, "%s must be %s", names, text).
			WithNote("branches that are joined have the same height and width only then")
		d.Severity = diag.Hint
		b.report(d)
	}
}

// mismatch reports a body whose result does not fit the input that skips it.
// Channels may differ where the two are put side by side.
func (u *site) mismatch(what string, in, body *ir.Value, channels bool) *diag.Diagnostic {
	d := diag.Errorf(diag.BranchesDiffer, u.call.Name.Span, "%s branches do not match", what).
		WithLabel("input is %s", in.Shape.Batched())
	if n := shaper(body); n != nil {
		d.WithSecondary(u.whole[slices.Index(u.graph.Nodes, n)], "body becomes %s here", body.Shape.Batched())
	}
	d.WithNote("%s", differences(in.Shape, body.Shape, channels))
	u.report(d)
	return d
}

// shaper is the node that gave a value its shape.
func shaper(v *ir.Value) *ir.Node {
	n := v.Node
	for n != nil && n.In[0].Node != nil && n.In[0].Shape.Equal(v.Shape) {
		n = n.In[0].Node
	}
	return n
}

// differences says in which sizes two shapes differ: "channels 256 ≠ 512, height
// and width 56 ≠ 28".
func differences(x, y ir.Shape, channels bool) string {
	if len(x) != len(y) {
		kinds := map[bool]string{true: "a map", false: "a vector"}
		return fmt.Sprintf("%s is %s, %s is %s", x.Batched(), kinds[x.IsMap()], y.Batched(), kinds[y.IsMap()])
	}
	var parts []string
	part := func(what string, i int) {
		if !x[i].Equal(y[i]) {
			parts = append(parts, fmt.Sprintf("%s %v ≠ %v", what, x[i], y[i]))
		}
	}
	if !x.IsMap() {
		part("features", 0)
		return strings.Join(parts, ", ")
	}
	if !channels {
		part("channels", 0)
	}
	if x[1].Equal(x[2]) && y[1].Equal(y[2]) {
		part("height and width", 1)
	} else {
		part("height", 1)
		part("width", 2)
	}
	return strings.Join(parts, ", ")
}
