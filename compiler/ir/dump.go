package ir

import (
	"fmt"
	"io"
	"strings"
)

// Dump writes the graph for a person to read, one line a node.
func (g *Graph) Dump(w io.Writer) {
	fmt.Fprintf(w, "model %s\n", g.Name)
	for _, v := range g.Inputs {
		fmt.Fprintf(w, "  input %s: %v\n", v.Name, v.Shape)
	}
	for _, n := range g.Nodes {
		in := make([]string, len(n.In))
		for i, v := range n.In {
			in[i] = v.Name
		}
		fmt.Fprintf(w, "  %s: %v = %s(%s)", n.Name, n.Out.Shape, n.Op.Name, strings.Join(in, ", "))
		if n.Training {
			fmt.Fprint(w, " training")
		}
		for _, p := range n.Params {
			fmt.Fprintf(w, " %s%v", p.Name[len(n.Name)+1:], p.Shape)
		}
		if n.Note != "" {
			fmt.Fprintf(w, " // %s", n.Note)
		}
		fmt.Fprintln(w)
	}
	for _, h := range g.Heads {
		fmt.Fprintf(w, "  head %s = %s, weight %v\n", h.Name, h.Value.Name, h.Weight)
	}
	for _, o := range g.Outputs {
		fmt.Fprintf(w, "  output %s = %s\n", o.Name, o.Value.Name)
	}
}
