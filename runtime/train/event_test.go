package train

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// events is one of each, as a run gives them to its sinks.
func events(s Sink) error {
	third, half, most := 1.0/3, 0.5, 0.9375
	return errors.Join(
		s.Step(&Step{Epoch: 1, Step: 99, Loss: 2, Top1: math.NaN()}),
		s.Step(&Step{Epoch: 1, Step: 100, Loss: 0.25, Rate: 0.05, ImagesPerSecond: 12345.5, DataWait: 0.125,
			Epochs: 5, InEpoch: 100, OfEpoch: 938, MeanLoss: 0.5, Top1: 0.875, Report: true}),
		s.Epoch(&Epoch{Epoch: 1, TrainLoss: 0.5, ValLoss: &third, ValTop1: &most}),
		s.Epoch(&Epoch{Epoch: 2, TrainLoss: 0.25}),
		s.Epoch(&Epoch{Epoch: 3, TrainLoss: 0.25, TestLoss: &half, TestTop1: &most}),
		s.Done(&Done{TestTop1: &most, TestLoss: &third, Seconds: 61.5, Weights: "out/weights.safetensors"}),
		s.Done(&Done{Seconds: 2}),
	)
}

func TestJSONEvents(t *testing.T) {
	want := `{"event":"step","epoch":1,"step":100,"loss":0.25,"lr":0.05,"images_per_second":12345.5,"data_wait":0.125}
{"event":"epoch","epoch":1,"train_loss":0.5,"val_loss":0.3333333333333333,"val_top1":0.9375}
{"event":"epoch","epoch":2,"train_loss":0.25,"val_loss":null,"val_top1":null}
{"event":"epoch","epoch":3,"train_loss":0.25,"val_loss":null,"val_top1":null,"test_loss":0.5,"test_top1":0.9375}
{"event":"done","test_top1":0.9375,"seconds":61.5,"weights":"out/weights.safetensors"}
{"event":"done","seconds":2}
`
	var out bytes.Buffer
	if err := events(JSON(&out)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTextEvents(t *testing.T) {
	want := `epoch 1/5  step 100/938  loss 0.2500  accuracy 87.50%  lr 0.05  12346 images/s  data wait 12%
epoch 1  train loss 0.5000  validation loss 0.3333  accuracy 93.75%
epoch 2  train loss 0.2500
epoch 3  train loss 0.2500  test loss 0.5000  accuracy 93.75%
done in 61.5 s  test loss 0.3333  accuracy 93.75%  weights out/weights.safetensors
done in 2.0 s
`
	var out bytes.Buffer
	if err := events(Text(&out)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// The events of a whole run, by a clock that goes on at each look.
func TestEventsOfARun(t *testing.T) {
	var out bytes.Buffer
	c, _, _ := toyConfig(t, "")
	c.Sink, c.Recipe.Epochs = JSON(&out), 1
	mustRun(t, c)
	want, err := os.ReadFile("../../testdata/train/events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	// Processors may differ in the last bits of a sum or a cosine.
	long := regexp.MustCompile(`(\.[0-9]{4})[0-9]+`)
	got := long.ReplaceAllString(out.String(), "$1")
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// closed is a writer that no one reads from any more.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestSinksReportFailedWrites(t *testing.T) {
	for _, s := range []Sink{JSON(closed{}), Text(closed{}), both{&recorder{}, JSON(closed{})}} {
		if err := s.Step(&Step{Report: true}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%T: step: error %v", s, err)
		}
		if err := s.Epoch(&Epoch{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%T: epoch: error %v", s, err)
		}
		if err := s.Done(&Done{}); !errors.Is(err, os.ErrClosed) {
			t.Errorf("%T: done: error %v", s, err)
		}
	}
}

func TestMetricsKeepWhatTheSnapshotHas(t *testing.T) {
	path := filepath.Join(t.TempDir(), MetricsFile)
	lines := []string{
		`{"event":"step","epoch":1,"step":5}`, `{"event":"epoch","epoch":1}`, `{"event":"step","epoch":2,"step":10}`,
		`{"event":"step","epoch":2,"step":11}`, `{"event":"epoch","epoch":2}`, `{"event":"done"}`, `not JSON`, `{"event":"step","epo`,
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
	log, err := openMetrics(path, 10, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(JSON(log).Epoch(&Epoch{Epoch: 2, TrainLoss: 1}), log.close()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join(lines[:3], "\n") + "\n" + `{"event":"epoch","epoch":2,"train_loss":1,"val_loss":null,"val_top1":null}` + "\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
