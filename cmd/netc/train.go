package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/cmd/netc/internal/curve"
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
	every   time.Duration
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
	memory  memoryLimit
	tuning  tuneFlags
	given   func(flag string) bool
}

func trainCommand(s *session) *cobra.Command {
	var fl trainFlags
	cmd := &cobra.Command{
		Use:   "train FILE",
		Short: "Train a model by a recipe of its file",
		Long: `train trains a model as a recipe of the file says; flags override the recipe.

The run's folder gets snapshots, the weights, the metrics, curves of them
(curves.svg, curves.png), which are drawn after epochs, some seconds apart, and
when training ends, and a manifest. It is --out, or else runs/<recipe> in the
current folder. A folder that holds a run is never overwritten: go on with
--resume, or give another --out.

A recipe with stages is trained stage after stage, each with the weights that the
one before it reached. --resume goes on within the stage of the snapshot.

--memory-limit and --tune change what a step is made of, not what it trains: see
"Memory, and which algorithms" in docs/language.md. The run keeps its tuning.

The first interrupt ends training after the step under way and saves it, with
exit status 130; a second one ends netc at once.`,
		Example: `  netc train lenet.net
  netc train lenet.net --data glyphs --epochs 2 --out runs/try
  netc train lenet.net --resume --epochs 20
  netc train resnet.net --memory-limit 2Gi --tune resnet.tune`,
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
	f.DurationVar(&fl.every, "snapshot-every", 10*time.Minute, "time after which a snapshot is written within an epoch too; 0: only between epochs")
	fl.memory.register(f)
	fl.tuning.register(f)
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
	if fl.every < 0 {
		return usagef("--snapshot-every is %v, expected at least 0", fl.every)
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
	load, err := s.recipeOf(src, fl.recipe, fl.set, fl.data)
	if err != nil {
		return err
	}
	run := &trainRun{session: s, load: load, fl: fl, threads: threadCount(fl.threads)}
	r, err := run.recipe()
	if err != nil {
		return err
	}
	if fl.out == "" {
		run.fl.out = filepath.Join("runs", r.Run.Name)
	}
	if err := mayWrite(run.fl.out, fl.resume); err != nil {
		return err
	}
	var stages []train.Stage
	for i, stage := range r.Stages {
		stages = append(stages, train.Stage{Recipe: stage.Run, Open: func(ctx context.Context) (*train.Model, *train.Set, func(), error) {
			return run.open(ctx, i)
		}})
	}
	set, err := run.data(ctx, r)
	if err != nil {
		return err
	}
	for _, stage := range r.Stages {
		if err := stage.Run.Check(set.Train.Samples); err != nil {
			return err
		}
	}
	if err := run.tune(ctx, len(stages)); err != nil {
		return err
	}
	return run.stages(ctx, r, set, stages)
}

// trainRun is a run of netc train.
type trainRun struct {
	*session
	load    *loadedRecipe
	fl      trainFlags
	threads int
	set     *data.Set // opened when it is first needed
	shown   bool      // what is trained was announced
	tuner   *tuner    // nil for estimates
	warned  bool      // that the precision is slow, if it is
}

// recipe checks the recipe anew, as each stage's program needs a graph of its
// own, and puts the flags into it.
func (t *trainRun) recipe() (*check.Recipe, error) {
	r, err := t.load.check()
	if err != nil {
		return nil, err
	}
	for _, flag := range []string{"epochs", "lr"} {
		if len(r.Stages) > 1 && t.fl.given(flag) {
			return nil, usagef("--%s is one number, and recipe %s has %d stages with their own", flag, r.Run.Name, len(r.Stages)).
				withHint("write it in the stages")
		}
	}
	for _, stage := range r.Stages {
		t.fl.override(&stage.Run)
		if stage.Run.Start != nil {
			stage.Run.Start.File = beside(t.load.path, stage.Run.Start.File)
		}
	}
	return r, nil
}

// tune reads the tuning that the flags name, and measures what the stages ask
// for, before the first of them: all have the same file.
func (t *trainRun) tune(ctx context.Context, stages int) (err error) {
	if t.tuner, err = t.runTuner(ctx, t.fl, t.threads); err != nil || t.tuner == nil {
		return err
	}
	measure := t.tuner.Measure
	t.tuner.Measure = nil
	trial := func() error {
		for stage := range stages {
			r, err := t.recipe()
			if err != nil {
				return err
			}
			if _, err := training(r.StageOf(r.Stages[stage]), gogen.Both, compiler.Options{Tuning: t.tuner.options()}); err != nil {
				return err
			}
		}
		return nil
	}
	if measure == nil {
		measure = func(trial func() error) error { return trial() }
	}
	if err := measure(trial); err != nil {
		return err
	}
	t.unknown(t.tuner)
	return nil
}

// data opens the data once, and feeds it to the model by the stage of the recipe.
func (t *trainRun) data(ctx context.Context, r *check.Recipe) (*train.Set, error) {
	if t.set == nil {
		shape, err := input(r.Model)
		if err != nil {
			return nil, err
		}
		set, err := t.session.open(ctx, t.load.spec, shape.C)
		if err != nil {
			return nil, err
		}
		t.set = set
	}
	return feedFrom(t.set, r, t.threads, false)
}

// open lowers and binds a stage.
func (t *trainRun) open(ctx context.Context, stage int) (*train.Model, *train.Set, func(), error) {
	r, err := t.recipe()
	if err != nil {
		return nil, nil, nil, err
	}
	r = r.StageOf(r.Stages[stage])
	set, err := t.data(ctx, r)
	if err != nil {
		return nil, nil, nil, err
	}
	layers := r.Model.Graph.Fingerprint() // before lowering, which rewrites the graph
	if !t.warned {
		t.warned = true
		t.warnPrecision(r)
	}
	p, err := training(r, gogen.Both, compiler.Options{MemoryLimit: t.fl.memory.bytes, Tuning: t.tuner.options()})
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := bind(p, t.threads)
	if err != nil {
		return nil, nil, nil, err
	}
	m.model.Layers = layers
	if t.fl.log == "text" && !t.shown {
		t.shown = true
		t.announce(r, set, t.threads, t.fl)
	}
	return m.model, set, m.close, nil
}

// stages trains them and shows the confusion at the end.
func (t *trainRun) stages(ctx context.Context, r *check.Recipe, set *train.Set, stages []train.Stage) error {
	result, err := t.run(ctx, t.fl, fmt.Sprintf("%s on %s: recipe %s", r.Model.Graph.Name, r.Run.Data, r.Run.Name), train.Config{
		Out: t.fl.out, Resume: t.fl.resume, Threads: t.threads, Version: release,
		EvaluateTest: set.Val.Samples == 0, SnapshotEvery: t.fl.every, Tuning: t.tuner.record(),
	}, stages)
	if err != nil {
		return err
	}
	if t.fl.log == "text" && result.Test != nil && result.Test.Confusion != nil {
		fmt.Fprintln(t.out)
		return result.Test.Confusion.Write(t.out, set.Classes, width(t.out), inColour(t.out))
	}
	return nil
}

// loadedRecipe is a recipe of a file that was read.
type loadedRecipe struct {
	session *session
	path    string
	file    *compiler.File
	name    string
	set     map[string]string
	spec    string // where the data is; empty: as the recipe says
}

// recipeOf loads a file and finds the recipe to train by.
func (s *session) recipeOf(src source, recipe string, pairs []string, flag string) (*loadedRecipe, error) {
	if flag != "" {
		if err := data.CheckSpec(flag); err != nil {
			return nil, usagef("--data: %v", err).withHint("`netc data list` shows them")
		}
	}
	set, err := settings(pairs)
	if err != nil {
		return nil, err
	}
	f, err := compiler.Load(src.path)
	if err != nil {
		return nil, err
	}
	name, err := pickRecipe(f, src, recipe)
	if err != nil {
		if e := s.diagnostics(f.Check()); e != nil {
			return nil, e
		}
		return nil, err
	}
	return &loadedRecipe{s, src.path, f, name, set, flag}, nil
}

// check checks the recipe and its model. The data is as the flag says, or the
// recipe, whose folders are beside the file.
func (l *loadedRecipe) check() (*check.Recipe, error) {
	r, err := l.session.recipe(l.file, l.name, l.set)
	if err == nil && l.spec == "" {
		l.spec = specBeside(l.path, r.Run.Data)
	}
	return r, err
}

// trained is the recipe to train or measure by, and where the data is.
func (s *session) trained(src source, recipe string, pairs []string, flag string) (*check.Recipe, string, error) {
	l, err := s.recipeOf(src, recipe, pairs, flag)
	if err != nil {
		return nil, "", err
	}
	r, err := l.check()
	return r, l.spec, err
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
	fmt.Fprintf(s.out, "%s (%s parameters) on %s (%s images)\n",
		r.Model.Graph.Name, stats.Thousands(params), r.Run.Data, stats.Thousands(int64(set.Train.Samples)))
	epochs := plural(r.Run.Epochs, "epoch")
	if len(r.Stages) > 1 {
		var names []string
		for _, stage := range r.Stages {
			names = append(names, fmt.Sprintf("%s (%s)", stage.Run.Stage, plural(stage.Run.Epochs, "epoch")))
		}
		epochs = "stages " + strings.Join(names, ", ")
	}
	fmt.Fprintf(s.out, "batch %d, %s, %s, run in %s\n\n", r.Run.Batch, epochs, plural(threads, "thread"), fl.out)
}

// run trains with the sink that suits where the output goes.
func (s *session) run(ctx context.Context, fl trainFlags, title string, c train.Config, stages []train.Stage) (train.Result, error) {
	result, curves, err := s.watched(ctx, fl, title, c, stages)
	if curves != nil {
		fmt.Fprintf(s.err, "warning: the curves of the run lack what came last: %v\n", curves)
	}
	return result, err
}

// watched trains under a sink, and draws the curves. curves is what kept them from
// being drawn.
func (s *session) watched(ctx context.Context, fl trainFlags, title string, c train.Config, stages []train.Stage) (result train.Result, curves, err error) {
	sink := train.Text(s.out)
	switch {
	case fl.log == "json":
		sink = train.JSON(s.out)
	case isTerminal(s.out):
		live := train.NewLive(s.out)
		defer live.Close()
		sink = live
	}
	drawn := &curved{Sink: sink, now: time.Now, draw: func() error { return curve.Write(c.Out, title) }}
	c.Sink = drawn
	result, err = train.RunStages(ctx, c, stages)
	return result, drawn.finish(), err
}
