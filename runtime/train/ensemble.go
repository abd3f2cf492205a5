package train

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/netc-lang/netc/runtime/checkpoint"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

// EpochWeights is the file in a run's folder with the weights after an epoch,
// which are kept for the last epochs of a recipe whose predictions are averaged.
func EpochWeights(dir string, epoch int) string {
	return filepath.Join(dir, fmt.Sprintf("weights.epoch%d.safetensors", epoch))
}

// members are the epochs of the run whose predictions are averaged: the last ones
// of the last stage, or of what there is of it.
func (l *loop) members() (first, last int) {
	last = l.before.Epochs + l.Recipe.Epochs
	return max(l.before.Epochs+1, last-l.Recipe.Ensemble+1), last
}

// keepForEnsemble writes the weights of an epoch that just ended, where its
// predictions will be averaged with others.
func (l *loop) keepForEnsemble(epoch int) error {
	first, _ := l.members()
	if l.Recipe.Ensemble < 2 || l.relay.stage != len(l.relay.recipes)-1 || epoch < first {
		return nil
	}
	l.Model.swapAverages()
	defer l.Model.swapAverages()
	if err := checkpoint.Export(EpochWeights(l.Out, epoch), l.Model.Tensors, l.weightsMeta()); err != nil {
		return fmt.Errorf("weights of epoch %d: %w", epoch, err)
	}
	return nil
}

// testScore evaluates the test split at the end of the run: by the weights as
// they are, or by the average of the predictions of the last epochs.
func (l *loop) testScore(ctx context.Context) (Score, error) {
	first, last := l.members()
	if l.Recipe.Ensemble < 2 || l.progress.Epoch < l.Recipe.Epochs || l.relay.stage != len(l.relay.recipes)-1 {
		return l.evaluate(ctx, l.Set.Test)
	}
	var files []string
	for epoch := first; epoch <= last; epoch++ {
		files = append(files, EpochWeights(l.Out, epoch))
	}
	kept := map[string][]float32{}
	for i := range l.Model.Tensors {
		if t := &l.Model.Tensors[i]; t.Kind == plan.Param || t.Kind == plan.Buffer {
			kept[t.Name] = append([]float32(nil), t.View.F32...)
		}
	}
	score, err := EvaluateEnsemble(ctx, l.Model, l.Set.Test, l.Recipe.Loss, files)
	for i := range l.Model.Tensors {
		if w, ok := kept[l.Model.Tensors[i].Name]; ok {
			copy(l.Model.Tensors[i].View.F32, w)
		}
	}
	l.Model.Refresh()
	return l.sound(ctx, l.Set.Test, score, err)
}

// EvaluateEnsemble is Evaluate by the mean of the probabilities that the weights
// of several files give each class. The model is left with those of the last.
func EvaluateEnsemble(ctx context.Context, m *Model, split Split, loss Loss, files []string) (Score, error) {
	means := map[string][]float32{} // of each output, row after row of the split
	for _, file := range files {
		if err := m.Read(file); err != nil {
			return Score{}, err
		}
		at := 0
		err := eachBatch(ctx, m, split, true, func(batch *Batch) error {
			if len(batch.Labels) == 0 {
				return fmt.Errorf("%s data has no classes, so there are no probabilities to average", split.Name)
			}
			for _, name := range loss.outputs() {
				scores := m.Infer.Output(name).F32
				scores = scores[:len(scores)/m.InferBatch*batch.N]
				if means[name] == nil {
					means[name] = make([]float32, len(m.Infer.Output(name).F32)/m.InferBatch*split.Samples)
				}
				k := len(m.Infer.Output(name).F32) / len(batch.Labels)
				addProbabilities(means[name][at*len(scores)/batch.N:], scores, k, 1/float64(len(files)))
			}
			at += batch.N
			return nil
		})
		if err != nil {
			return Score{}, err
		}
	}
	t := newTally(m, split, loss)
	at := 0
	err := eachBatch(ctx, m, split, false, func(batch *Batch) error {
		for _, name := range loss.outputs() {
			scores := m.Infer.Output(name).F32
			n := len(scores) / m.InferBatch
			for i, p := range means[name][at*n : (at+batch.N)*n] {
				scores[i] = float32(math.Log(float64(p))) // whose softmax is p again
			}
		}
		at += batch.N
		return t.add(batch)
	})
	return t.finish(), err
}

// addProbabilities adds the softmax of rows of k scores, times a weight.
func addProbabilities(sum, scores []float32, k int, weight float64) {
	for lo := 0; lo < len(scores); lo += k {
		row := scores[lo : lo+k]
		top, all := float64(row[argmax(row)]), 0.0
		for _, v := range row {
			all += math.Exp(float64(v) - top)
		}
		for i, v := range row {
			sum[lo+i] += float32(weight * math.Exp(float64(v)-top) / all)
		}
	}
}

// outputs are those that the loss looks at, each once.
func (l *Loss) outputs() []string {
	names := []string{l.Output}
	for _, t := range l.terms() {
		known := false
		for _, n := range names {
			known = known || n == t.Output
		}
		if !known {
			names = append(names, t.Output)
		}
	}
	return names
}

// Read fills the weights from a file that has exactly them.
func (m *Model) Read(path string) error {
	file, err := weights.Read(path)
	if err != nil {
		return err
	}
	file.Rename(m.Renames)
	var want []weights.Want
	var into []*checkpoint.Tensor
	for i := range m.Tensors {
		t := &m.Tensors[i]
		if t.Kind == plan.Param || t.Kind == plan.Buffer {
			want = append(want, weights.Want{Name: t.Name, DType: weights.Of(t.DType), Shape: t.Shape})
			into = append(into, t)
		}
	}
	if err := weights.Fit(file, want); err != nil {
		return err
	}
	for _, t := range into {
		if err := file.Lookup(t.Name).Into(t.View); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	m.Refresh()
	return nil
}
