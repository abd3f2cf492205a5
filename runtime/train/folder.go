package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/netc-lang/netc/runtime/checkpoint"
)

// The files of a run's folder beside the snapshots and the weights.
const (
	MetricsFile  = "metrics.jsonl" // every reported event, a line of JSON each
	ManifestFile = "run.json"      // what was run, and what came of it
	TuningFile   = "tuning.json"   // Config.Tuning
)

// metricsLog is the file of reported events.
type metricsLog struct {
	f *os.File
}

// openMetrics opens the file at path, keeping of what it holds the events up to
// the given numbers of finished steps and epochs: a resumed run goes on from
// there and reports the rest again.
func openMetrics(path string, steps, epochs int) (*metricsLog, error) {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	var kept bytes.Buffer
	for lines := bufio.NewReader(bytes.NewReader(old)); ; {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break // the end, and before it a line that a killed run did not finish
		}
		var e struct {
			Event       string
			Step, Epoch int
		}
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		if e.Event == "step" && e.Step <= steps || e.Event == "epoch" && e.Epoch <= epochs {
			kept.Write(line)
		}
	}
	err = checkpoint.Replace(path, func(w io.Writer) error {
		_, err := w.Write(kept.Bytes())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &metricsLog{f}, nil
}

// Write appends.
func (m *metricsLog) Write(b []byte) (int, error) { return m.f.Write(b) }

func (m *metricsLog) close() error {
	if m == nil {
		return nil
	}
	return m.f.Close()
}

// manifest is the content of ManifestFile.
type manifest struct {
	Netc    string           `json:"netc"`
	Model   string           `json:"model"`
	Recipe  manifestRecipe   `json:"recipe"`
	Seed    int64            `json:"seed"`
	Threads int              `json:"threads"`
	Tuning  string           `json:"tuning,omitempty"` // digest of TuningFile
	Data    manifestData     `json:"data"`
	Stages  []manifestRecipe `json:"stages,omitempty"` // all of a run in stages, without digests
	Result  *Done            `json:"result"`           // null until the run is finished
}

type manifestRecipe struct {
	Name      string  `json:"name"`
	Stage     string  `json:"stage,omitempty"` // under way, or the last
	Digest    string  `json:"digest,omitempty"`
	Batch     int     `json:"batch"`
	Epochs    int     `json:"epochs"`
	Steps     int     `json:"steps,omitempty"`
	Loss      Loss    `json:"loss"`
	Rate      float64 `json:"rate"`
	Warmup    float64 `json:"warmup,omitempty"`
	Schedule  string  `json:"schedule"`
	Optimizer string  `json:"optimizer"`
	Augment   string  `json:"augment,omitempty"`
	Parts     int     `json:"accumulate,omitempty"`
	Precision string  `json:"precision,omitempty"`
	Init      string  `json:"init,omitempty"`
	Crops     int     `json:"crops,omitempty"`    // how the run was tested
	Ensemble  int     `json:"ensemble,omitempty"` // likewise
}

type manifestData struct {
	Spec    string   `json:"spec"`
	Digest  string   `json:"digest,omitempty"`
	Classes []string `json:"classes"`
	Train   int      `json:"train"`
	Val     int      `json:"val"`
	Test    int      `json:"test"`
}

// writeManifest describes the run; done is nil until it is finished.
func (l *loop) writeManifest(done *Done) error {
	if l.Out == "" {
		return nil
	}
	r := &l.Recipe
	digest, err := l.digest()
	if err != nil {
		return err
	}
	var stages []manifestRecipe
	if r.Stage != "" {
		for _, stage := range l.relay.recipes {
			stages = append(stages, stage.manifest(""))
		}
	}
	text, err := json.MarshalIndent(manifest{
		Netc: l.Version, Model: l.Model.Name, Seed: r.Seed, Threads: l.Threads, Tuning: l.Tuning.Digest, Result: done,
		Recipe: r.manifest(digest), Stages: stages,
		Data: manifestData{
			Spec: r.Data, Digest: l.Set.Digest, Classes: l.Set.Classes,
			Train: l.Set.Train.Samples, Val: l.Set.Val.Samples, Test: l.Set.Test.Samples,
		},
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return checkpoint.Replace(filepath.Join(l.Out, ManifestFile), func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

func (r *Recipe) manifest(digest string) manifestRecipe {
	m := manifestRecipe{
		Name: r.Name, Stage: r.Stage, Digest: digest, Batch: r.Batch, Epochs: r.Epochs, Steps: r.Steps, Loss: r.Loss, Rate: r.Rate,
		Warmup: r.Warmup, Schedule: scheduleText(r.Schedule), Optimizer: r.Optimizer, Augment: r.Augment,
		Crops: r.Crops, Ensemble: r.Ensemble,
	}
	if r.Parts > 1 {
		m.Parts = r.Parts
	}
	if r.InBF16() {
		m.Precision = r.Precision
	}
	if r.Start != nil {
		m.Init = r.Start.Text
	}
	return m
}

// digest is the recipe's, with the stages before it.
func (l *loop) digest() (string, error) {
	return l.Recipe.digest(l.Model.Name, l.Set, l.relay.recipes[:l.relay.stage])
}

// keepTuning puts the tuning into the folder of a new run, so that it can be
// resumed with the same kernels.
func (l *loop) keepTuning() error {
	path := filepath.Join(l.Out, TuningFile)
	if l.Tuning.Digest == "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("tuning of an earlier run: %w", err)
		}
		return nil
	}
	return checkpoint.Replace(path, func(w io.Writer) error {
		_, err := w.Write(l.Tuning.Text)
		return err
	})
}

// weightsMeta says where the weights come from, in their own file.
func (l *loop) weightsMeta() map[string]string {
	return map[string]string{
		"model": l.Model.Name, "recipe": l.Recipe.Name, "netc": l.Version,
		"epochs": strconv.Itoa(l.before.Epochs + l.progress.Epoch), "steps": strconv.Itoa(l.steps()),
	}
}
