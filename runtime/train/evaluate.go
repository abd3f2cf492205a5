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
	Top5      float64 // share of rows whose label is among the five largest
	Confusion *Confusion
}

// Evaluate runs the inference plan over every sample of a split once. When ctx
// is cancelled it returns its error.
func Evaluate(ctx context.Context, m *Model, split Split, loss Loss) (Score, error) {
	t := newTally(m, split, loss)
	err := eachBatch(ctx, m, split, true, t.add)
	return t.finish(), err
}

// eachBatch visits every sample of a split once, with the inference plan run on
// its batch where that is asked for.
func eachBatch(ctx context.Context, m *Model, split Split, run bool, visit func(*Batch) error) error {
	stream, err := split.Open(m.InferBatch, 0)
	if err != nil {
		return fmt.Errorf("%s data: %w", split.Name, err)
	}
	defer stream.Close()
	image := m.Infer.Input(imagePort)
	for seen := 0; seen < split.Samples; {
		batch, err := stream.Next(ctx)
		if err != nil {
			return fmt.Errorf("%s data after sample %d of %d: %w", split.Name, seen, split.Samples, err)
		}
		if run {
			copy(image.F32, batch.Images)
			m.Infer.Run()
		}
		seen += batch.N
		err = visit(batch)
		stream.Release(batch)
		if err != nil {
			return err
		}
	}
	return nil
}

// tally adds up a split's rows.
type tally struct {
	split   Split
	loss    Loss
	terms   []part
	logits  []float32 // of loss.Output
	batch   int
	correct int
	among5  int
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
		if rank(t.logits[i*k:(i+1)*k], int(label)) < 5 {
			t.among5++
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
		t.score.Top5 = float64(t.among5) / float64(t.rows)
	}
	return t.score
}
