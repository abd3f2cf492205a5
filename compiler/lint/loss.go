package lint

import (
	"strings"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// applies lists the losses that take scores, and what they apply to them.
var applies = map[string][]string{
	"cross_entropy": {"softmax", "log_softmax"},
	"bce":           {"sigmoid"},
	"dice":          {"sigmoid"},
}

// softmaxInLoss finds outputs to which the loss applies its softmax once more.
func softmaxInLoss(r *run) {
	r.scores(func(loss string, n *ir.Node) (message, help string) {
		for _, f := range applies[loss] {
			if n.Op.Name == f {
				return "`" + loss + "` takes scores and applies a " + applies[loss][0] + " itself; this `" + f + "` comes first",
					"let the output be the scores: remove the `" + f + "`"
			}
		}
		return "", ""
	})
}

// boundedScores finds scores that an activation has cut off.
func boundedScores(r *run) {
	r.scores(func(loss string, n *ir.Node) (message, help string) {
		if loss != "cross_entropy" || n.Op.Follows == ir.Constant {
			return "", ""
		}
		return "`" + n.Op.Name + "` bounds the scores that `" + loss + "` takes", "remove the `" + n.Op.Name + "`: let the last layer with weights be the output"
	})
}

// scores calls about for what the losses of recipes are applied to, and records
// what it says.
func (r *run) scores(about func(loss string, n *ir.Node) (message, help string)) {
	for _, recipe := range r.Recipes {
		for _, o := range recipe.Objectives {
			n := o.On.Node
			if n == nil {
				continue
			}
			message, help := about(o.Loss.Name, n)
			if message == "" {
				continue
			}
			f := r.find(n, n.Span, "%s", message)
			f.otherwise = term(recipe, o)
			f.d.WithSecondary(f.otherwise, "the loss")
			e, ok := r.outline.remove(n.Span)
			advise(f.d, help, e, ok, false)
		}
	}
}

// term is the place of an objective in its recipe: of the loss on that output,
// or else of its first loss, which heads get too.
func term(recipe *check.Recipe, o *ir.Objective) (at diag.Span) {
	for _, e := range recipe.Decl.Body.Entries {
		dsl.Walk(e, func(n dsl.Node) bool {
			on, ok := n.(*dsl.On)
			if !ok || !strings.HasPrefix(on.Span.Text(), o.Loss.Name) {
				return true
			}
			if v := recipe.Model.Taps[on.Tap.At().Text()]; !at.IsValid() || v == o.On {
				at = on.X.At()
			}
			return false
		})
	}
	return at
}
