package stats

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Style says how a table is shown.
type Style struct {
	Width int  // columns of the terminal; what does not fit is left out
	Depth int  // levels shown, with what lies deeper summed up; 0 for all
	Bold  bool // parents, with escape sequences
}

// Table writes the layers as a tree, with totals, for a person.
func Table(w io.Writer, reports []*Report, style Style) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		rows := r.rows(style.Depth)
		t := newTable(r, rows, r.columns(rows, style.Width), func(row row) string {
			label := strings.Repeat("  ", row.level) + row.label
			if style.Bold && row.parent {
				label = text.Bold.EscapeSeq() + label + text.Reset.EscapeSeq()
			}
			return label
		})
		light := table.StyleLight
		light.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
		light.Box.PaddingLeft, light.Box.PaddingRight = "", "  "
		light.Format = table.FormatOptions{Header: text.FormatDefault, Footer: text.FormatDefault}
		t.SetStyle(light)
		t.SuppressTrailingSpaces()
		var notes strings.Builder
		for i, n := range r.notes() {
			if i == 0 {
				notes.WriteString("\n")
			}
			for j, l := range wrap(n.name+": "+n.text, max(style.Width-2, 40)) {
				notes.WriteString(strings.Repeat("  ", min(j, 1)) + l + "\n")
			}
		}
		if _, err := fmt.Fprintf(w, "%s  input %s\n\n%s\n%s\n%s", r.Model, r.Input, t.Render(), notes.String(), r.summary("")); err != nil {
			return err
		}
	}
	return nil
}

// Markdown writes the layers and totals as a table of GitHub's Markdown, with
// parents in bold.
func Markdown(w io.Writer, reports []*Report, depth int) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		rows := r.rows(depth)
		t := newTable(r, rows, r.columns(rows, 1<<20), func(row row) string {
			if row.parent {
				return strings.Repeat("&emsp;", row.level) + "**" + row.label + "**"
			}
			return strings.Repeat("&emsp;", row.level) + row.label
		})
		notes := ""
		for _, n := range r.notes() {
			notes += fmt.Sprintf("- %s: %s\n", n.name, n.text)
		}
		if notes != "" {
			notes = "\n" + notes
		}
		if _, err := fmt.Fprintf(w, "### %s\n\nInput %s.\n\n%s\n%s\n%s", r.Model, r.Input, t.RenderMarkdown(), notes, r.summary("- ")); err != nil {
			return err
		}
	}
	return nil
}

// row is a line of the table: a layer, or what is within a parent together.
type row struct {
	Layer
	label  string
	level  int
	parent bool // what it sums up is listed below it
}

// rows lists the tree down to a depth; 0 for all of it. What holds a single
// layer is that layer.
func (r *Report) rows(depth int) []row {
	var rows []row
	var visit func(t *tree, level int, aux bool)
	visit = func(t *tree, level int, aux bool) {
		label := t.label
		for len(t.children) == 1 {
			t = t.children[0]
			if !strings.HasPrefix(t.label, "[") {
				label += "."
			}
			label += t.label
		}
		row := row{Layer: t.sum(), label: label, level: level, parent: t.layer == nil && level+1 != depth}
		if row.Aux && !aux {
			row.label += " (training only)"
		}
		rows = append(rows, row)
		if row.parent {
			for _, c := range t.children {
				visit(c, level+1, row.Aux)
			}
		}
	}
	for _, c := range r.tree().children {
		visit(c, 0, false)
	}
	return rows
}

// column is a column of the table.
type column struct {
	head   string
	number bool
	cell   func(row) string
	total  func(training bool) string // nil for none
	rank   int                        // columns of a lower rank are shown first where not all fit
}

// columns are those that a width has room for.
func (r *Report) columns(rows []row, width int) []column {
	sum := func(of func(*Layer) Amount) func(bool) string {
		return func(training bool) string {
			total := Amount(0)
			for i := range r.Layers {
				if l := &r.Layers[i]; training || !l.Aux {
					total = total.Plus(of(l))
				}
			}
			return total.String()
		}
	}
	count := func(head string, rank int, of func(*Layer) Amount) column {
		return column{head: head, number: true, rank: rank, total: sum(of), cell: func(row row) string {
			if n := of(&row.Layer); n != 0 {
				return n.String()
			}
			return "" // what a layer does not have does not catch the eye
		}}
	}
	all := []column{
		{head: "op", rank: 4, cell: func(row row) string { return operator(row, row.Op) }},
		{head: "op", rank: 5, cell: func(row row) string { return operator(row, clip(row.Call, 40)) }},
		{head: "output", rank: 1, cell: func(row row) string { return row.Out.String() }},
		{head: "sees", rank: 3, number: true, cell: func(row row) string { return row.seen("×") }},
		count("params", 1, func(l *Layer) Amount { return Amount(l.Params) }),
		count("frozen", 2, func(l *Layer) Amount { return Amount(l.ParamsFrozen) }),
		count("buffers", 8, func(l *Layer) Amount { return Amount(l.Buffers) }),
		count("MACs", 1, func(l *Layer) Amount { return l.MACs }),
		count("FLOPs", 6, func(l *Layer) Amount { return l.FLOPs }),
		count("activations", 7, func(l *Layer) Amount { return l.Activations }),
	}
	taken, shown := r.labelWidth(rows)+2, make([]bool, len(all))
	for rank := range 10 {
		for i, c := range all {
			if c.rank != rank || rank > 1 && c.empty(rows) || r.Open() && c.head == "sees" {
				continue
			}
			need := c.width(rows) + 2
			if c.head == "op" && rank == 5 && shown[i-1] {
				need -= all[i-1].width(rows) + 2
			}
			if rank > 1 && taken+need > width {
				continue
			}
			if c.head == "op" && rank == 5 {
				shown[i-1] = false
			}
			taken += need
			shown[i] = true
		}
	}
	var fit []column
	for i, c := range all {
		if shown[i] {
			fit = append(fit, c)
		}
	}
	return fit
}

// operator is what a row shows of its operator; a group has none.
func operator(row row, shown string) string {
	if row.Call == "" && row.Op == "group" {
		return ""
	}
	return shown
}

// empty reports a column without anything in it.
func (c column) empty(rows []row) bool {
	for _, row := range rows {
		if s := c.cell(row); s != "" && s != Unknown.String() {
			return false
		}
	}
	return true
}

func (c column) width(rows []row) int {
	n := utf8.RuneCountInString(c.head)
	if c.total != nil {
		n = max(n, len(c.total(true)))
	}
	for _, row := range rows {
		n = max(n, utf8.RuneCountInString(c.cell(row)))
	}
	return n
}

func (r *Report) labelWidth(rows []row) int {
	n := len("inference")
	for _, row := range rows {
		n = max(n, 2*row.level+utf8.RuneCountInString(row.label))
	}
	return n
}

// newTable is the rows with their totals, without a style.
func newTable(r *Report, rows []row, columns []column, label func(row) string) table.Writer {
	t := table.NewWriter()
	head := table.Row{"layer"}
	for _, c := range columns {
		head = append(head, c.head)
	}
	t.AppendHeader(head)
	for _, row := range rows {
		line := table.Row{label(row)}
		for _, c := range columns {
			line = append(line, c.cell(row))
		}
		t.AppendRow(line)
	}
	footer := func(name string, training bool) {
		line := table.Row{name}
		for _, c := range columns {
			if c.total == nil {
				line = append(line, "")
			} else {
				line = append(line, c.total(training))
			}
		}
		t.AppendFooter(line)
	}
	if r.auxiliary() {
		footer("inference", false)
		footer("training", true)
	} else {
		footer("total", false)
	}
	configs := []table.ColumnConfig{}
	for i, c := range columns {
		if c.number {
			configs = append(configs, table.ColumnConfig{Number: i + 2, Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight})
		}
	}
	t.SetColumnConfigs(configs)
	return t
}

// auxiliary reports layers that exist in training only.
func (r *Report) auxiliary() bool {
	for i := range r.Layers {
		if r.Layers[i].Aux {
			return true
		}
	}
	return false
}

// note says why layers are there that no line of the file asks for.
type note struct{ name, text string }

// notes lists the notes of the layers, once for what was added together.
func (r *Report) notes() []note {
	var notes []note
	for i := range r.Layers {
		l := &r.Layers[i]
		if l.Note == "" {
			continue
		}
		name := l.Name
		if i > 0 && r.Layers[i-1].Note == l.Note {
			if parent := name[:max(strings.LastIndexByte(name, '.'), 0)]; strings.HasPrefix(r.Layers[i-1].Name, parent+".") {
				notes[len(notes)-1].name = parent
				continue
			}
		}
		notes = append(notes, note{name, l.Note})
	}
	return notes
}

// clip shortens a text to so many characters.
func clip(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return string(runes[:most-1]) + "…"
}

// wrap breaks a text into lines at blanks.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
