package stats

import "strings"

// Group returns the report with the layers that share the first depth parts of
// their dotted names put together. A depth of 0 leaves it as it is.
func (r *Report) Group(depth int) *Report {
	if depth <= 0 {
		return r
	}
	grouped := *r
	grouped.Layers = nil
	index := map[string]int{}
	for _, l := range r.Layers {
		name := prefix(l.Name, depth)
		at, ok := index[name]
		if !ok {
			index[name] = len(grouped.Layers)
			grouped.Layers = append(grouped.Layers, l)
			continue
		}
		g := &grouped.Layers[at]
		g.Name, g.Op = name, "group"
		g.Params += l.Params
		g.Buffers += l.Buffers
		g.MACs += l.MACs
		g.FLOPs += l.FLOPs
		g.Out, g.ReceptiveField = l.Out, l.ReceptiveField
		g.Aux = g.Aux && l.Aux
	}
	return &grouped
}

// prefix is the first depth parts of a dotted name, the name when it has fewer.
func prefix(name string, depth int) string {
	end := 0
	for range depth {
		i := strings.IndexByte(name[end:], '.')
		if i < 0 {
			return name
		}
		end += i + 1
	}
	return name[:end-1]
}
