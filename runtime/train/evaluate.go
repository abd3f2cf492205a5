package train

import (
	"context"
	"fmt"
)

// Score is how well a model does on a split.
type Score struct {
	Samples   int
	Loss      float64 // the recipe's, of the whole split
	Top1      float64 // share of rows whose largest logit is at their label
	Confusion *Confusion
}

// Evaluate runs the inference plan over every sample of a split once. When ctx
// is cancelled it returns its error.
func Evaluate(ctx context.Context, m *Model, split Split, loss Loss) (Score, error) {
	stream, err := split.Open(m.InferBatch, 0)
	if err != nil {
		return Score{}, fmt.Errorf("%s data: %w", split.Name, err)
	}
	defer stream.Close()
	t := newTally(m, split, loss)
	image := m.Infer.Input(imagePort)
	for t.score.Samples < split.Samples {
		batch, err := stream.Next(ctx)
		if err != nil {
			return t.score, fmt.Errorf("%s data after sample %d of %d: %w", split.Name, t.score.Samples, split.Samples, err)
		}
		copy(image.F32, batch.Images)
		m.Infer.Run()
		err = t.add(batch)
		stream.Release(batch)
		if err != nil {
			return t.score, err
		}
	}
	return t.finish(), nil
}

// tally adds up a split's rows.
type tally struct {
	split   Split
	loss    Loss
	terms   []part
	logits  []float32 // of loss.Output
	batch   int
	correct int
	rows    int
	score   Score
}

// part is the sum of one term so far.
type part struct {
	Term
	scores       []float32
	loss, weight float64
}

func newTally(m *Model, split Split, loss Loss) *tally {
	t := &tally{split: split, loss: loss, logits: m.Infer.Output(loss.Output).F32, batch: m.InferBatch}
	for _, term := range loss.terms() {
		t.terms = append(t.terms, part{Term: term, scores: m.Infer.Output(term.Output).F32})
	}
	return t
}

// add counts the samples of a batch that the plan has just run on.
func (t *tally) add(batch *Batch) error {
	perSample := len(batch.Labels) / t.batch
	k := len(t.logits) / len(batch.Labels)
	if t.score.Confusion == nil {
		t.score.Confusion = NewConfusion(k)
	}
	for i, label := range batch.Labels[:batch.N*perSample] {
		for j := range t.terms {
			p := &t.terms[j]
			if p.ignores(label) {
				continue
			}
			k := len(p.scores) / len(batch.Labels)
			if int(label) < 0 || int(label) >= k {
				return fmt.Errorf("%s data: label %d in sample %d, expected 0 to %d: the model's %s has %d classes",
					t.split.Name, label, t.score.Samples+i/perSample, k-1, p.Output, k)
			}
			loss, weight := p.row(p.scores[i*k:(i+1)*k], int(label))
			p.loss += loss
			p.weight += weight
		}
		if t.loss.ignores(label) {
			continue
		}
		best := argmax(t.logits[i*k : (i+1)*k])
		if best == int(label) {
			t.correct++
		}
		t.rows++
		t.score.Confusion.Add(int(label), best)
	}
	t.score.Samples += batch.N
	return nil
}

func (t *tally) finish() Score {
	for _, p := range t.terms {
		if p.weight > 0 {
			t.score.Loss += p.Weight * p.loss / p.weight
		}
	}
	if t.rows > 0 {
		t.score.Top1 = float64(t.correct) / float64(t.rows)
	}
	return t.score
}
