package stats

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
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

// CSV writes a line for each layer, under one header for all reports. What is
// not known is empty.
func CSV(w io.Writer, reports []*Report) error {
	c := csv.NewWriter(w)
	rows := [][]string{{
		"model", "name", "op", "line", "in", "out", "params", "buffers", "macs", "flops",
		"receptive_field", "aux", "params_frozen", "activations", "call", "note",
	}}
	for _, r := range reports {
		for _, l := range r.Layers {
			in := make([]string, len(l.In))
			for i, s := range l.In {
				in[i] = s.join("x")
			}
			rows = append(rows, []string{
				r.Model, l.Name, l.Op, strconv.Itoa(l.Line), strings.Join(in, " "), l.Out.join("x"),
				fmt.Sprint(l.Params), fmt.Sprint(l.Buffers), l.MACs.digits(), l.FLOPs.digits(),
				l.seen("x"), strconv.FormatBool(l.Aux), fmt.Sprint(l.ParamsFrozen), l.Activations.digits(),
				l.Call, l.Note,
			})
		}
	}
	if err := c.WriteAll(rows); err != nil {
		return err
	}
	return c.Error()
}

// seen is the receptive field, empty while it is not known.
func (l *Layer) seen(by string) string {
	if l.ReceptiveField == nil {
		return ""
	}
	return fmt.Sprintf("%d%s%d", l.ReceptiveField[0], by, l.ReceptiveField[1])
}

// summary is the totals, a line each.
func (r *Report) summary(bullet string) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, bullet+"%-12s "+format+"\n", append([]any{name}, args...)...)
	}
	line("parameters", "%s (%s as float32)", Thousands(r.Params), Bytes(4*r.Params))
	if r.ParamsTraining != r.Params || r.ParamsFrozen > 0 {
		frozen := ""
		if r.ParamsFrozen > 0 {
			frozen = fmt.Sprintf(", %s of them frozen", Thousands(r.ParamsFrozen))
		}
		line("", "%s in training%s", Thousands(r.ParamsTraining), frozen)
	}
	if r.Buffers > 0 {
		line("buffers", "%s (running statistics)", Thousands(r.Buffers))
	}
	if r.Open() {
		line("input", "its size is open: --input CxHxW gives what MACs, FLOPs, receptive")
		line("", "fields and memory need")
		return b.String()
	}
	macs := ""
	if r.MACsTraining != r.MACs {
		macs = fmt.Sprintf("; %v in training", r.MACsTraining)
	}
	line("MACs", "%v an image%s", r.MACs, macs)
	line("FLOPs", "%v an image", r.FLOPs)
	line("activations", "%v elements an image", r.Activations)
	images := "1 image"
	if r.Batch != 1 {
		images = Thousands(int64(r.Batch)) + " images"
	}
	again := ""
	if r.Limit > 0 {
		again = fmt.Sprintf(", with %v MACs an image computed again", r.Recomputed)
	}
	line("memory", "%s for inference, batch of %s", Bytes(int64(r.Inference)), images)
	switch {
	case r.Training == Unknown:
		line("", "it cannot be trained: no output of it has a loss")
	case r.Recipe != "":
		line("", "%s for training, by recipe %s%s", Bytes(int64(r.Training)), r.Recipe, again)
	default:
		line("", "%s for training, by %s%s", Bytes(int64(r.Training)), r.Assumed, again)
		line("", "(what is assumed where the file has no recipe for the model)")
	}
	return b.String()
}
