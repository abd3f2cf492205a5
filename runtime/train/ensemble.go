package train

import (
	"context"
	"fmt"
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
// they are, or by the average of the predictions of the last epochs; and by as
// many windows of each image as the recipe asks for.
func (l *loop) testScore(ctx context.Context) (Score, error) {
	first, last := l.members()
	if l.Recipe.Ensemble < 2 || l.progress.Epoch < l.Recipe.Epochs || l.relay.stage != len(l.relay.recipes)-1 {
		return l.evaluate(ctx, l.Set.Test.AtEnd())
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
	score, err := EvaluateEnsemble(ctx, l.Model, l.Set.Test.AtEnd(), l.Recipe.Loss, files)
	for i := range l.Model.Tensors {
		if w, ok := kept[l.Model.Tensors[i].Name]; ok {
			copy(l.Model.Tensors[i].View.F32, w)
		}
	}
	l.Model.Refresh()
	return l.sound(ctx, l.Set.Test, score, err)
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
