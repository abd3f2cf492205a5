package main

import (
	"regexp"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// statsFlags are the flags of stats.
type statsFlags struct {
	set    []string
	input  string
	batch  int
	recipe string
	depth  int
	format string
	most   bounds
	limit  memoryLimit
}

func statsCommand(s *session) *cobra.Command {
	fl := statsFlags{most: newBounds()}
	cmd := &cobra.Command{
		Use:   "stats FILE",
		Short: "Count layers, parameters, operations and memory",
		Long: `stats counts each layer of a model: its output, the part of the input that one
position of it sees, its parameters and its multiply-accumulates (MACs) an image.
Layers stand below the blocks and the named chains that hold them, which show
the sums of what is within; the totals are those of the layers. Layers for which
training is the only use count in training alone. A wider terminal shows more:
COLUMNS says how wide one is where the output is none.

Memory is that of the plans netc would run, for the batch given: activations,
input, weights, and in training gradients and optimizer state of --recipe, of
the first recipe for the model, or of cross_entropy on its first output and
plain sgd where the file has no recipe for it. With --memory-limit they are the
plans that train and bench run within it.

--max-params and the others make stats a gate: it fails when a model has more.
A number may end in K, M or G, or Ki, Mi, Gi for powers of 1024.`,
		Example: `  netc stats lenet.net
  netc stats resnet.net:ResNet --set classes=37 --input 3x320x320 --depth 1
  netc stats lenet.net --format json --max-params 100K --max-memory 2MiB`,
		Args: needFile,
		RunE: func(cmd *cobra.Command, args []string) error { return s.stats(parseSource(args[0]), fl) },
	}
	cmd.Flags().StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	cmd.Flags().StringVar(&fl.input, "input", "", "size of the input as `CxHxW` instead of the model's")
	cmd.Flags().IntVar(&fl.batch, "batch", 1, "images for which memory is counted")
	cmd.Flags().StringVar(&fl.recipe, "recipe", "", "the recipe whose training is counted, where there are several")
	cmd.Flags().IntVar(&fl.depth, "depth", 0, "sum up what lies deeper than `N` levels; 0: nothing")
	cmd.Flags().StringVar(&fl.format, "format", "table", "table, json, csv or markdown")
	fl.most.register(cmd.Flags())
	fl.limit.register(cmd.Flags())
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
	f, set, err := src.load(fl.set)
	if err != nil {
		return err
	}
	reports, err := s.reports(f, src, set, fl)
	if err != nil {
		return err
	}
	if err := s.printStats(reports, fl); err != nil {
		return err
	}
	return fl.most.exceeded(reports)
}

// reports counts the models that a source stands for.
func (s *session) reports(f *compiler.File, src source, set map[string]string, fl statsFlags) ([]*stats.Report, error) {
	names := src.models(f)
	if (len(set) > 0 || fl.recipe != "") && len(names) != 1 {
		if _, err := src.one(f); err != nil {
			return nil, err
		}
	}
	if fl.input != "" {
		var err error
		if f, err = withInput(f, fl.input); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		if err := s.diagnostics(f.Check()); err != nil {
			return nil, err
		}
		_, err := src.one(f)
		return nil, err
	}
	var models []*check.Model
	var list diag.List
	for _, name := range names {
		m, found, err := f.Model(name, set)
		if err != nil {
			return nil, s.notFound(f, found, err)
		}
		list.Add(found...)
		models = append(models, m)
	}
	list.Tidy()
	if err := s.diagnostics(list); err != nil {
		return nil, err
	}
	var reports []*stats.Report
	for _, m := range models {
		r, err := s.report(f, m, set, fl.batch, fl.recipe, fl.limit)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

// report counts a model without errors, and the memory of its plans where the
// size of its input is known.
func (s *session) report(f *compiler.File, m *check.Model, set map[string]string, batch int, recipe string, limit memoryLimit) (*stats.Report, error) {
	r, err := stats.Count(m.Graph)
	if err != nil {
		return nil, err
	}
	r.Batch = batch
	if !r.Open() {
		r.Memory, err = s.memory(f, m.Graph.Name, set, batch, recipe, limit)
	}
	return r, err
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
		return stats.Markdown(s.out, reports, fl.depth)
	}
	return stats.Table(s.out, reports, stats.Style{Width: width(s.out), Depth: fl.depth, Bold: inColour(s.out)})
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
