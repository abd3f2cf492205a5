package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/gogen"
	"github.com/netc-lang/netc/compiler/stats"
	"github.com/netc-lang/netc/runtime/train"
)

// evalFlags are the flags of eval.
type evalFlags struct {
	recipe  string
	weights string
	data    string
	split   string
	set     []string
	threads int
	log     string
}

func evalCommand(s *session) *cobra.Command {
	var fl evalFlags
	cmd := &cobra.Command{
		Use:   "eval FILE --weights W",
		Short: "Measure trained weights on a data set",
		Long: `eval runs a model over a part of a data set and prints its accuracy, its mean
loss and the confusion matrix; where pixels have labels, the share of pixels and
the mean over the classes of intersection by union. Images go through the recipe's transforms without
chance, and predictions are averaged over crops and epochs as its evaluate says. W is a file of weights or the folder of a run.`,
		Example: "  netc eval lenet.net --weights runs/mnist\n  netc eval lenet.net --weights lenet.safetensors --data idx:digits --log json",
		Args:    needFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.interruptible(cmd.Context(), func(ctx context.Context) error {
				return s.eval(ctx, parseSource(args[0]), fl)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&fl.recipe, "recipe", "", "`name` of the recipe, where there are several")
	f.StringVar(&fl.weights, "weights", "", "`file` of weights, or folder of a run")
	f.StringVar(&fl.data, "data", "", "data set instead of the recipe's; see netc data list")
	f.StringVar(&fl.split, "split", "test", "train, val or test")
	f.StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	f.IntVar(&fl.threads, "threads", 0, "worker threads; 0: one a CPU")
	f.StringVar(&fl.log, "log", "text", "text or json")
	return cmd
}

// evaluated is the result of eval as JSON.
type evaluated struct {
	Event   string   `json:"event"`
	Split   string   `json:"split"`
	Samples int      `json:"samples"`
	Crops   int      `json:"crops,omitempty"` // windows of each image, where there are several
	Loss    float64  `json:"loss"`
	Top1    *float64 `json:"top1"`                     // null where images have no classes
	Top5    *float64 `json:"top5,omitempty"`           // where the recipe asks for it
	Pixels  *float64 `json:"pixel_accuracy,omitempty"` // top1 again, where pixels have labels
	IoU     *float64 `json:"mean_iou,omitempty"`
	Seconds float64  `json:"seconds"`
	Weights string   `json:"weights"`
}

func (s *session) eval(ctx context.Context, src source, fl evalFlags) error {
	if err := oneOf("split", fl.split, "train", "val", "test"); err != nil {
		return err
	}
	if err := oneOf("log", fl.log, "text", "json"); err != nil {
		return err
	}
	if err := threadsAllowed(fl.threads); err != nil {
		return err
	}
	if fl.weights == "" {
		return usagef("netc eval needs --weights").withHint("give the file of weights or the run's folder: --weights runs/NAME")
	}
	r, spec, err := s.trained(src, fl.recipe, fl.set, fl.data)
	if err != nil {
		return err
	}
	p, err := lower(r.Model, compiler.Options{Batch: r.Run.Batch}, gogen.InferOnly)
	if err != nil {
		return err
	}
	m, err := bindTrained(p, fl.threads, fl.weights)
	if err != nil {
		return err
	}
	defer m.close()
	set, err := s.feed(ctx, r, spec, m.pool.Threads(), true)
	if err != nil {
		return err
	}
	split := map[string]train.Split{"train": set.Train, "val": set.Val, "test": set.Test}[fl.split].AtEnd()
	if split.Samples == 0 {
		return usagef("data %s has no %s part", spec, fl.split).withHint("choose another with --split")
	}
	start := time.Now()
	score, err := measureScore(ctx, m.model, split, r, fl.weights)
	if err != nil {
		return err
	}
	var top5 *float64
	if r.Run.Top5 {
		top5 = &score.Top5
	}
	if math.IsNaN(score.Loss) || math.IsInf(score.Loss, 0) {
		return fmt.Errorf("the loss is %g: the weights of %s are not all numbers, or the model's outputs overflow", score.Loss, weightsPath(fl.weights))
	}
	top1, pixels, iou := score.Metrics()
	if fl.log == "json" {
		e := evaluated{
			Event: "eval", Split: fl.split, Samples: score.Samples, Crops: split.Views, Loss: score.Loss, Top1: top1, Top5: top5, Pixels: pixels, IoU: iou,
			Seconds: time.Since(start).Seconds(), Weights: weightsPath(fl.weights),
		}
		return json.NewEncoder(s.out).Encode(e)
	}
	fmt.Fprintf(s.out, "%s on the %s part of %s: ", r.Model.Graph.Name, fl.split, spec)
	what := "images"
	switch {
	case iou != nil:
		what = "tiles"
		fmt.Fprintf(s.out, "pixel accuracy %.2f%%, mean IoU %.4f, ", 100**pixels, *iou)
	case top1 != nil:
		fmt.Fprintf(s.out, "accuracy %.2f%%, ", 100**top1)
	}
	if top5 != nil {
		fmt.Fprintf(s.out, "top five %.2f%%, ", 100**top5)
	}
	fmt.Fprintf(s.out, "loss %.4f, %s %s", score.Loss, stats.Thousands(int64(score.Samples)), what)
	if split.Views > 1 {
		fmt.Fprintf(s.out, " in %d crops each", split.Views)
	}
	fmt.Fprintln(s.out)
	if score.Confusion == nil {
		return nil
	}
	fmt.Fprintln(s.out)
	return score.Confusion.Write(s.out, set.Classes, width(s.out), inColour(s.out))
}

// measureScore evaluates by the weights that are bound, or, where the recipe
// averages the predictions of several epochs and the folder of their run is
// given, by these.
func measureScore(ctx context.Context, m *train.Model, split train.Split, r *check.Recipe, folder string) (train.Score, error) {
	last := 0
	for _, stage := range r.Stages {
		last += stage.Run.Epochs
	}
	first := max(last-r.Run.Epochs+1, last-r.Run.Ensemble+1)
	var files []string
	if info, err := os.Stat(folder); r.Run.Ensemble > 1 && err == nil && info.IsDir() {
		for epoch := first; epoch <= last; epoch++ {
			files = append(files, train.EpochWeights(folder, epoch))
		}
	}
	if files == nil {
		return train.Evaluate(ctx, m, split, r.Run.Loss)
	}
	return train.EvaluateEnsemble(ctx, m, split, r.Run.Loss, files)
}
