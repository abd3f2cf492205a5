package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/dsl"
)

// statsFlags are the flags of stats.
type statsFlags struct {
	set    []string
	input  string
	batch  int
	depth  int
	format string
	params int64 // bounds; -1 for none
	macs   int64
}

func statsCommand(s *session) *cobra.Command {
	var fl statsFlags
	cmd := &cobra.Command{
		Use:   "stats FILE",
		Short: "Count layers, parameters, operations and memory",
		Long: `stats counts each layer of a model: its output, the part of the input that one
output sees, its parameters and its multiply-accumulates (MACs) an image. What is
seen is counted as if the image had no border.

Memory is that of the plans netc would run, for the batch given: activations,
input, weights, and in training gradients and optimizer state of the file's
first recipe for the model, or of plain sgd where it has none.

--max-params and --max-macs make stats a gate: it fails when a model is larger.`,
		Example: `  netc stats lenet.net
  netc stats resnet.net:ResNet --set classes=37 --input 3x320x320 --depth 1
  netc stats lenet.net --format json --max-params 100000`,
		Args: needFile,
		RunE: func(cmd *cobra.Command, args []string) error { return s.stats(parseSource(args[0]), fl) },
	}
	cmd.Flags().StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	cmd.Flags().StringVar(&fl.input, "input", "", "size of the input as `CxHxW` instead of the model's")
	cmd.Flags().IntVar(&fl.batch, "batch", 1, "images for which memory is counted")
	cmd.Flags().IntVar(&fl.depth, "depth", 0, "group layers by the first `N` parts of their names")
	cmd.Flags().StringVar(&fl.format, "format", "table", "table, json, csv or markdown")
	cmd.Flags().Int64Var(&fl.params, "max-params", -1, "fail when a model has more parameters")
	cmd.Flags().Int64Var(&fl.macs, "max-macs", -1, "fail when a model takes more MACs an image")
	for _, bound := range []string{"max-params", "max-macs"} {
		cmd.Flags().Lookup(bound).DefValue = "0" // which --help leaves out
	}
	return cmd
}

func (s *session) stats(src source, fl statsFlags) error {
	if err := oneOf("format", fl.format, "table", "json", "csv", "markdown"); err != nil {
		return err
	}
	if err := atLeast("batch", fl.batch, 1); err != nil {
		return err
	}
	if err := atLeast("depth", fl.depth, 0); err != nil {
		return err
	}
	set, err := settings(fl.set)
	if err != nil {
		return err
	}
	f, err := compiler.Load(src.path)
	if err != nil {
		return err
	}
	names := src.models(f)
	if len(set) > 0 && len(names) != 1 {
		if _, err := src.one(f); err != nil {
			return err
		}
	}
	if fl.input != "" {
		if f, err = withInput(f, fl.input); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		if err := s.diagnostics(f.Check()); err != nil {
			return err
		}
		_, err := src.one(f)
		return err
	}
	var reports []*stats.Report
	for _, name := range names {
		m, err := s.model(f, name, set)
		if err != nil {
			return err
		}
		r, err := stats.Count(m.Graph)
		if err != nil {
			return err
		}
		if r.Memory, err = s.memory(f, name, set, fl.batch); err != nil {
			return err
		}
		reports = append(reports, r)
	}
	if err := s.printStats(reports, fl); err != nil {
		return err
	}
	return s.gate(reports, fl)
}

func (s *session) printStats(reports []*stats.Report, fl statsFlags) error {
	grouped := make([]*stats.Report, len(reports))
	for i, r := range reports {
		grouped[i] = r.Group(fl.depth)
	}
	switch fl.format {
	case "json":
		return stats.JSON(s.out, grouped)
	case "csv":
		return stats.CSV(s.out, grouped)
	case "markdown":
		return stats.Markdown(s.out, grouped)
	}
	return stats.Table(s.out, grouped)
}

// gate fails for the models that are larger than the flags allow.
func (s *session) gate(reports []*stats.Report, fl statsFlags) error {
	failed := &gateError{}
	for _, r := range reports {
		failed.check(r.Model, "parameters", r.Params, fl.params)
		failed.check(r.Model, "MACs", r.MACs, fl.macs)
	}
	if len(failed.lines) == 0 {
		return nil
	}
	return failed
}

// gateError lists the bounds that were passed.
type gateError struct{ lines []string }

func (e *gateError) Error() string { return strings.Join(e.lines, "\nnetc: ") }

func (e *gateError) check(model, what string, count, most int64) {
	if most >= 0 && count > most {
		e.lines = append(e.lines, "model "+model+" has "+stats.Thousands(count)+" "+what+", more than the "+stats.Thousands(most)+" allowed")
	}
}

var inputSize = regexp.MustCompile(`^[0-9]+x[0-9]+x[0-9]+$`)

// withInput is the file with another size of its models' inputs, as if it had
// been written there.
func withInput(f *compiler.File, size string) (*compiler.File, error) {
	if !inputSize.MatchString(size) {
		return nil, usagef("--input is %q, expected CxHxW", size).withHint("for instance --input 3x224x224")
	}
	text := f.AST.Source.Text
	var edited []byte
	done := 0
	for _, d := range f.AST.Decls {
		m, ok := d.(*dsl.Model)
		if !ok || m.Body == nil {
			continue
		}
		for _, stmt := range m.Body.Stmts {
			in, ok := stmt.(*dsl.Input)
			if !ok || in.Shape == nil || in.Shape.At().Start < done {
				continue
			}
			edited = append(append(edited, text[done:in.Shape.At().Start]...), size...)
			done = in.Shape.At().End
		}
	}
	return compiler.Parse(f.Path, append(edited, text[done:]...)), nil
}
