package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/weights"
)

// toySteps is the number of steps of the toy's recipe: ⌈3·23/4⌉.
const toySteps = 18

func mustRun(t *testing.T, c Config) Result {
	t.Helper()
	result, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestRunLearnsAndLeavesItsFiles(t *testing.T) {
	out := filepath.Join(t.TempDir(), "runs", "toy")
	c, net, sink := toyConfig(t, out)
	result := mustRun(t, c)
	if result.Steps != toySteps || len(sink.steps) != toySteps {
		t.Errorf("%d steps, %d step events; expected %d", result.Steps, len(sink.steps), toySteps)
	}
	var ends []int
	for _, s := range sink.steps {
		if s.InEpoch == s.OfEpoch {
			ends = append(ends, s.Step)
		}
	}
	if diff := cmp.Diff([]int{6, 12, 18}, ends); diff != "" {
		t.Errorf("steps at which epochs end: %s", diff)
	}
	if first, last := result.History[0], result.History[2]; !(last.TrainLoss < 0.7*first.TrainLoss) || *last.ValTop1 != 1 {
		t.Errorf("loss from %g to %g, validation accuracy %g; expected a fall and 1", first.TrainLoss, last.TrainLoss, *last.ValTop1)
	}
	if result.Test == nil || result.Test.Samples != toyTest || result.Test.Top1 != 1 {
		t.Errorf("test score %+v", result.Test)
	}
	f, err := weights.Read(result.Weights)
	if err != nil {
		t.Fatal(err)
	}
	if w, _ := f.Lookup("fc.weight").Float32s(); !cmp.Equal(w, net.w) || len(f.Tensors) != 1 || f.Meta["steps"] != "18" {
		t.Errorf("weights file: %v %v", f.Tensors, f.Meta)
	}
	manifest, err := os.ReadFile(filepath.Join(out, ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schedule": "cosine(warmup=0.5, min=0)"`, `"netc": "test"`, `"spec": "toy"`, `"digest": "d1"`,
		`"seed": 42`, `"threads": 1`, `"weights": `, `"test_top1": 1`} {
		if !strings.Contains(string(manifest), want) {
			t.Errorf("manifest has no %s:\n%s", want, manifest)
		}
	}
}

func TestLossThatIsNotANumber(t *testing.T) {
	tests := []struct {
		name   string
		poison int64
		out    bool
		want   string
	}{
		{"in an epoch", 8, true, "the loss became NaN in step 9 (epoch 2) at rate 0.1795: training stopped, the snapshot of step 6 in"},
		{"before a snapshot", 2, true, "no snapshot was saved before"},
		{"in an epoch's last update", 12, true, "fc.weight became NaN by step 12 (epoch 2): training stopped, the snapshot of step 6"},
		{"without a folder", 8, false, "no snapshot was saved before"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := ""
			if tt.out {
				out = t.TempDir()
			}
			c, net, _ := toyConfig(t, out)
			net.poison = tt.poison
			_, err := Run(context.Background(), c)
			if err == nil || errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, expected one with %q", err, tt.want)
			}
			if tt.poison < 7 || !tt.out {
				return
			}
			if s, err := checkpoint.Load(out); err != nil || s.State.Step != 6 {
				t.Errorf("snapshot %+v, error %v; expected step 6", s, err)
			}
		})
	}
	c, _, _ := toyConfig(t, "")
	c.Model.Infer.(*toyBound).poisonOut = true
	if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "the val loss is NaN after step 6") {
		t.Errorf("outputs that are not numbers: error %v", err)
	}
}

func TestChecksBeforeTheFirstStep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Recipe.Batch = 0 }, "batch 0, expected at least 1"},
		{func(c *Config) { c.Recipe.Batch = 24 }, "batch 24 is larger than the 23 training samples"},
		{func(c *Config) { c.Recipe.Batch = 8 }, "recipe quick has batch 8, model Toy was compiled for 4"},
		{func(c *Config) { c.Recipe.Epochs = 0 }, "epochs 0"},
		{func(c *Config) { c.Recipe.Schedule = nil }, "no schedule"},
		{func(c *Config) { c.Recipe.Rate = math.NaN() }, "rate NaN"},
		{func(c *Config) { c.Set.Train.Samples = 0 }, "no training samples"},
		{func(c *Config) { c.Set.Image = []int{3, 2, 1} }, "it takes images of 4 values, the data's have 6 ([3 2 1] as height, width, channels)"},
		{func(c *Config) { c.Set.Labels = 4 }, "it takes 1 labels an image, the data has 4"},
		{func(c *Config) { c.Set.Classes = c.Set.Classes[:2] }, "its output logits has 3 classes, the data has 2"},
		{func(c *Config) { c.Recipe.Loss.Output = "scores" }, `no output "scores"`},
		{func(c *Config) { c.Model.Train = nil }, "compiled without a plan"},
		{func(c *Config) { c.Out = file }, file},
		{func(c *Config) { c.Out = filepath.Join(file, "sub") }, file},
	}
	for _, tt := range tests {
		c, _, sink := toyConfig(t, "")
		tt.change(&c)
		if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
		if len(sink.steps) > 0 {
			t.Errorf("%q: a step was run before the error", tt.want)
		}
	}
}

func TestStepLimit(t *testing.T) {
	c, _, sink := toyConfig(t, t.TempDir())
	c.Recipe.Steps = 8
	result := mustRun(t, c)
	if result.Steps != 8 || len(sink.steps) != 8 || len(sink.epochs) != 1 || len(sink.done) != 1 {
		t.Errorf("%d steps, %d epochs, %d ends; expected 8, 1, 1", len(sink.steps), len(sink.epochs), len(sink.done))
	}
	if last := sink.steps[7]; !last.Report || last.InEpoch != 2 || last.OfEpoch != 2 {
		t.Errorf("last step %+v", last)
	}
}

func TestReportedStepsDependOnTheirNumberAlone(t *testing.T) {
	c, _, sink := toyConfig(t, "")
	c.Every = 4
	mustRun(t, c)
	var reported []int
	for _, s := range sink.steps {
		if s.Report {
			reported = append(reported, s.Step)
		}
	}
	if diff := cmp.Diff([]int{4, 6, 8, 12, 16, 18}, reported); diff != "" {
		t.Error(diff)
	}
}

func TestTestSplitEachEpochOnlyWhenAsked(t *testing.T) {
	for _, asked := range []bool{false, true} {
		c, _, sink := toyConfig(t, "")
		c.Set = toySet(t, 0, toyTest)
		c.EvaluateTest = asked
		mustRun(t, c)
		if e := sink.epochs[0]; e.ValTop1 != nil || (e.TestTop1 != nil) != asked {
			t.Errorf("asked %v: epoch %+v", asked, e)
		}
		if sink.done[0].TestTop1 == nil {
			t.Error("no test accuracy at the end")
		}
	}
}

func TestDataThatCannotBeOpened(t *testing.T) {
	out := t.TempDir()
	c, _, _ := toyConfig(t, out)
	c.Set.Train.Open = func(int, int) (Stream, error) { return nil, errors.New("images are 1x9x9") }
	if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "training data: images are 1x9x9") {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
		t.Errorf("folder holds %v, error %v; expected nothing", entries, err)
	}
}

func TestDataErrorStopsTheRun(t *testing.T) {
	c, _, _ := toyConfig(t, "")
	open := c.Set.Train.Open
	c.Set.Train.Open = func(batch, from int) (Stream, error) {
		s, err := open(batch, from)
		s.(*toyStream).failAt = 7
		return s, err
	}
	if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "data for step 8: disk on fire") {
		t.Errorf("error %v", err)
	}
}

func TestStepDoesNotAllocate(t *testing.T) {
	c, _, _ := toyConfig(t, t.TempDir())
	c.Sink, c.Every, c.Recipe.Epochs, c.Recipe.Schedule = Text(&bytes.Buffer{}), 1<<30, 1<<20, &Cosine{Warmup: 1, Min: 0.01}
	l, err := newLoop(c, &relay{recipes: []*Recipe{&c.Recipe}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.begin(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer l.closeStream()
	l.epochs = 1 << 20
	ctx := context.Background()
	var failure error
	// The epoch is not finished in between, so its end is reported: hence the
	// steps stay below it.
	n := testing.AllocsPerRun(4, func() { failure = first(failure, l.one(ctx)) })
	if n != 0 || failure != nil {
		t.Errorf("%g allocations a step, error %v", n, failure)
	}
	if err := l.log.close(); err != nil {
		t.Error(err)
	}
}

// first is the first error.
func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
