package diag

import "sort"

// Fixes collects the edits that a tool may make in a file by itself, and the
// diagnostics that they settle. Of each diagnostic all edits are taken or none:
// it has to wait for the next round where they touch those of an earlier one. An
// edit that several ask for, such as an import, is made once.
func (l List) Fixes(file *File) (edits []Edit, settled List) {
	for _, d := range l {
		if d.Applicability != Safe || len(d.Edits) == 0 {
			continue
		}
		if more, ok := besides(edits, d.Edits, file); ok {
			edits = more
			settled.Add(d)
		}
	}
	return edits, settled
}

// besides adds edits to others, which are sorted by place and do not touch one
// another, and reports whether that stays so.
func besides(edits, more []Edit, file *File) ([]Edit, bool) {
	all := append([]Edit(nil), edits...)
	for _, e := range more {
		if e.Span.File != file {
			return nil, false
		}
		i := sort.Search(len(all), func(i int) bool { return all[i].Span.End >= e.Span.Start })
		if i < len(all) && all[i] == e {
			continue
		}
		if i < len(all) && all[i].Span.Start <= e.Span.End {
			return nil, false
		}
		all = append(all[:i], append([]Edit{e}, all[i:]...)...)
	}
	return all, true
}
