// Package lint finds what a file may say and most likely does not mean.
//
// Input: a parsed file, and the graphs and recipes that checking it gave. Output:
// warnings, with edits where a tool may make them.
//
// Invariants: what has errors is left alone; one cause gives one warning, at the
// place that would have to change, however often it is written out; nothing is
// reported in a file that is imported; the time taken is linear in the layers.
package lint

import (
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/source"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// Input is what is known of a file.
type Input struct {
	File    *dsl.File
	Imports []source.Import // of the file and of those that it imports
	Models  []*check.Model  // those without errors; of one that a recipe trains, as the recipe has it
	Recipes []*check.Recipe // those without errors
	Diags   diag.List       // what was found so far
	Only    *dsl.Model      // the model that is asked about; nil for the whole file
}

// lint is one of them. Either it reads the text, or what was written out of it.
type lint struct {
	code  diag.Code
	why   string // it is worth a warning
	text  func(*run)
	graph func(*run)
}

// lints lists them all. Their order is that of the codes: each stands for itself.
func lints() []lint {
	return []lint{
		{diag.BiasBeforeNorm, "parameters that learn nothing", nil, biasBeforeNorm},
		{diag.UnreadName, "a `from` was forgotten, or the name is left over", unreadName, nil},
		{diag.UnusedLayer, "work whose result is thrown away", nil, unusedLayer},
		{diag.LargeKernel, "weights that see padding only", nil, largeKernel},
		{diag.TwoActivations, "left from a change", nil, twoActivations},
		{diag.SoftmaxInLoss, "it trains, and badly", nil, softmaxInLoss},
		{diag.UnusedParameter, "what is given for it is passed over", unusedParameter, nil},
		{diag.UnusedIndex, "left from a change", unusedIndex, nil},
		{diag.UnusedBlock, "left from a change", unusedBlock, nil},
		{diag.UnusedImport, "left from a change", unusedImport, nil},
		{diag.LastDropout, "it trains, and badly", nil, lastDropout},
		{diag.BoundedScores, "it trains, and badly", nil, boundedScores},
		{diag.SkippedPixels, "parts of the image that are never looked at", nil, skippedPixels},
		{diag.NoEffect, "the author expects it to do something", nil, noEffect},
		{diag.LinearPair, "the author expects it to do something", nil, linearPair},
	}
}

// run is one run over a file.
type run struct {
	Input
	code     diag.Code // of the lint at work
	found    []finding // what it has found in the graphs
	warnings diag.List
	outline  *outline
	results  map[*ir.Value]bool // the outputs and heads of all models
	written  []*ir.Node         // those of all models that stand in a text
}

// Check returns what was found so far without what comments silence, and with
// the warnings of all lints.
func Check(in Input) diag.List {
	r := &run{Input: in, outline: &outline{file: in.File}, results: map[*ir.Value]bool{}}
	r.all(func(n *ir.Node) {
		if n.Span.Text() == n.Op.Name {
			r.written = append(r.written, n)
		}
	})
	for _, m := range in.Models {
		for _, o := range m.Graph.Outputs {
			r.results[o.Value] = true
		}
		for _, h := range m.Graph.Heads {
			r.results[h.Value] = true
		}
	}
	for _, l := range lints() {
		r.code = l.code
		if l.text != nil {
			before := len(r.warnings)
			l.text(r)
			if in.Only != nil {
				r.warnings = append(r.warnings[:before], within(in.Only.Span, r.warnings[before:])...)
			}
			continue
		}
		l.graph(r)
		r.place()
	}
	all := append(append(diag.List(nil), in.Diags...), r.warnings...)
	all.Tidy()
	left, useless := silence(in.File, all)
	if in.Only == nil {
		left.Add(useless...)
		left.Tidy()
	}
	return first(maxWarnings, left)
}

// maxWarnings is how many warnings one file gets.
const maxWarnings = 100

// first leaves out all warnings but the first n, and says so.
func first(n int, list diag.List) diag.List {
	warnings := 0
	kept := list[:0]
	for _, d := range list {
		if d.Severity != diag.Warning {
			kept.Add(d)
			continue
		}
		if warnings++; warnings <= n {
			kept.Add(d)
		}
		if warnings == n+1 {
			kept.Add(diag.Warnf(diag.TooManyMistakes, d.Primary.Tail(), "more than %d warnings; the rest is left out", n))
		}
	}
	return kept
}

// within returns the diagnostics of a part of a file.
func within(at diag.Span, list diag.List) (inside diag.List) {
	for _, d := range list {
		if p := d.Primary; p.File == at.File && at.Start <= p.Start && p.End <= at.End {
			inside.Add(d)
		}
	}
	return inside
}

// warn reports something about the text.
func (r *run) warn(at diag.Span, format string, args ...any) *diag.Diagnostic {
	d := diag.Warnf(r.code, at, format, args...)
	r.warnings.Add(d)
	return d
}

// faulty reports whether errors were found within a part of the file. What looks
// unused there may be what they are about.
func (r *run) faulty(at diag.Span) bool {
	return within(at, r.Diags).HasErrors()
}
