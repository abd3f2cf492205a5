package check

import (
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Bounds on what a file may ask for.
const (
	maxLayers   = 100_000   // layers of a model after blocks and repeats are written out
	maxWork     = 2_000_000 // steps of the checker for one model or recipe, and one more for each byte of its file
	maxTotal    = 3_000_000 // the same for all that a file declares
	maxDepth    = 64        // blocks within blocks
	maxMistakes = 100       // diagnostics of one model or recipe
)

// budget counts the checker's steps, so that no file makes it run long: a
// statement, an expression and every name looked through are a step each.
type budget struct{ left int }

// budgetOf is what one model or recipe of a file may cost.
func budgetOf(f *diag.File) *budget { return &budget{maxWork + len(f.Text)} }

// spend takes n steps, and reports whether there were as many left.
func (b *budget) spend(n int) bool {
	b.left = max(b.left-n, 0)
	return b.left > 0
}

// exhausted reports a model that grows out of bounds where at is written out.
func exhausted(at diag.Span) *diag.Diagnostic {
	return diag.Errorf(diag.TooManyLayers, at, "the model is too large when written out").
		WithLabel("writing this out passes the bound").
		WithNote("a model has at most %d layers", maxLayers).
		WithHelp("check the counts of the repeats around it")
}

// repeatTooOften reports a repeat whose count alone passes the bound.
func repeatTooOften(x *dsl.Repeat, n int64) *diag.Diagnostic {
	return diag.Errorf(diag.TooManyLayers, x.Count.At(), "cannot repeat %d times", n).
		WithNote("a model has at most %d layers", maxLayers).
		WithHelp("choose a smaller count")
}
