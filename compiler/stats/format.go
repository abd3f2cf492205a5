package stats

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// JSON writes one report as an object, several as a list of them.
func JSON(w io.Writer, reports []*Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if len(reports) == 1 {
		return e.Encode(reports[0])
	}
	return e.Encode(reports)
}

// CSV writes a line for each layer, under one header for all reports.
func CSV(w io.Writer, reports []*Report) error {
	c := csv.NewWriter(w)
	rows := [][]string{{
		"model", "name", "op", "line", "in", "out", "params", "buffers", "macs", "flops",
		"receptive_field", "aux",
	}}
	for _, r := range reports {
		for _, l := range r.Layers {
			in := make([]string, len(l.In))
			for i, s := range l.In {
				in[i] = size(s, "x")
			}
			rows = append(rows, []string{
				r.Model, l.Name, l.Op, strconv.Itoa(l.Line), strings.Join(in, " "), size(l.Out, "x"),
				fmt.Sprint(l.Params), fmt.Sprint(l.Buffers), fmt.Sprint(l.MACs), fmt.Sprint(l.FLOPs),
				size(l.ReceptiveField[:], "x"), strconv.FormatBool(l.Aux),
			})
		}
	}
	if err := c.WriteAll(rows); err != nil {
		return err
	}
	return c.Error()
}

// Table writes the layers and totals for a person.
func Table(w io.Writer, reports []*Report) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		t := r.table()
		style := table.StyleLight
		style.Options = table.Options{SeparateHeader: true, SeparateFooter: true}
		style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
		style.Format = table.FormatOptions{Header: text.FormatDefault, Footer: text.FormatDefault}
		t.SetStyle(style)
		t.SuppressTrailingSpaces()
		if _, err := fmt.Fprintf(w, "%s  input %s\n\n%s\n\n%s", r.Model, size(r.Input, "×"), t.Render(), r.summary("")); err != nil {
			return err
		}
	}
	return nil
}

// Markdown writes the layers and totals as a table of GitHub's Markdown.
func Markdown(w io.Writer, reports []*Report) error {
	for i, r := range reports {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if _, err := fmt.Fprintf(w, "### %s\n\nInput %s.\n\n%s\n\n%s", r.Model, size(r.Input, "×"), r.table().RenderMarkdown(), r.summary("- ")); err != nil {
			return err
		}
	}
	return nil
}

// table is the layers with their totals, without a style.
func (r *Report) table() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"layer", "op", "output", "sees", "params", "MACs"})
	for _, l := range r.Layers {
		name := l.Name
		if l.Aux {
			name += " (training only)"
		}
		t.AppendRow(table.Row{name, l.Op, size(l.Out, "×"), size(l.ReceptiveField[:], "×"), Thousands(l.Params), Thousands(l.MACs)})
	}
	t.AppendFooter(table.Row{"total", "", "", "", Thousands(r.ParamsTraining), Thousands(r.MACsTraining)})
	t.SetColumnConfigs([]table.ColumnConfig{
		{Name: "layer", WidthMax: 34},
		{Name: "sees", Align: text.AlignRight, AlignHeader: text.AlignRight},
		{Name: "params", Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight},
		{Name: "MACs", Align: text.AlignRight, AlignHeader: text.AlignRight, AlignFooter: text.AlignRight},
	})
	return t
}

// summary is the totals, a line each.
func (r *Report) summary(bullet string) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, bullet+"%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	line("parameters", "%s (%s as float32)", Thousands(r.Params), Bytes(4*r.Params))
	if r.ParamsTraining != r.Params || r.ParamsFrozen > 0 {
		line("", "%s in training, %s of them frozen", Thousands(r.ParamsTraining), Thousands(r.ParamsFrozen))
	}
	if r.Buffers > 0 {
		line("buffers", "%s (running statistics)", Thousands(r.Buffers))
	}
	macs := ""
	if r.MACsTraining != r.MACs {
		macs = fmt.Sprintf("; %s in training", Thousands(r.MACsTraining))
	}
	line("MACs", "%s an image%s", Thousands(r.MACs), macs)
	line("FLOPs", "%s an image", Thousands(r.FLOPs))
	line("memory", "batch %d: %s for inference, %s", r.Batch, Bytes(r.Inference), r.training())
	return b.String()
}

// training says what memory training takes, and with which recipe.
func (r *Report) training() string {
	switch {
	case r.Training == nil:
		return "not trainable"
	case r.Recipe == "":
		return Bytes(*r.Training) + " for training (plain sgd)"
	}
	return Bytes(*r.Training) + " for training (recipe " + r.Recipe + ")"
}

// Thousands writes 61706 as "61,706".
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes an amount of memory with a unit: "241 KiB", "1.5 GiB".
func Bytes(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	x, unit := float64(n), 0
	for x >= 1024 && unit < len(units)-1 {
		x /= 1024
		unit++
	}
	if unit == 0 || x >= 100 {
		return fmt.Sprintf("%.0f %s", x, units[unit])
	}
	return fmt.Sprintf("%.1f %s", x, units[unit])
}

func size(s []int, by string) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = strconv.Itoa(d)
	}
	return strings.Join(parts, by)
}
