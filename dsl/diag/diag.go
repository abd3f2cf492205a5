// Package diag holds what the front end has to say about a source text.
//
// Input: places in a source file and what is wrong there. Output: diagnostics
// as values, and their forms for people (text) and for machines (JSON).
//
// Invariants: a diagnostic has a code of the table in this package and a place;
// codes are never renumbered or reused; nothing here prints or exits.
package diag

import (
	"fmt"
	"sort"
	"strings"
)

// Severity is how bad a diagnostic is.
type Severity uint8

// The severities. Only an Error stops the pipeline.
const (
	Error Severity = iota
	Warning
	Hint
)

func (s Severity) String() string { return [...]string{"error", "warning", "hint"}[s] }

// Labelled is a place that helps to understand another, with the words to print under it.
type Labelled struct {
	Span Span
	Text string
}

// Applicability says who decides whether the edits of a diagnostic are made.
type Applicability uint8

// The applicabilities.
const (
	// Suggested edits show one way out; a person decides.
	Suggested Applicability = iota
	// Safe edits may be made by a tool: they leave what the network computes as it
	// is, or give a faulty text the only meaning that it can have had.
	Safe
)

func (a Applicability) String() string { return [...]string{"suggested", "safe"}[a] }

// Edit replaces the bytes under Span by NewText; an empty span inserts.
type Edit struct {
	Span    Span
	NewText string
}

// Diagnostic is one thing to tell the user.
type Diagnostic struct {
	Code      Code
	Severity  Severity
	Message   string     // one line, no full stop: what was found and what was expected
	Primary   Span       // where; printed with ^^^
	Label     string     // the words under the carets; may be empty
	Secondary []Labelled // other places that explain it; printed with ---
	Notes     []string   // facts, one a line; printed after "="
	Help      string     // what to do; may be empty
	Edits     []Edit     // how to do it; of one file, not overlapping; made together or not at all

	Applicability Applicability // of the edits
}

// At is the diagnostic's place.
func (d *Diagnostic) At() Span { return d.Primary }

// Error is the diagnostic in one line: "a.net:3:5: error[N1004]: …".
func (d *Diagnostic) Error() string {
	head := fmt.Sprintf("%s[%s]: %s", d.Severity, d.Code, escape(d.Message))
	if !d.Primary.IsValid() {
		return head
	}
	p := d.Primary.Position()
	return fmt.Sprintf("%s:%d:%d: %s", d.Primary.File.Name, p.Line, p.Column, head)
}

// Errorf makes an error at a place.
func Errorf(code Code, at Span, format string, args ...any) *Diagnostic {
	return &Diagnostic{Code: code, Primary: at, Message: fmt.Sprintf(format, args...)}
}

// Warnf makes a warning at a place.
func Warnf(code Code, at Span, format string, args ...any) *Diagnostic {
	d := Errorf(code, at, format, args...)
	d.Severity = Warning
	return d
}

// WithLabel sets the words under the carets and returns d.
func (d *Diagnostic) WithLabel(format string, args ...any) *Diagnostic {
	d.Label = fmt.Sprintf(format, args...)
	return d
}

// WithSecondary adds an explaining place and returns d. A span that is nowhere is left out.
func (d *Diagnostic) WithSecondary(at Span, format string, args ...any) *Diagnostic {
	if at.IsValid() {
		d.Secondary = append(d.Secondary, Labelled{at, fmt.Sprintf(format, args...)})
	}
	return d
}

// WithNote adds a fact and returns d.
func (d *Diagnostic) WithNote(format string, args ...any) *Diagnostic {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
	return d
}

// WithHelp sets the advice, and the edits that carry it out, and returns d.
func (d *Diagnostic) WithHelp(help string, edits ...Edit) *Diagnostic {
	d.Help, d.Edits = help, edits
	return d
}

// WithFix is WithHelp for edits that a tool may make by itself.
func (d *Diagnostic) WithFix(help string, edits ...Edit) *Diagnostic {
	d.Applicability = Safe
	return d.WithHelp(help, edits...)
}

// DidYouMean offers the candidate that a mistyped word most likely meant, safely
// where it cannot well be another, and reports whether any is close enough.
func (d *Diagnostic) DidYouMean(at Span, word string, candidates []string) bool {
	near, ok := Nearest(word, candidates)
	if !ok {
		return false
	}
	d.WithHelp("did you mean `"+near+"`?", Edit{Span: at, NewText: near})
	if isSlip(word, near, candidates) {
		d.Applicability = Safe
	}
	return true
}

// List is the diagnostics of a run.
type List []*Diagnostic

// Add appends diagnostics.
func (l *List) Add(d ...*Diagnostic) { *l = append(*l, d...) }

// Sort orders by file name and place and then by code, keeping the order of equals.
func (l List) Sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i], l[j]
		if n, m := a.Primary.name(), b.Primary.name(); n != m {
			return n < m
		}
		if a.Primary.Start != b.Primary.Start {
			return a.Primary.Start < b.Primary.Start
		}
		return a.Code < b.Code
	})
}

func (s Span) name() string {
	if s.File == nil {
		return ""
	}
	return s.File.Name
}

// Tidy sorts and drops repetitions: of those with one code, place and message the first stays.
func (l *List) Tidy() {
	l.Sort()
	type key struct {
		code       Code
		name       string
		start, end int
		message    string
	}
	seen := make(map[key]bool, len(*l))
	kept := (*l)[:0]
	for _, d := range *l {
		k := key{d.Code, d.Primary.name(), d.Primary.Start, d.Primary.End, d.Message}
		if !seen[k] {
			seen[k] = true
			kept = append(kept, d)
		}
	}
	clear((*l)[len(kept):])
	*l = kept
}

// HasErrors reports whether any diagnostic is an Error.
func (l List) HasErrors() bool {
	for _, d := range l {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Err returns the errors of the list as one error, one line each, or nil when there are none.
func (l List) Err() error {
	var errs listError
	for _, d := range l {
		if d.Severity == Error {
			errs = append(errs, d)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

type listError []*Diagnostic

func (e listError) Error() string {
	lines := make([]string, len(e))
	for i, d := range e {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As and errors.Is the single diagnostics.
func (e listError) Unwrap() []error {
	errs := make([]error, len(e))
	for i, d := range e {
		errs[i] = d
	}
	return errs
}
