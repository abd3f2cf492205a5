package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/checkpoint"
)

// tensors is the bits of the toy's tensors.
func tensors(net *toyNet) string { return fmt.Sprintf("%x %x %d", net.w, net.momentum, net.count) }

// metrics is the folder's events without their timings.
func metrics(t *testing.T, out string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(out, MetricsFile))
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, `"done"`) {
			line = `{"event":"done"`
		}
		line, _, _ = strings.Cut(line, `,"images_per_second"`)
		kept = append(kept, strings.TrimSpace(line))
	}
	return kept
}

func TestResumeIsExact(t *testing.T) {
	whole := t.TempDir()
	c, net, undisturbed := toyConfig(t, whole)
	want := mustRun(t, c)
	bits := tensors(net)
	stops := map[string]func(cancel func()) error{
		"interrupted": func(cancel func()) error { cancel(); return nil },
		"failed":      func(func()) error { return errors.New("terminal gone") },
	}
	for name, stop := range stops {
		for at := 1; at <= toySteps; at++ {
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				out := t.TempDir()
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				c, _, sink := toyConfig(t, out)
				sink.after = func(s *Step) error {
					if s.Step == at {
						return stop(cancel)
					}
					return nil
				}
				if _, err := Run(ctx, c); err == nil {
					t.Fatal("the run was not stopped")
				}
				c, net, resumed := toyConfig(t, out)
				c.Resume = true
				if _, err := os.Stat(filepath.Join(out, checkpoint.File)); err != nil {
					c.Resume = false // it failed before its first snapshot
				}
				got := mustRun(t, c)
				if tensors(net) != bits {
					t.Error("the weights differ from those of a run that was not stopped")
				}
				for i, s := range resumed.steps {
					same := undisturbed.steps[toySteps-len(resumed.steps)+i]
					if s.Step != same.Step || s.Loss != same.Loss || s.MeanLoss != same.MeanLoss || s.Top1 != same.Top1 || s.Rate != same.Rate {
						t.Errorf("step %+v, expected %+v", s, same)
					}
				}
				if c.Resume && net.refreshed != 1 {
					t.Errorf("Refresh was called %d times, expected once", net.refreshed)
				}
				if diff := cmp.Diff(want.History, got.History); diff != "" {
					t.Errorf("history: %s", diff)
				}
				if diff := cmp.Diff(metrics(t, whole), metrics(t, out)); diff != "" {
					t.Errorf("metrics: %s", diff)
				}
			})
		}
	}
}

func TestInterrupted(t *testing.T) {
	out := t.TempDir()
	c, net, sink := toyConfig(t, out)
	ctx, cancel := context.WithCancel(context.Background())
	sink.after = func(s *Step) error {
		if s.Step == 8 {
			cancel()
		}
		return nil
	}
	result, err := Run(ctx, c)
	if !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "after step 8 (epoch 2); saved in "+out) {
		t.Errorf("error %v", err)
	}
	if result.Steps != 8 || len(result.History) != 1 {
		t.Errorf("result %+v, expected 8 steps and one epoch", result)
	}
	s, err := checkpoint.Load(out)
	if err != nil || s.State.Step != 8 || s.State.Epoch != 1 {
		t.Fatalf("snapshot %+v, error %v; expected step 8 of epoch 2", s, err)
	}
	var p progress
	if err := json.Unmarshal(s.State.Progress, &p); err != nil || p.Seconds < 2 {
		t.Errorf("%g seconds in the snapshot, error %v", p.Seconds, err)
	}
	restored, other := toyModel()
	if err := s.Restore(restored.Tensors); err != nil || tensors(other) != tensors(net) {
		t.Errorf("the snapshot is not of the run's tensors (error %v)", err)
	}
	c, _, sink = toyConfig(t, out)
	c.Resume, c.Recipe.Steps = true, 9
	mustRun(t, c)
	if got := sink.done[0].Seconds; got <= p.Seconds {
		t.Errorf("%g seconds after resuming, %g before", got, p.Seconds)
	}
	c, _, _ = toyConfig(t, "")
	if _, err := Run(ctx, c); !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), "nothing is saved") {
		t.Errorf("without a folder: error %v", err)
	}
}

func TestInterruptedEvaluation(t *testing.T) {
	tests := []struct {
		split       func(*Set) *Split
		step, epoch int // of the snapshot; the last epoch is still to evaluate
	}{
		{func(s *Set) *Split { return &s.Val }, 6, 0},
		{func(s *Set) *Split { return &s.Test }, 18, 2},
	}
	for _, tt := range tests {
		out := t.TempDir()
		c, _, _ := toyConfig(t, out)
		ctx, cancel := context.WithCancel(context.Background())
		split := tt.split(c.Set)
		open := split.Open
		split.Open = func(batch, from int) (Stream, error) {
			cancel()
			return open(batch, from)
		}
		_, err := Run(ctx, c)
		if want := fmt.Sprintf("in the evaluation after step %d", tt.step); !errors.Is(err, ErrInterrupted) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, expected one with %q", split.Name, err, want)
		}
		if s, err := checkpoint.Load(out); err != nil || s.State.Step != tt.step || s.State.Epoch != tt.epoch {
			t.Errorf("%s: snapshot %+v, error %v; expected step %d after %d epochs", split.Name, s, err, tt.step, tt.epoch)
		}
		c, _, sink := toyConfig(t, out)
		c.Resume = true
		if mustRun(t, c); len(sink.done) != 1 {
			t.Errorf("%s: the run was not finished", split.Name)
		}
	}
}

func TestFinishedRunResumes(t *testing.T) {
	out := t.TempDir()
	c, net, _ := toyConfig(t, out)
	c.Recipe.Schedule = &Constant{}
	first := mustRun(t, c)
	bits := tensors(net)
	c, net, _ = toyConfig(t, out)
	c.Recipe.Schedule, c.Resume = &Constant{}, true
	if again := mustRun(t, c); tensors(net) != bits || !cmp.Equal(first.History, again.History) {
		t.Errorf("resuming a finished run gave %+v, expected %+v", again, first)
	}
	c, _, _ = toyConfig(t, out)
	c.Recipe.Schedule, c.Resume, c.Recipe.Epochs = &Constant{}, true, 5
	if more := mustRun(t, c); more.Steps != 29 || len(more.History) != 5 || !cmp.Equal(first.History, more.History[:3]) {
		t.Errorf("two epochs more gave %+v", more)
	}
}

func TestResumeRefusesAnotherRun(t *testing.T) {
	out := t.TempDir()
	c, _, _ := toyConfig(t, out)
	c.Recipe.Steps = 2
	mustRun(t, c)
	tests := []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Recipe.Seed = 1 }, "its seed is 42, this run's 1"},
		{func(c *Config) { c.Model.Name = "Other" }, "its model is Toy, this run's Other"},
		{func(c *Config) { c.Model.Layers = "f2" }, "its layers or their settings have been changed"},
		{func(c *Config) { c.Recipe.Rate = 0.5 }, "another recipe"},
		{func(c *Config) { c.Recipe.Optimizer = "sgd" }, "another recipe"},
		{func(c *Config) { c.Recipe.Epochs = 4 }, "another recipe"}, // the cosine depends on it
		{func(c *Config) { c.Set.Digest = "d2" }, "was trained on other data: the digest of its content was d1 and is now d2"},
		{func(c *Config) { c.Out = t.TempDir() }, "no snapshot in"},
		{func(c *Config) { c.Out = filepath.Join(out, "mistyped") }, "no snapshot in"},
		{func(c *Config) { c.Out = "" }, "no output folder"},
	}
	for _, tt := range tests {
		c, _, _ := toyConfig(t, out)
		c.Resume = true
		tt.change(&c)
		if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
	}
	if _, err := os.Stat(filepath.Join(out, "mistyped")); err == nil {
		t.Error("a folder that holds no run was made to resume from")
	}
}
