package diff

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// pair is a layer before and after.
type pair struct{ before, after *ir.Node }

// align finds which layer became which: by names first, with those from before
// that the new model gives; then, of what is left between two layers found so,
// by the longest sequence that both have of layers with the same operator and
// weights of the same shapes.
func align(before, after *ir.Graph) []pair {
	old := map[string]*ir.Node{}
	for _, n := range before.Nodes {
		old[n.Name] = n
	}
	byName := map[string]*ir.Node{}
	for _, n := range before.Nodes {
		byName[renamed(n.Name, after, old)] = n
	}
	var pairs []pair
	partner := map[*ir.Node]*ir.Node{}
	for _, n := range after.Nodes {
		if was := byName[n.Name]; was != nil {
			pairs = append(pairs, pair{was, n})
			partner[was], partner[n] = n, n
		}
	}
	// The nodes left, by the one found by name that stands in front of them.
	left := func(nodes []*ir.Node) map[*ir.Node][]*ir.Node {
		gaps := map[*ir.Node][]*ir.Node{}
		var behind *ir.Node
		for _, n := range nodes {
			if found := partner[n]; found != nil {
				behind = found
			} else {
				gaps[behind] = append(gaps[behind], n)
			}
		}
		return gaps
	}
	there := left(after.Nodes)
	for behind, list := range left(before.Nodes) {
		a, b := keys(list), keys(there[behind])
		for _, m := range common(a, b, 0, 0) {
			pairs = append(pairs, pair{list[m[0]], there[behind][m[1]]})
		}
	}
	return pairs
}

// renamed is the name that a layer of the old model has in the new one, by the
// names from before. One that the old model has too stays with its layer.
func renamed(name string, after *ir.Graph, old map[string]*ir.Node) string {
	for _, r := range after.Renames {
		rest, ok := strings.CutPrefix(name, r.Old)
		if !ok || rest != "" && rest[0] != '.' && rest[0] != '[' || old[r.New+rest] != nil {
			continue
		}
		name = r.New + rest
	}
	return name
}

// keys are what layers must have in common to be taken for the same: the
// operator and the shapes of the weights, or the whole call where there are none.
func keys(nodes []*ir.Node) []string {
	list := make([]string, len(nodes))
	for i, n := range nodes {
		list[i] = n.Op.Name
		for _, p := range n.Params {
			list[i] += fmt.Sprint(p.Shape)
		}
		if len(n.Params) == 0 {
			list[i] = n.Call()
		}
	}
	return list
}

// common is the places of a longest common sequence of a and b, counted from i
// and j, by Hirschberg's method: in memory linear in their length.
func common(a, b []string, i, j int) [][2]int {
	var list [][2]int
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		list = append(list, [2]int{i, j})
		a, b, i, j = a[1:], b[1:], i+1, j+1
	}
	switch {
	case len(a) == 0 || len(b) == 0:
		return list
	case len(a) == 1:
		for k := range b {
			if b[k] == a[0] {
				return append(list, [2]int{i, j + k})
			}
		}
		return list
	}
	half := len(a) / 2
	front := lengths(a[:half], b, false)
	back := lengths(a[half:], b, true)
	cut := 0
	for k := range front {
		if front[k]+back[len(b)-k] > front[cut]+back[len(b)-cut] {
			cut = k
		}
	}
	list = append(list, common(a[:half], b[:cut], i, j)...)
	return append(list, common(a[half:], b[cut:], i+half, j+cut)...)
}

// lengths is how long the longest common sequences of a with the first 0, 1, …
// of b are; with their last ones where backwards.
func lengths(a, b []string, backwards bool) []int {
	at := func(s []string, i int) string {
		if backwards {
			return s[len(s)-1-i]
		}
		return s[i]
	}
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if at(a, i) == at(b, j) {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	return row
}
