package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/train"
)

// precision reads `precision bf16`.
func (r *recipe) precision(e *dsl.Entry) {
	word, args, ok := r.call(e)
	if !ok || args != nil {
		r.form(e, "the name of a type of numbers")
		return
	}
	if !slices.Contains(train.Precisions, word.Text) {
		d := diag.Errorf(diag.UnknownCall, word.Span, "no precision is called `%s`", word.Text)
		suggest(d, word, train.Precisions)
		if d.Help == "" {
			d.WithHelp("choose from " + strings.Join(train.Precisions, ", "))
		}
		r.report(d)
		return
	}
	r.out.Run.Precision = word.Text
}
