package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

// toyStages is a run of the toy in three stages, each with a model of its own.
func toyStages(t *testing.T, out string) (Config, []Stage, *[]*toyNet, *recorder) {
	c, _, sink := toyConfig(t, out)
	nets := &[]*toyNet{}
	var stages []Stage
	for i, name := range []string{"one", "two", "three"} {
		r := toyRecipe()
		r.Stage, r.Epochs, r.Rate = name, i+1, 0.25/float64(i+1)
		stages = append(stages, Stage{r, func(context.Context) (*Model, *Set, func(), error) {
			m, net := toyModel()
			*nets = append(*nets, net)
			return m, c.Set, func() {}, nil
		}})
	}
	return c, stages, nets, sink
}

const stagedSteps = 6 + 12 + 18 // 23 samples an epoch in batches of 4

// TestStages follows a run of several stages: steps and epochs are counted
// through it, weights go on and the optimizer's state does not.
func TestStages(t *testing.T) {
	c, stages, nets, sink := toyStages(t, t.TempDir())
	result, err := RunStages(context.Background(), c, stages)
	if err != nil {
		t.Fatal(err)
	}
	if len(*nets) != 3 || result.Steps != stagedSteps || len(result.History) != 6 || len(sink.done) != 1 {
		t.Errorf("%d models, %d steps, %d epochs, %d ends", len(*nets), result.Steps, len(result.History), len(sink.done))
	}
	for i, s := range sink.steps {
		if s.Step != i+1 || s.Epochs != 6 {
			t.Errorf("step %d is reported as %d of %d epochs", i+1, s.Step, s.Epochs)
		}
	}
	for i, e := range sink.epochs {
		if want := []string{"one", "two", "two", "three", "three", "three"}[i]; e.Epoch != i+1 || e.Stage != want {
			t.Errorf("epoch %d of stage %s, expected %d of %s", e.Epoch, e.Stage, i+1, want)
		}
	}
	if n := (*nets)[1].count[0]; n != 12 {
		t.Errorf("the second stage counts %d updates, expected its own 12", n)
	}
}

// TestStagesResume stops a run of stages after each of its steps, and at most
// twice, and resumes it: the weights are those of an undisturbed run.
func TestStagesResume(t *testing.T) {
	c, stages, nets, undisturbed := toyStages(t, t.TempDir())
	want, err := RunStages(context.Background(), c, stages)
	if err != nil {
		t.Fatal(err)
	}
	bits := tensors((*nets)[2])
	for at := 1; at <= stagedSteps; at++ {
		out := t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		c, stages, _, sink := toyStages(t, out)
		sink.after = func(s *Step) error {
			if s.Step == at {
				cancel()
			}
			return nil
		}
		_, err := RunStages(ctx, c, stages)
		cancel()
		if !errors.Is(err, ErrInterrupted) {
			t.Fatalf("at %d: error %v", at, err)
		}
		c, stages, nets, resumed := toyStages(t, out)
		c.Resume = true
		got, err := RunStages(context.Background(), c, stages)
		if err != nil {
			t.Fatalf("at %d: %v", at, err)
		}
		if last := (*nets)[len(*nets)-1]; tensors(last) != bits {
			t.Errorf("at %d: other weights", at)
		}
		if fmt.Sprint(history(got)) != fmt.Sprint(history(want)) {
			t.Errorf("at %d: history %v, expected %v", at, history(got), history(want))
		}
		for i, s := range resumed.steps {
			if same := undisturbed.steps[stagedSteps-len(resumed.steps)+i]; s.Step != same.Step || s.Loss != same.Loss || s.Rate != same.Rate {
				t.Errorf("at %d: step %+v, expected %+v", at, s, same)
			}
		}
	}
}

func history(r Result) (text []string) {
	for _, e := range r.History {
		text = append(text, fmt.Sprint(e.Stage, e.Epoch, e.TrainLoss, *e.ValLoss))
	}
	return text
}

// TestStagesRefuse resumes with stages that were changed.
func TestStagesRefuse(t *testing.T) {
	out := t.TempDir()
	c, stages, _, _ := toyStages(t, out)
	for i := range stages {
		stages[i].Recipe.Steps = 10
	}
	if _, err := RunStages(context.Background(), c, stages); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		change func([]Stage) []Stage
		want   string
	}{
		{func(s []Stage) []Stage { s[1].Recipe.Stage = "deux"; return s }, `is of stage "two", and the recipe's are one, deux, three`},
		{func(s []Stage) []Stage { s[0].Recipe.Rate = 1; return s }, "another recipe"},
		{func(s []Stage) []Stage { s[0].Recipe.Epochs = 9; return s }, "another recipe"},
		{func(s []Stage) []Stage { s[2].Recipe.Batch = 0; return s }, "batch 0"},
		{func(s []Stage) []Stage { return nil }, "no stages"},
	}
	for _, tt := range tests {
		c, stages, _, _ := toyStages(t, out)
		c.Resume = true
		if _, err := RunStages(context.Background(), c, tt.change(stages)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
	}
}

// TestSnapshotWithinAnEpoch kills a run in its first epoch: what the clock has
// saved is there.
func TestSnapshotWithinAnEpoch(t *testing.T) {
	out := t.TempDir()
	c, _, sink := toyConfig(t, out)
	c.SnapshotEvery = time.Nanosecond
	sink.after = func(s *Step) error {
		if s.Step == 5 {
			return errors.New("killed")
		}
		return nil
	}
	if _, err := Run(context.Background(), c); err == nil {
		t.Fatal("the run was not stopped")
	}
	s, err := checkpoint.Load(out)
	if err != nil || s.State.Step != 4 || s.State.Epoch != 0 {
		t.Fatalf("snapshot %+v, error %v, expected step 4 of the first epoch", s, err)
	}
	c, net, _ := toyConfig(t, out)
	c.Resume = true
	mustRun(t, c)
	c, whole, _ := toyConfig(t, "")
	mustRun(t, c)
	if tensors(net) != tensors(whole) {
		t.Error("the resumed run has other weights")
	}
}

func TestRank(t *testing.T) {
	row := []float32{3, 5, 5, 1, 4, 0}
	for label, want := range []int{3, 0, 1, 4, 2, 5} {
		if got := rank(row, label); got != want {
			t.Errorf("rank of %d is %d, expected %d", label, got, want)
		}
	}
}

// TestStart begins a run with the weights of a file.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, list ...weights.Tensor) string {
		path := filepath.Join(dir, name)
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := weights.Write(f, list, nil); err != nil {
			t.Fatal(err)
		}
		return path
	}
	w := make([]float32, toyClasses*toyPixels)
	for i := range w {
		w[i] = float32(i) / 100
	}
	tensor := func(name string, values []float32, shape ...int) weights.Tensor {
		return weights.Tensor{Name: name, DType: weights.F32, Shape: shape, Values: plan.View{F32: values}}
	}
	nan := slices.Clone(w)
	nan[7] = float32(math.NaN())
	whole := tensor("fc.weight", w, toyClasses, toyPixels)
	tests := []struct {
		start *Start
		want  string // of the error; empty: the weights are the file's
	}{
		{&Start{File: write("a", whole)}, ""},
		{&Start{File: write("b", whole, tensor("more", w[:2], 2))}, "more [2]"},
		{&Start{File: write("c", tensor("fc.weight", w, toyPixels, toyClasses))}, "fc.weight: file [4,3], model [3,4]"},
		{&Start{File: write("d", tensor("fc.weight", nan, toyClasses, toyPixels))}, "fc.weight[7] is NaN"},
		{&Start{File: filepath.Join(dir, "none")}, "init weights: "},
		{&Start{File: write("e", tensor("fc.weight", w[:3], 3)), Fresh: []string{"fc"}}, "drawn"},
	}
	for _, tt := range tests {
		c, net, _ := toyConfig(t, "")
		c.Recipe.Start = tt.start
		l, err := newLoop(c, &relay{recipes: []*Recipe{&c.Recipe}})
		if err != nil {
			t.Fatal(err)
		}
		err = l.initial()
		drawn := !slices.Equal(net.w, w)
		switch {
		case tt.want == "" && (err != nil || drawn), tt.want == "drawn" && (err != nil || !drawn):
			t.Errorf("%+v: error %v, weights %v", tt.start, err, net.w)
		case tt.want != "" && tt.want != "drawn" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%+v: error %v, expected one with %q", tt.start, err, tt.want)
		}
	}
}

// TestEnsemble averages the predictions of two files of weights, and compares
// loss and accuracy with what comes of the probabilities by hand.
func TestEnsemble(t *testing.T) {
	dir, c := t.TempDir(), Config{}
	var nets []*toyNet
	var files []string
	for seed := range int64(2) {
		config, net, _ := toyConfig(t, "")
		config.Model.Init(seed + 5)
		for i := range net.w {
			net.w[i] *= 60
		}
		path := filepath.Join(dir, fmt.Sprint(seed))
		if err := checkpoint.Export(path, config.Model.Tensors, nil); err != nil {
			t.Fatal(err)
		}
		c, nets, files = config, append(nets, net), append(files, path)
	}
	loss := Loss{Output: "logits"}
	got, err := EvaluateEnsemble(context.Background(), c.Model, c.Set.Test, loss, files)
	if err != nil {
		t.Fatal(err)
	}
	sum, correct := 0.0, 0
	s, err := c.Set.Test.Open(toyBatch, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for seen := 0; seen < toyTest; {
		batch, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for i := range batch.N {
			x, mean := batch.Images[i*toyPixels:][:toyPixels], make([]float64, toyClasses)
			for _, net := range nets {
				z, all := make([]float64, toyClasses), 0.0
				for k := range z {
					for j, v := range x {
						z[k] += float64(net.w[k*toyPixels+j]) * float64(v)
					}
					all += math.Exp(z[k])
				}
				for k := range z {
					mean[k] += math.Exp(z[k]) / all / 2
				}
			}
			label := batch.Labels[i]
			sum -= math.Log(mean[label])
			if slices.Max(mean) == mean[label] {
				correct++
			}
		}
		seen += batch.N
		s.Release(batch)
	}
	if math.Abs(got.Loss-sum/toyTest) > 1e-5 || math.Abs(got.Top1-float64(correct)/toyTest) > 1e-9 || got.Samples != toyTest {
		t.Errorf("loss %g, accuracy %g; expected %g, %g", got.Loss, got.Top1, sum/toyTest, float64(correct)/toyTest)
	}
}

// TestOpenCache reads back what a head and records make, and refuses a file that
// is of other values, cut short or damaged.
func TestOpenCache(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	head := &cacheHead{Format: cacheFormat, Key: "k", Views: 1, Samples: 2, Values: 3, Labels: 1, Targets: 2}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := head.write(f, func(w func([]float32, []int32, []float32) error) error {
		return errors.Join(w([]float32{1, 2, 3}, []int32{4}, []float32{0.5, 9}), w([]float32{5, 6, 7}, []int32{8}, []float32{1, -1}))
	}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, content []byte, head *cacheHead, good bool) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		f, _, err := openCache(path, head)
		if (err == nil) != good {
			t.Errorf("%s: error %v", what, err)
		}
		if f != nil {
			f.Close()
		}
	}
	try("whole", whole, head, true)
	other := *head
	other.Key = "j"
	try("other values", whole, &other, false)
	for i := range whole {
		damaged := slices.Clone(whole)
		damaged[i] ^= 1
		try(fmt.Sprintf("byte %d", i), damaged, head, false)
		try(fmt.Sprintf("cut at %d", i), whole[:i], head, false)
	}
	try("longer", append(slices.Clone(whole), 0), head, false)
}
