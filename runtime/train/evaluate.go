package train

import (
	"context"
	"fmt"
)

// Score is how well a model does on a split.
type Score struct {
	Samples   int
	Loss      float64 // mean cross-entropy per row
	Top1      float64 // share of rows whose largest logit is at their label
	Confusion *Confusion
}

// Evaluate runs the inference plan over every sample of a split once. When ctx
// is cancelled it returns its error.
func Evaluate(ctx context.Context, m *Model, split Split, loss Loss) (Score, error) {
	var s Score
	image, logits := m.Infer.Input(imagePort), m.Infer.Output(loss.Output)
	stream, err := split.Open(m.InferBatch, 0)
	if err != nil {
		return Score{}, fmt.Errorf("%s data: %w", split.Name, err)
	}
	defer stream.Close()
	k, correct, rows := 0, 0, 0
	for s.Samples < split.Samples {
		batch, err := stream.Next(ctx)
		if err != nil {
			return s, fmt.Errorf("%s data after sample %d of %d: %w", split.Name, s.Samples, split.Samples, err)
		}
		perSample := len(batch.Labels) / m.InferBatch
		if s.Confusion == nil {
			k = len(logits.F32) / len(batch.Labels)
			s.Confusion = NewConfusion(k)
		}
		copy(image.F32, batch.Images)
		m.Infer.Run()
		for i, label := range batch.Labels[:batch.N*perSample] {
			row := logits.F32[i*k : (i+1)*k]
			if int(label) < 0 || int(label) >= k {
				stream.Release(batch)
				return s, fmt.Errorf("%s data: label %d in sample %d, expected 0 to %d: the model's %s has %d classes",
					split.Name, label, s.Samples+i/perSample, k-1, loss.Output, k)
			}
			best := argmax(row)
			if best == int(label) {
				correct++
			}
			s.Confusion.Add(int(label), best)
			s.Loss += crossEntropy(row, int(label), loss.Smooth)
		}
		s.Samples += batch.N
		rows += batch.N * perSample
		stream.Release(batch)
	}
	if rows > 0 {
		s.Loss /= float64(rows)
		s.Top1 = float64(correct) / float64(rows)
	}
	return s, nil
}
