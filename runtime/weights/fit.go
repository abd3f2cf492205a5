package weights

import (
	"fmt"
	"slices"
	"strings"
)

// Want is a tensor that a model expects of a file.
type Want struct {
	Name  string
	DType DType // F32 accepts every floating type
	Shape []int
}

// Mismatch is one tensor that does not fit: Found or Wanted is nil where the
// file or the model has no tensor of that name.
type Mismatch struct {
	Name    string
	Found   *Tensor
	Wanted  *Want
	Nearest string // the likeliest name on the other side; empty if none is near or not shown
}

// FitError lists every tensor that keeps a file from fitting a model, in the
// order of the model's tensors, then of the file's.
type FitError struct {
	Path       string
	Mismatches []Mismatch
	Fitting    int
}

// Fit compares a file with what a model expects: names, shapes and types must
// agree one to one. The error, if any, is a *FitError.
func Fit(have *File, want []Want) error {
	e := &FitError{Path: have.Path}
	wanted := make(map[string]bool, len(want))
	for i := range want {
		wanted[want[i].Name] = true
	}
	var missing, unexpected []string
	for i := range want {
		w := &want[i]
		t := have.Lookup(w.Name)
		switch {
		case t == nil:
			missing = append(missing, w.Name)
			e.Mismatches = append(e.Mismatches, Mismatch{Name: w.Name, Wanted: w})
		case !slices.Equal(t.Shape, w.Shape) || !converts(t.DType, w.DType):
			e.Mismatches = append(e.Mismatches, Mismatch{Name: w.Name, Found: t, Wanted: w})
		default:
			e.Fitting++
		}
	}
	for i := range have.Tensors {
		if t := &have.Tensors[i]; !wanted[t.Name] {
			unexpected = append(unexpected, t.Name)
			e.Mismatches = append(e.Mismatches, Mismatch{Name: t.Name, Found: t})
		}
	}
	if len(e.Mismatches) == 0 {
		return nil
	}
	e.hint(missing, unexpected)
	return e
}

// maxLines bounds each section of the message; the error keeps all.
const maxLines = 20

// hint finds the nearest names of the mismatches that the message shows.
func (e *FitError) hint(missing, unexpected []string) {
	ofMissing, ofUnexpected := 0, 0
	for i := range e.Mismatches {
		m := &e.Mismatches[i]
		if m.Found == nil && ofMissing < maxLines {
			ofMissing++
			m.Nearest = nearest(m.Name, unexpected)
		}
		if m.Wanted == nil && ofUnexpected < maxLines {
			ofUnexpected++
			m.Nearest = nearest(m.Name, missing)
		}
	}
}

func (e *FitError) Error() string {
	var missing, shaped, extra []string
	for _, m := range e.Mismatches {
		hint := ""
		switch {
		case m.Found == nil:
			if m.Nearest != "" {
				hint = fmt.Sprintf(" (the file has %s)", m.Nearest)
			}
			missing = append(missing, fmt.Sprintf("%s %s%s", m.Name, shapeString(m.Wanted.Shape), hint))
		case m.Wanted == nil:
			if m.Nearest != "" {
				hint = fmt.Sprintf(" (the model has %s)", m.Nearest)
			}
			extra = append(extra, fmt.Sprintf("%s %s%s", m.Name, shapeString(m.Found.Shape), hint))
		case !slices.Equal(m.Found.Shape, m.Wanted.Shape):
			shaped = append(shaped, fmt.Sprintf("%s: file %s, model %s", m.Name,
				shapeString(m.Found.Shape), shapeString(m.Wanted.Shape)))
		default:
			shaped = append(shaped, fmt.Sprintf("%s: file %s, model %s", m.Name, m.Found.DType, m.Wanted.DType))
		}
	}
	var b strings.Builder
	if e.Path != "" {
		fmt.Fprintf(&b, "%s: ", e.Path)
	}
	fmt.Fprintf(&b, "the weights do not fit the model: %d tensors fit, %d do not", e.Fitting, len(e.Mismatches))
	section(&b, "missing from the file", missing)
	section(&b, "of another shape or type", shaped)
	section(&b, "in the file but not in the model", extra)
	return b.String()
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n  %s:", title)
	for _, line := range lines[:min(len(lines), maxLines)] {
		b.WriteString("\n    " + line)
	}
	if more := len(lines) - maxLines; more > 0 {
		fmt.Fprintf(b, "\n    … and %d more", more)
	}
}

// converts says whether elements of a file's type can be read as the model's.
func converts(have, want DType) bool {
	if want == F32 {
		return have == F32 || have == F64 || have == F16 || have == BF16
	}
	return have == want
}

// maxNearest and maxName bound the search for nearest names.
const (
	maxNearest = 1000
	maxName    = 200
)

// nearest is the name with the fewest edits to the given one, of at most a
// third of its length; empty if there is none.
func nearest(name string, among []string) string {
	if len(among) > maxNearest || len(name) > maxName {
		return ""
	}
	best, limit := "", len(name)/3
	for _, other := range among {
		if diff := len(other) - len(name); diff > limit || -diff > limit {
			continue
		}
		if d := distance(name, other); d < limit || d == limit && best == "" {
			best, limit = other, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
