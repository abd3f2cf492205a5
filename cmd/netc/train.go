package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/gogen"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// trainFlags are the flags of train. Those that were not given leave the
// recipe as it is.
type trainFlags struct {
	recipe  string
	data    string
	set     []string
	epochs  int
	steps   int
	batch   int
	lr      float64
	seed    int64
	threads int
	out     string
	resume  bool
	log     string
	given   func(flag string) bool
}

func trainCommand(s *session) *cobra.Command {
	var fl trainFlags
	cmd := &cobra.Command{
		Use:   "train FILE",
		Short: "Train a model by a recipe of its file",
		Long: `train trains a model as a recipe of the file says; flags override the recipe.

The run's folder gets snapshots, the weights, the metrics, curves of them
(curves.svg, curves.png) and a manifest. It is --out, or else runs/<recipe> in
the current folder. A folder that holds a run is never overwritten: go on with
--resume, or give another --out.

The first interrupt ends training after the step under way and saves it, with
exit status 130; a second one ends netc at once.`,
		Example: `  netc train lenet.net
  netc train lenet.net --data glyphs --epochs 2 --out runs/try
  netc train lenet.net --resume --epochs 20`,
		Args: needFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			fl.given = cmd.Flags().Changed
			return s.interruptible(cmd.Context(), func(ctx context.Context) error {
				return s.train(ctx, parseSource(args[0]), fl)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&fl.recipe, "recipe", "", "`name` of the recipe, where there are several")
	f.StringVar(&fl.data, "data", "", "data set instead of the recipe's; see netc data list")
	f.StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	f.IntVar(&fl.epochs, "epochs", 0, "passes over the training data")
	f.IntVar(&fl.steps, "steps", 0, "stop after so many steps in all")
	f.IntVar(&fl.batch, "batch", 0, "images in a step")
	f.Float64Var(&fl.lr, "lr", 0, "learning rate, before the schedule")
	f.Int64Var(&fl.seed, "seed", 0, "of initial weights, order and augmentation")
	f.IntVar(&fl.threads, "threads", 0, "worker threads, which change no result; 0: one a CPU")
	f.StringVar(&fl.out, "out", "", "`folder` of the run; runs/<recipe> if not given")
	f.BoolVar(&fl.resume, "resume", false, "go on from the folder's last snapshot")
	f.StringVar(&fl.log, "log", "text", "text or json, a line for each event")
	return cmd
}

// check checks the flags that were given.
func (fl *trainFlags) check() error {
	for _, c := range []struct {
		flag         string
		value, least int
	}{{"epochs", fl.epochs, 1}, {"steps", fl.steps, 1}, {"batch", fl.batch, 1}} {
		if !fl.given(c.flag) {
			continue
		}
		if err := atLeast(c.flag, c.value, c.least); err != nil {
			return err
		}
	}
	if err := threadsAllowed(fl.threads); err != nil {
		return err
	}
	for flag, value := range map[string]string{"data": fl.data, "out": fl.out} {
		if fl.given(flag) && value == "" {
			return usagef("--%s is empty", flag).withHint("leave it out, and the recipe decides")
		}
	}
	if fl.given("seed") && fl.seed < 0 {
		return usagef("--seed is %d, expected at least 0", fl.seed)
	}
	if fl.given("lr") && (!(fl.lr >= 0) || math.IsInf(fl.lr, 0)) {
		return usagef("--lr is %g, expected a finite number from 0", fl.lr)
	}
	return oneOf("log", fl.log, "text", "json")
}

// override puts the flags that were given in the place of the recipe's entries.
func (fl *trainFlags) override(r *train.Recipe) {
	for flag, put := range map[string]func(){
		"data":   func() { r.Data = fl.data },
		"epochs": func() { r.Epochs = fl.epochs },
		"steps":  func() { r.Steps = fl.steps },
		"batch":  func() { r.Batch = fl.batch },
		"lr":     func() { r.Rate = fl.lr },
		"seed":   func() { r.Seed = fl.seed },
	} {
		if fl.given(flag) {
			put()
		}
	}
}

func (s *session) train(ctx context.Context, src source, fl trainFlags) error {
	if err := fl.check(); err != nil {
		return err
	}
	r, spec, err := s.trained(src, fl.recipe, fl.set, fl.data)
	if err != nil {
		return err
	}
	fl.override(&r.Run)
	if fl.out == "" {
		fl.out = filepath.Join("runs", r.Run.Name)
	}
	if err := mayWrite(fl.out, fl.resume); err != nil {
		return err
	}
	threads := threadCount(fl.threads)
	set, err := s.feed(ctx, r, spec, threads, false)
	if err != nil {
		return err
	}
	if err := r.Run.Check(set.Train.Samples); err != nil {
		return err
	}
	layers := r.Model.Graph.Fingerprint() // before lowering, which rewrites the graph
	p, err := training(r, gogen.Both)
	if err != nil {
		return err
	}
	m, err := bind(p, threads)
	if err != nil {
		return err
	}
	defer m.close()
	m.model.Layers = layers
	if fl.log == "text" {
		s.announce(r, set, threads, fl)
	}
	result, err := s.run(ctx, fl, train.Config{
		Recipe: r.Run, Model: m.model, Set: set, Out: fl.out, Resume: fl.resume, Threads: threads, Version: release,
		EvaluateTest: set.Val.Samples == 0,
	})
	if err != nil {
		return err
	}
	if fl.log == "text" && result.Test != nil && result.Test.Confusion != nil {
		fmt.Fprintln(s.out)
		return result.Test.Confusion.Write(s.out, set.Classes, width(s.out), inColour(s.out))
	}
	return nil
}

// trained loads a file and checks the recipe to train by, and says where the
// data is: as the flag says, or the recipe, whose folders are beside the file.
func (s *session) trained(src source, recipe string, pairs []string, flag string) (*check.Recipe, string, error) {
	if flag != "" {
		if err := data.CheckSpec(flag); err != nil {
			return nil, "", usagef("--data: %v", err).withHint("`netc data list` shows them")
		}
	}
	set, err := settings(pairs)
	if err != nil {
		return nil, "", err
	}
	f, err := compiler.Load(src.path)
	if err != nil {
		return nil, "", err
	}
	name, err := pickRecipe(f, src, recipe)
	if err != nil {
		if e := s.diagnostics(f.Check()); e != nil {
			return nil, "", e
		}
		return nil, "", err
	}
	r, err := s.recipe(f, name, set)
	if err != nil {
		return nil, "", err
	}
	if flag != "" {
		return r, flag, nil
	}
	return r, specBeside(src.path, r.Run.Data), nil
}

// mayWrite refuses a folder that holds a run, unless it is to be resumed.
func mayWrite(out string, resume bool) error {
	if resume {
		return nil
	}
	for _, file := range []string{checkpoint.File, checkpoint.Previous, train.ManifestFile, train.WeightsFile} {
		switch _, err := os.Stat(filepath.Join(out, file)); {
		case err == nil:
			return usagef("%s holds a run already", out).withHint("go on with it: --resume; or keep it and give another --out")
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// announce says what is about to be trained.
func (s *session) announce(r *check.Recipe, set *train.Set, threads int, fl trainFlags) {
	params := int64(0)
	for _, p := range r.Model.Graph.Params() {
		params += p.Len()
	}
	fmt.Fprintf(s.out, "%s (%s parameters) on %s (%s images)\nbatch %d, %s, %s, run in %s\n\n",
		r.Model.Graph.Name, stats.Thousands(params), r.Run.Data, stats.Thousands(int64(set.Train.Samples)),
		r.Run.Batch, plural(r.Run.Epochs, "epoch"), plural(threads, "thread"), fl.out)
}

// run trains with the sink that suits where the output goes.
func (s *session) run(ctx context.Context, fl trainFlags, c train.Config) (train.Result, error) {
	sink := train.Text(s.out)
	switch {
	case fl.log == "json":
		sink = train.JSON(s.out)
	case isTerminal(s.out):
		live := train.NewLive(s.out)
		defer live.Close()
		sink = live
	}
	c.Sink = &curved{sink, c.Out, fmt.Sprintf("%s on %s: recipe %s", c.Model.Name, c.Recipe.Data, c.Recipe.Name)}
	return train.Run(ctx, c)
}
