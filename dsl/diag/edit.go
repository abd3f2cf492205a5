package diag

import (
	"bytes"
	"slices"
	"sort"
)

// maxEditLines is how many lines of an edit are shown.
const maxEditLines = 6

// Apply carries out edits of one file on its text and returns the new text.
// Edits that overlap an earlier one are left out.
func Apply(text []byte, edits []Edit) []byte {
	sorted := append([]Edit(nil), edits...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Span.Start < sorted[j].Span.Start })
	var out []byte
	at := 0
	for _, e := range sorted {
		if e.Span.Start < at || e.Span.End < e.Span.Start || e.Span.End > len(text) {
			continue
		}
		out = append(out, text[at:e.Span.Start]...)
		out = append(out, e.NewText...)
		at = e.Span.End
	}
	return append(out, text[at:]...)
}

// edits prints the lines that edits change, as they will be.
func (p *printer) edits(edits []Edit) {
	sorted := append([]Edit(nil), edits...)
	sorted = slices.DeleteFunc(sorted, removesLines) // which leaves nothing to show
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Span.Start < sorted[j].Span.Start })
	shown := 0
	for len(sorted) > 0 {
		file := sorted[0].Span.File
		if file == nil {
			return
		}
		first, last := lineOf(file, sorted[0].Span.Start), lineOf(file, sorted[0].Span.End)
		n := 1
		for n < len(sorted) && sorted[n].Span.File == file && lineOf(file, sorted[n].Span.Start) <= last {
			last = max(last, lineOf(file, sorted[n].Span.End))
			n++
		}
		shown += p.edited(file, first, last, sorted[:n], maxEditLines-shown)
		sorted = sorted[n:]
		if shown >= maxEditLines {
			return
		}
	}
}

// removesLines reports whether an edit takes whole lines out.
func removesLines(e Edit) bool {
	starts := func(offset int) bool { return offset == 0 || e.Span.File.Text[offset-1] == '\n' }
	return e.NewText == "" && e.Span.IsValid() && e.Span.Start < e.Span.End && starts(e.Span.Start) && starts(e.Span.End)
}

func lineOf(f *File, offset int) int { return f.Position(offset).Line }

// edited prints lines first to last with edits applied, at most so many, and returns how many.
func (p *printer) edited(f *File, first, last int, edits []Edit, most int) int {
	lo := f.LineStart(first)
	hi := f.LineStart(last) + len(f.Line(last))
	local := make([]Edit, len(edits))
	for i, e := range edits {
		e.Span.Start -= lo
		e.Span.End -= lo
		local[i] = e
	}
	text := Apply(f.Text[lo:hi], local)
	at := local[0].Span.Start
	n := 0
	for i, line := range bytes.Split(text, []byte("\n")) {
		if n == most {
			break
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if i > 0 {
			at = 0
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		p.source(first+i, viewOf(line, at).text)
		n++
	}
	return n
}
