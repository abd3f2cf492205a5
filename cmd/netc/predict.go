package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/train"
)

// predictFlags are the flags of predict.
type predictFlags struct {
	recipe  string
	weights string
	set     []string
	invert  bool
	top     int
	threads int
	out     string
}

func predictCommand(s *session) *cobra.Command {
	var fl predictFlags
	cmd := &cobra.Command{
		Use:   "predict FILE --weights W IMAGE…",
		Short: "Label images, or their pixels, with a trained model",
		Long: `predict prints the likeliest classes of each image, with their probabilities.

IMAGE is a JPEG, PNG, GIF, BMP, TIFF or WebP file. It is laid on black where it is transparent,
made grey (Rec. 601 luma) for a model of one channel, scaled until it just covers
the model's input and cut to its middle. Then the recipe's normalize applies, if
the file has a recipe that says one. Models of digits as a rule expect light ink
on a dark ground: --invert turns dark ink on light paper around.

A model whose output is a map labels pixels: predict prints the share of each
class, and --out DIR gets a mask of each image as PNG: black and white for two
classes, else with a palette whose index is the class. Such an image keeps its
size; it is cut into windows of the model's input, and what a window lacks at
the border is mirrored.

W is a file of weights or the folder of a run; a run's folder also has the names
of the classes, which are numbers otherwise.`,
		Example: "  netc predict lenet.net --weights runs/mnist digit.png\n  netc predict lenet.net --weights runs/mnist --invert scans/*.png\n  netc predict unet.net --weights runs/membrane --out masks slices/*.png",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("netc predict takes a FILE and at least one IMAGE, found %s", counted(args)).withHint("usage: %s", cmd.UseLine())
			}
			return s.interruptible(cmd.Context(), func(ctx context.Context) error {
				return s.predict(ctx, parseSource(args[0]), args[1:], fl)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&fl.recipe, "recipe", "", "`name` of the recipe whose normalize applies, where there are several")
	f.StringVar(&fl.weights, "weights", "", "`file` of weights, or folder of a run")
	f.StringArrayVar(&fl.set, "set", nil, "set a parameter of the model: `name=value`; repeatable")
	f.BoolVar(&fl.invert, "invert", false, "swap light and dark")
	f.IntVar(&fl.top, "top", 5, "print the `N` likeliest classes")
	f.StringVar(&fl.out, "out", "", "`folder` for the masks of a model that labels pixels")
	f.IntVar(&fl.threads, "threads", 0, "worker threads; 0: one a CPU")
	return cmd
}

func (s *session) predict(ctx context.Context, src source, images []string, fl predictFlags) error {
	if err := atLeast("top", fl.top, 1); err != nil {
		return err
	}
	if err := threadsAllowed(fl.threads); err != nil {
		return err
	}
	if fl.weights == "" {
		return usagef("netc predict needs --weights").withHint("give the file of weights or the run's folder: --weights runs/NAME")
	}
	model, transforms, logits, err := s.predicted(src, fl)
	if err != nil {
		return err
	}
	shape, err := input(model)
	if err != nil {
		return err
	}
	out, err := output(model, logits)
	if err != nil {
		return err
	}
	classes, ok := out.Value.Shape.Channels().Known()
	if !ok {
		return usagef("output %s of model %s is %v, expected one score a class", out.Name, model.Graph.Name, out.Value.Shape)
	}
	if out.Value.Shape.IsMap() {
		return s.segment(ctx, model, transforms, out, images, fl)
	}
	if fl.out != "" {
		return usagef("--out is for models that label pixels, output %s of model %s is %v", out.Name, model.Graph.Name, out.Value.Shape).
			withHint("leave it out; labels are printed")
	}
	pictures := &pictures{paths: images, shape: shape, invert: fl.invert}
	loader, err := data.NewLoader(pictures, data.Config{Batch: 1, Workers: 1, Ahead: 1, Transforms: transforms, Shape: shape, Classes: classes})
	if err != nil {
		return err
	}
	defer loader.Close()
	p, err := lower(model, compiler.Options{Batch: 1}, 0)
	if err != nil {
		return err
	}
	m, err := bindTrained(p, fl.threads, fl.weights)
	if err != nil {
		return err
	}
	defer m.close()
	names := classNames(fl.weights, max(classes, 2))
	for _, path := range images {
		batch, err := loader.Next(ctx)
		if err != nil {
			return err
		}
		copy(m.Infer.Input(m.model.Image).F32, batch.Images)
		loader.Release(batch)
		m.Infer.Run()
		s.printLabels(path, probabilities(m.Infer.Output(out.Name).F32), names, fl.top)
	}
	return nil
}

// predicted is the model to run, with the transforms that give its numbers and
// the output that holds the scores.
func (s *session) predicted(src source, fl predictFlags) (*check.Model, []data.Transform, string, error) {
	set, err := settings(fl.set)
	if err != nil {
		return nil, nil, "", err
	}
	f, err := compiler.Load(src.path)
	if err != nil {
		return nil, nil, "", err
	}
	if fl.recipe == "" && len(recipesOf(f, src.model)) == 0 {
		name, err := s.one(src, f)
		if err != nil {
			if e := s.diagnostics(f.Check()); e != nil {
				return nil, nil, "", e
			}
			return nil, nil, "", err
		}
		m, err := s.model(f, name, set)
		return m, nil, "", err
	}
	r, _, err := s.trained(src, fl.recipe, fl.set, "")
	if err != nil {
		return nil, nil, "", err
	}
	var values []data.Transform
	for _, t := range r.Transforms {
		if n, ok := t.(*data.Normalize); ok {
			values = append(values, n)
		}
	}
	return r.Model, values, r.Run.Loss.Output, nil
}

// classNames are the names that the manifest of a run gives its classes, or
// their numbers.
func classNames(weights string, classes int) []string {
	var manifest struct {
		Data struct{ Classes []string }
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(weightsPath(weights)), train.ManifestFile))
	if err == nil && json.Unmarshal(text, &manifest) == nil && len(manifest.Data.Classes) == classes {
		return manifest.Data.Classes
	}
	names := make([]string, classes)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// probabilities are the softmax of scores; of a single logit, its sigmoid is
// that of class 1.
func probabilities(scores []float32) []float64 {
	if len(scores) == 1 {
		p := 1 / (1 + math.Exp(-float64(scores[0])))
		return []float64{1 - p, p}
	}
	top := slices.Max(scores)
	p, sum := make([]float64, len(scores)), 0.0
	for i, v := range scores {
		p[i] = math.Exp(float64(v - top))
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// printLabels prints the likeliest classes of an image.
func (s *session) printLabels(path string, p []float64, names []string, top int) {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	fmt.Fprintln(s.out, path)
	for _, i := range order[:min(top, len(order))] {
		fmt.Fprintf(s.out, "  %6.2f%%  %s\n", 100*p[i], names[i])
	}
}
