package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler/diff"
	"github.com/netc-lang/netc/runtime/weights"
)

// diffFlags are the flags of diff.
type diffFlags struct {
	set     []string
	setOld  []string
	setNew  []string
	weights string
	batch   int
	format  string
	exit    bool
}

// errDiffer is the failure that --exit-code asks for.
var errDiffer = errors.New("the models differ")

func diffCommand(s *session) *cobra.Command {
	var fl diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two models: layers, costs, and which weights still fit",
		Long: `diff compares two models, each FILE or FILE:Model. It shows

- layers that were added (+), removed (-), changed (~), renamed (>) or are of
  another shape (=). Layers go together by their names, and by those that NEW
  gives them from before with ` + "`was`" + `; of the rest, by the longest sequence with the
  same operators and weights' shapes between two that were found so;
- what both cost, with memory for --batch images as stats counts it;
- which of OLD's stored weights fit NEW: those that its training would write, or
  those of the file or the run's folder that --weights names.

The exit status is 0 when it could compare; with --exit-code it is 1 when
anything differs.`,
		Example: `  netc diff old.net new.net
  netc diff resnet.net:ResNet18 resnet.net:ResNet34
  netc diff net.net net.net --set-new classes=37 --weights runs/all --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%s takes OLD and NEW, found %s", cmd.CommandPath(), counted(args)).withHint("usage: %s", cmd.UseLine())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return s.diff(parseSource(args[0]), parseSource(args[1]), fl)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&fl.set, "set", nil, "set a parameter of both models: `name=value`; repeatable")
	f.StringArrayVar(&fl.setOld, "set-old", nil, "set a parameter of OLD: `name=value`; repeatable")
	f.StringArrayVar(&fl.setNew, "set-new", nil, "set a parameter of NEW: `name=value`; repeatable")
	f.StringVar(&fl.weights, "weights", "", "compare the weights of this `file`, or of a run's folder, with NEW")
	f.IntVar(&fl.batch, "batch", 1, "images for which memory is counted")
	f.StringVar(&fl.format, "format", "text", "text, json or markdown")
	f.BoolVar(&fl.exit, "exit-code", false, "exit with status 1 when anything differs")
	return cmd
}

func (s *session) diff(old, now source, fl diffFlags) error {
	if err := oneOf("format", fl.format, "text", "json", "markdown"); err != nil {
		return err
	}
	if err := atLeast("batch", fl.batch, 1); err != nil {
		return err
	}
	before, err := s.side(old, append(fl.set[:len(fl.set):len(fl.set)], fl.setOld...), fl.batch)
	if err != nil {
		return err
	}
	after, err := s.side(now, append(fl.set[:len(fl.set):len(fl.set)], fl.setNew...), fl.batch)
	if err != nil {
		return err
	}
	stored, from := diff.Stored(before.Graph), before.Name
	if fl.weights != "" {
		from = weightsPath(fl.weights)
		if stored, err = weights.Read(from); err != nil {
			return err
		}
	}
	r := diff.Compare(before, after, stored, from)
	switch fl.format {
	case "json":
		err = diff.JSON(s.out, r)
	case "markdown":
		err = diff.Markdown(s.out, r)
	default:
		err = diff.Text(s.out, r)
	}
	if err == nil && fl.exit && !r.Equal {
		return errDiffer
	}
	return err
}

// side checks and counts one of the models.
func (s *session) side(src source, pairs []string, batch int) (diff.Side, error) {
	var side diff.Side
	f, set, err := src.load(pairs)
	if err != nil {
		return side, err
	}
	name, err := s.one(src, f)
	if err != nil {
		return side, err
	}
	m, err := s.model(f, name, set)
	if err != nil {
		return side, err
	}
	side.Name, side.Graph = src.path+":"+name, m.Graph
	side.Stats, err = s.report(f, m, set, batch, "", memoryLimit{})
	return side, err
}
