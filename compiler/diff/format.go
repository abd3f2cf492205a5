package diff

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/netc-lang/netc/compiler/stats"
)

// JSON writes the report as an object.
func JSON(w io.Writer, r *Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Text writes the report for a person.
func Text(w io.Writer, r *Report) error {
	if r.same() {
		_, err := fmt.Fprintf(w, "%s equals %s: the same layers, costs and weights\n", r.Old, r.New)
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s → %s\n\nlayers       %s\n", r.Old, r.New, r.summary())
	if t := r.changes(); t.Length() > 0 {
		b.WriteString("\n" + plain(t) + "\n")
	}
	b.WriteString("\n" + plain(r.costs()) + "\n")
	fmt.Fprintf(&b, "\nweights      of %s:\n             %s\n", r.Weights.Source, r.Weights.summary())
	if t := r.Weights.table(); t.Length() > 0 {
		b.WriteString("\n" + plain(t) + "\n")
	}
	if help := r.help(); help != "" {
		b.WriteString("\nhelp: " + help + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Markdown writes the report as tables of GitHub's Markdown.
func Markdown(w io.Writer, r *Report) error {
	if r.same() {
		_, err := fmt.Fprintf(w, "`%s` equals `%s`: the same layers, costs and weights.\n", r.Old, r.New)
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### `%s` → `%s`\n\nLayers: %s.\n\n", r.Old, r.New, r.summary())
	if t := r.changes(); t.Length() > 0 {
		b.WriteString(t.RenderMarkdown() + "\n\n")
	}
	fmt.Fprintf(&b, "%s\n\nWeights of `%s`: %s.\n", r.costs().RenderMarkdown(), r.Weights.Source, r.Weights.summary())
	if t := r.Weights.table(); t.Length() > 0 {
		b.WriteString("\n" + t.RenderMarkdown() + "\n")
	}
	if help := r.help(); help != "" {
		b.WriteString("\nTo load them, " + help + ".\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// same reports models between which nothing differs.
func (r *Report) same() bool {
	for _, c := range r.Costs {
		if c.Old != c.New {
			return false
		}
	}
	return r.Equal
}

// plain renders a table without lines.
func plain(t table.Writer) string {
	style := table.StyleLight
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format = table.FormatOptions{Header: text.FormatDefault}
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	return t.Render()
}

// summary counts the changes of layers.
func (r *Report) summary() string {
	var parts []string
	for _, k := range []struct {
		kind Kind
		what string
	}{{Added, "added"}, {Removed, "removed"}, {Changed, "changed"}, {Renamed, "renamed"}, {Reshaped, "of another shape"}} {
		n := 0
		for _, c := range r.Changes {
			if c.Kind == k.kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k.what))
		}
	}
	if len(parts) == 0 {
		return "all the same"
	}
	return strings.Join(parts, ", ")
}

// signs stand in front of changes.
var signs = map[Kind]string{Added: "+", Removed: "-", Changed: "~", Renamed: ">", Reshaped: "=", Ends: "~"}

// changes is the table of changes. Layers in a row whose shape alone is other,
// or whose names have the same parts exchanged, share a line.
func (r *Report) changes() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"", "layer", "before", "after"})
	for i := 0; i < len(r.Changes); {
		n := 1
		for i+n < len(r.Changes) && alike(&r.Changes[i], &r.Changes[i+n]) {
			n++
		}
		t.AppendRow(line(r.Changes[i : i+n]))
		i += n
	}
	return t
}

// alike reports changes that share a line.
func alike(a, b *Change) bool {
	if a.Kind != b.Kind || a.Kind != Reshaped && a.Kind != Renamed {
		return false
	}
	aOld, aNew := exchanged(a.Old, a.New)
	bOld, bNew := exchanged(b.Old, b.New)
	return a.Kind == Reshaped || aOld == bOld && aNew == bNew
}

// exchanged is the parts of two names in front of those that they have in common
// at the end.
func exchanged(before, after string) (string, string) {
	for {
		i, j := strings.LastIndexAny(before, ".["), strings.LastIndexAny(after, ".[")
		if i < 0 || j < 0 || before[i:] != after[j:] {
			return before, after
		}
		before, after = before[:i], after[:j]
	}
}

func line(list []Change) table.Row {
	c, last := list[0], list[len(list)-1]
	sign := signs[c.Kind]
	switch {
	case c.Kind == Renamed && len(list) > 1:
		before, after := exchanged(c.Old, c.New)
		return table.Row{sign, before + " → " + after, "", fmt.Sprintf("%d layers renamed", len(list))}
	case c.Kind == Renamed:
		return table.Row{sign, c.Old + " → " + c.New, "", "renamed"}
	case c.Kind == Reshaped && len(list) > 2:
		return table.Row{sign, fmt.Sprintf("%s … %s (%d)", c.New, last.New, len(list)),
			c.OldOut.String() + " … " + last.OldOut.String(), c.NewOut.String() + " … " + last.NewOut.String()}
	case c.Kind == Reshaped && len(list) == 2:
		return table.Row{sign, c.New + ", " + last.New,
			c.OldOut.String() + ", " + last.OldOut.String(), c.NewOut.String() + ", " + last.NewOut.String()}
	case c.Kind == Ends && c.New == "":
		return table.Row{"-", c.Old, "", ""}
	case c.Kind == Ends && c.Old == "":
		return table.Row{"+", c.New, "", ""}
	}
	name := c.New
	switch {
	case name == "":
		name = c.Old
	case c.Old != "" && c.Old != c.New:
		name = c.Old + " → " + c.New
	}
	before, after := detail(c.OldCall, c.OldOut), detail(c.NewCall, c.NewOut)
	switch {
	case c.Note != "" && before == after:
		return table.Row{sign, name, "", c.Note}
	case c.Note != "":
		after += "; " + c.Note
	}
	return table.Row{sign, name, before, after}
}

func detail(call string, out stats.Size) string {
	if len(out) == 0 {
		return call
	}
	return strings.TrimSpace(call + " " + out.String())
}

// costs is the table of costs.
func (r *Report) costs() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"", "before", "after", "change", ""})
	for _, c := range r.Costs {
		absolute, relative := c.difference()
		t.AppendRow(table.Row{c.What, c.number(c.Old), c.number(c.New), absolute, relative})
	}
	var right []table.ColumnConfig
	for i := 2; i <= 5; i++ {
		right = append(right, table.ColumnConfig{Number: i, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(right)
	return t
}

// summary says how much of the new model the weights fill.
func (w *Weights) summary() string {
	of := w.Fit + len(w.Reshaped) + len(w.Missing)
	return fmt.Sprintf("%d of %d tensors fit, %s of %s elements", w.Fit, of, stats.Thousands(w.Elements), stats.Thousands(w.Of))
}

// help says how the weights of renamed layers would fit; empty where that is no help.
func (r *Report) help() string {
	if len(r.Weights.Missing) == 0 || len(r.Weights.Extra) == 0 {
		return ""
	}
	for _, c := range r.Changes {
		if c.Kind == Renamed {
			return "`as new was old` in " + r.New + " lets the weights stored for renamed layers fit"
		}
	}
	return ""
}

// table lists the tensors that do not fit as they are, those of a layer in a line.
func (w *Weights) table() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"", "layer", "stored", "wanted"})
	for i := 0; i < len(w.Renamed); {
		before, after := exchanged(w.Renamed[i].Was, w.Renamed[i].Name)
		n := 1
		for ; i+n < len(w.Renamed); n++ {
			if b, a := exchanged(w.Renamed[i+n].Was, w.Renamed[i+n].Name); b != before || a != after {
				break
			}
		}
		t.AppendRow(table.Row{"renamed", before + " → " + after, fmt.Sprintf("%d fit", n), ""})
		i += n
	}
	for _, group := range []struct {
		what string
		list []Tensor
	}{{"another shape", w.Reshaped}, {"missing", w.Missing}, {"extra", w.Extra}} {
		for i := 0; i < len(group.list); {
			layer, _ := parts(group.list[i].Name)
			var stored, wanted []string
			for ; i < len(group.list); i++ {
				x := group.list[i]
				of, name := parts(x.Name)
				if of != layer {
					break
				}
				if x.OldShape != nil {
					stored = append(stored, name+" "+sizes(x.OldShape))
				}
				if x.NewShape != nil {
					wanted = append(wanted, name+" "+sizes(x.NewShape))
				}
			}
			t.AppendRow(table.Row{group.what, layer, strings.Join(stored, ", "), strings.Join(wanted, ", ")})
		}
	}
	return t
}

// parts parts the name of a tensor into those of its layer and of itself.
func parts(name string) (layer, tensor string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

func sizes(shape []int) string {
	if len(shape) == 0 {
		return "scalar"
	}
	parts := make([]string, len(shape))
	for i, n := range shape {
		parts[i] = fmt.Sprint(n)
	}
	return strings.Join(parts, "×")
}
