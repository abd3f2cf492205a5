package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/netc-lang/netc/runtime/plan"
)

// newLoop checks that model, data and recipe agree, before anything is written
// or computed.
func newLoop(c Config, r *relay) (*loop, error) {
	l := &loop{Config: c, relay: r, before: r.before, saved: -1, sinks: c.Sink}
	l.progress.History, l.progress.Seconds = r.history, r.seconds
	if l.Now == nil {
		l.Now = time.Now
	}
	m, n := c.Model, c.Set.Train.Samples
	switch {
	case m.Train == nil || m.Infer == nil:
		return nil, fmt.Errorf("model %s was compiled without a plan for training or for evaluation", m.Name)
	case n == 0:
		return nil, fmt.Errorf("data %s has no training samples", c.Recipe.Data)
	}
	if err := c.Recipe.Check(n); err != nil {
		return nil, err
	}
	if c.Recipe.Ensemble > 1 && c.Out == "" {
		return nil, fmt.Errorf("recipe %s averages the predictions of %d epochs, for which their weights need an output folder", c.Recipe.Name, c.Recipe.Ensemble)
	}
	l.parts = max(1, c.Recipe.Parts)
	if c.Recipe.Batch != m.TrainBatch*l.parts {
		parts := ""
		if l.parts > 1 {
			parts = fmt.Sprintf(" in %d parts", l.parts)
		}
		return nil, fmt.Errorf("recipe %s has batch %d%s, model %s was compiled for %d", c.Recipe.Name, c.Recipe.Batch, parts, m.Name, m.TrainBatch)
	}
	l.image, l.label, l.values = m.Train.Input(m.Image), m.Train.Input(labelPort), m.Train.Input(valuePort)
	if c.Recipe.Cache != nil {
		l.image = m.Train.Input(cachedPort)
	}
	l.rate, l.momentum, l.seed = m.Train.Input(ratePort), m.Train.Input(momentumPort), m.Train.Input(seedPort)
	l.loss, l.output = m.Train.Output(lossPort), m.Train.Output(c.Recipe.Loss.Output)
	if len(c.Recipe.Objectives) > 1 {
		for _, o := range c.Recipe.Objectives {
			if v := m.Train.Output(objectivePort(o.Name)); len(v.F32) == 1 {
				l.objectives = append(l.objectives, v)
			}
		}
		if len(l.objectives) < len(c.Recipe.Objectives) {
			return nil, fmt.Errorf("model %s was compiled for another loss than recipe %s has", m.Name, c.Recipe.Name)
		}
		l.progress.Shares = make([]float64, len(l.objectives))
	}
	if len(l.loss.F32) != 1 {
		return nil, fmt.Errorf("model %s: its training plan has no output %q", m.Name, lossPort)
	}
	if err := fits(m, c.Set, &c.Recipe, l.image, l.label, l.values); err != nil {
		return nil, fmt.Errorf("model %s does not fit data %s: %w", m.Name, c.Recipe.Data, err)
	}
	l.epochs, l.last = c.Recipe.Epochs, l.lastStep()
	if l.Every == 0 {
		l.Every = max(1, min(50, l.Recipe.epochEnd(0, n)/10))
	}
	return l, nil
}

// lastStep is the step of the stage after which it ends.
func (l *loop) lastStep() int {
	last := l.Recipe.epochEnd(l.Recipe.Epochs-1, l.Set.Train.Samples)
	if l.Recipe.Steps > 0 {
		last = min(last, max(0, l.Recipe.Steps-l.before.Steps))
	}
	return last
}

// fits checks the extents of the ports against the data's.
func fits(m *Model, set *Set, r *Recipe, image, label, values plan.View) error {
	size, output := 1, r.Loss.Output
	for _, d := range set.Image {
		size *= d
	}
	if r.Cache != nil {
		if len(image.F32) == 0 || len(m.Infer.Output(cachedPort).F32)/m.InferBatch != len(image.F32)/m.TrainBatch {
			return fmt.Errorf("it was not compiled for a stage that caches %s", r.Cache.Tap)
		}
	} else if have := len(image.F32); have != m.TrainBatch*size {
		return fmt.Errorf("it takes images of %d values, the data's have %d (%v as height, width, channels)", have/m.TrainBatch, size, set.Image)
	}
	if have := len(label.I32); have > 0 && have != m.TrainBatch*set.Labels {
		return fmt.Errorf("it takes %d labels an image, the data has %d", have/m.TrainBatch, set.Labels)
	}
	if have := len(values.F32); have > 0 && have != m.TrainBatch*set.Values {
		return fmt.Errorf("it compares with %d numbers for each image, the data has %d", have/m.TrainBatch, set.Values)
	}
	if have := len(m.Infer.Input(m.Image).F32); have != m.InferBatch*size {
		return fmt.Errorf("its inference plan takes %d values for a batch of %d, the data's images have %d", have, m.InferBatch, size)
	}
	logits := len(m.Infer.Output(output).F32)
	if logits == 0 {
		return fmt.Errorf("it has no output %q, on which the recipe puts the loss", output)
	}
	if set.Labels == 0 {
		if k := logits / m.InferBatch; k != set.Values {
			return fmt.Errorf("its output %s has %d values, the data %d", output, k, set.Values)
		}
		return nil
	}
	if k := logits / (m.InferBatch * set.Labels); k != len(set.Classes) && !(k == 1 && len(set.Classes) == 2) {
		return fmt.Errorf("its output %s has %d classes, the data has %d", output, k, len(set.Classes))
	}
	return nil
}

// begin prepares the folder, sets the tensors, anew or from the snapshot, and
// starts the training data, which may find that it does not suit the model.
func (l *loop) begin(ctx context.Context) error {
	if l.Resume { // first: a mistyped folder is not made
		if err := l.resume(); err != nil {
			return err
		}
	}
	if l.Out != "" {
		if err := writable(l.Out); err != nil {
			return err
		}
	}
	if !l.Resume {
		if err := l.initial(); err != nil {
			return err
		}
	}
	if l.Recipe.Cache != nil {
		if err := l.cache(ctx); err != nil {
			return err
		}
	}
	if err := l.openStream(); err != nil {
		return err
	}
	if l.Out == "" {
		return nil
	}
	if err := l.keepTuning(); err != nil {
		return err
	}
	log, err := openMetrics(filepath.Join(l.Out, MetricsFile), l.steps(), l.before.Epochs+l.progress.Epoch)
	if err != nil {
		return err
	}
	l.log, l.sinks = log, both{JSON(log), l.Sink}
	if err := l.writeManifest(nil); err != nil {
		return errors.Join(err, log.close())
	}
	return nil
}

// writable makes the folder and tries to write into it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("output folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("output folder %s cannot be written: %w", dir, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// length is the run's length as schedules see it.
func (l *loop) length() Length {
	return Length{Batch: l.Recipe.Batch, Samples: l.Set.Train.Samples, Epochs: l.Recipe.Epochs}
}

// openStream starts the training data, with the step that comes next.
func (l *loop) openStream() error {
	stream, err := l.Set.Train.Open(l.Recipe.Batch/l.parts, l.progress.Step*l.parts)
	if err != nil {
		return fmt.Errorf("training data: %w", err)
	}
	l.stream = stream
	return nil
}

// closeStream stops the training data, if it has been started.
func (l *loop) closeStream() {
	if l.stream != nil {
		l.stream.Close()
		l.stream = nil
	}
}

// closeCache gives back the file of cached values, if there is one.
func (l *loop) closeCache() {
	if l.cached != nil {
		l.cached.Close() // it was only read
	}
}
