// Package expand writes a graph as a .net file without blocks, repeats and
// combinators: a line for each layer, with all that was worked out for it.
//
// Input: an ir.Graph without errors, before the passes change it. Output: text
// that gives the same graph again, but for names: c2[1].conv2 becomes
// c2_1_conv2, since the blocks that numbered it are gone.
package expand

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// Model writes one model.
func Model(w io.Writer, g *ir.Graph) error {
	p := &writer{names: map[*ir.Value]string{}, taken: map[string]bool{}}
	p.line("model %s {", g.Name)
	p.indent = "  "
	for _, v := range g.Inputs {
		p.name(v, v.Name)
		p.line("input %s: %s", p.names[v], strings.ReplaceAll(v.Shape.String(), "×", "x"))
		p.at = v
	}
	for i := 0; i < len(g.Nodes); i++ {
		if n := g.Nodes[i]; n.Training {
			i = p.head(g, i)
		} else {
			p.node(n, n.Name)
		}
	}
	for _, o := range g.Outputs {
		p.line("output %s from %s", o.Name, p.names[o.Value])
	}
	p.indent = ""
	p.line("}")
	_, err := io.WriteString(w, p.out.String())
	return err
}

// writer builds the text of a model.
type writer struct {
	out    strings.Builder
	indent string
	names  map[*ir.Value]string // as written
	taken  map[string]bool
	at     *ir.Value // what the next layer reads
}

func (p *writer) line(format string, args ...any) {
	fmt.Fprintf(&p.out, p.indent+format+"\n", args...)
}

// name gives a value a name that can be written.
func (p *writer) name(v *ir.Value, want string) {
	id := strings.Trim(strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '.'
	}, want), ".")
	id = strings.Join(strings.FieldsFunc(id, func(r rune) bool { return r == '.' }), "_")
	for n, base := 2, id; p.taken[id]; n++ {
		id = fmt.Sprintf("%s_%d", base, n)
	}
	p.taken[id] = true
	p.names[v] = id
}

// node writes one layer, and where it begins when that is not the line before.
func (p *writer) node(n *ir.Node, name string) {
	switch {
	case len(n.In) > 1:
		p.line("parallel {")
		for _, v := range n.In {
			p.line("  branch from %s", p.names[v])
		}
		p.line("}")
	case n.In[0] != p.at:
		p.line("from %s", p.names[n.In[0]])
	}
	p.name(n.Out, name)
	if n.Note != "" {
		p.line("// %s", n.Note)
	}
	p.line("%s as %s", n.Call(), p.names[n.Out])
	p.at = n.Out
}

// head writes the head that begins at a node, and returns the place of its last.
func (p *writer) head(g *ir.Graph, i int) int {
	var h ir.Head
	last := i
	for ; ; last++ {
		found := false
		for _, x := range g.Heads {
			if x.Value == g.Nodes[last].Out {
				h, found = x, true
			}
		}
		if found {
			break
		}
	}
	before := p.at
	p.at = g.Nodes[i].In[0]
	p.name(&ir.Value{}, h.Name)
	p.line("aux %s from %s (weight=%s) {", strings.ReplaceAll(h.Name, ".", "_"), p.names[p.at], strconv.FormatFloat(h.Weight, 'g', -1, 64))
	p.indent = "    "
	for _, n := range g.Nodes[i : last+1] {
		p.node(n, strings.TrimPrefix(n.Name, h.Name+"."))
	}
	p.indent = "  "
	p.line("}")
	p.at = before
	return last
}
