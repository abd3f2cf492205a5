package lint

import (
	"github.com/netc-lang/netc/compiler/ir"
)

// unusedLayer finds layers from which no output can be reached: the last one of
// each dead end, and how much leads to it alone.
func unusedLayer(r *run) {
	for _, m := range r.Models {
		live := map[*ir.Node]bool{}
		for i := len(m.Graph.Nodes) - 1; i >= 0; i-- {
			n := m.Graph.Nodes[i]
			live[n] = r.results[n.Out]
			for _, u := range n.Out.Uses {
				live[n] = live[n] || live[u]
			}
		}
		told := map[*ir.Node]bool{}
		for _, n := range m.Graph.Nodes {
			if live[n] || len(n.Out.Uses) > 0 {
				continue
			}
			f := r.find(n, n.Span, "the result of `%s` reaches no output", n.Span.Text())
			layers, params := deadEnd(n, live, told)
			switch {
			case layers > 1:
				f.d.WithNote("%d layers with %d parameters lead here alone", layers, params)
			case params > 0:
				f.d.WithNote("%d parameters that nothing trains", params)
			}
			f.d.WithHelp("read it further down, return it with `output`, or remove it")
		}
	}
}

// deadEnd counts what leads to a node alone, and was not told of another one.
func deadEnd(n *ir.Node, live, told map[*ir.Node]bool) (layers int, params int64) {
	todo := []*ir.Node{n}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == nil || live[n] || told[n] {
			continue
		}
		told[n] = true
		layers++
		for _, p := range n.Params {
			if p.Role == ir.Trained {
				params = ir.Sum(params, p.Len())
			}
		}
		for _, v := range n.In {
			todo = append(todo, v.Node)
		}
	}
	return layers, params
}
