package train

import (
	"context"
	"fmt"
	"math"
)

// Score is how well a model does on a split.
type Score struct {
	Samples   int
	Loss      float64    // the recipe's, of the whole split
	Top1      float64    // share of rows that are recognised
	Top5      float64    // share of rows whose label is among the five largest
	Pixels    bool       // rows are pixels
	Confusion *Confusion // nil where images have no classes
}

// recognised is Top1, where there are classes.
func (s *Score) recognised() *float64 {
	if s.Confusion == nil {
		return nil
	}
	return &s.Top1
}

// pixels is Top1, where rows are pixels.
func (s *Score) pixels() *float64 {
	if !s.Pixels {
		return nil
	}
	return s.recognised()
}

// Metrics are the accuracy, that of pixels and the mean IoU, where there are
// such.
func (s *Score) Metrics() (top1, pixels, iou *float64) {
	return s.recognised(), s.pixels(), s.iou()
}

// iou is the mean IoU, where rows are pixels.
func (s *Score) iou() *float64 {
	if s.Confusion == nil || !s.Pixels {
		return nil
	}
	share := s.Confusion.MeanIoU()
	return &share
}

// Evaluate runs the inference plan over every sample of a split once, or over
// each of its views, whose predictions are averaged. When ctx is cancelled it
// returns its error.
func Evaluate(ctx context.Context, m *Model, split Split, loss Loss) (Score, error) {
	if split.Views > 1 {
		mean := newMean(m, split, loss, 1)
		if err := mean.pass(ctx); err != nil {
			return Score{}, err
		}
		return mean.score()
	}
	t := newTally(m, split, loss)
	err := eachBatch(ctx, m, split, t.add)
	return t.finish(), err
}

// eachBatch visits every row of a split once, with the inference plan run on its
// batch.
func eachBatch(ctx context.Context, m *Model, split Split, visit func(*Batch) error) error {
	stream, err := split.Open(m.InferBatch, 0)
	if err != nil {
		return fmt.Errorf("%s data: %w", split.Name, err)
	}
	defer stream.Close()
	image := m.Infer.Input(m.Image)
	for seen := 0; seen < split.rows(); {
		batch, err := stream.Next(ctx)
		if err != nil {
			return fmt.Errorf("%s data after sample %d of %d: %w", split.Name, seen/max(1, split.Views), split.Samples, err)
		}
		copy(image.F32, batch.Images)
		m.Infer.Run()
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
	overlap, sum float64 // dice: Σ σ(x)·target, and Σ σ(x) + Σ target
}

func newTally(m *Model, split Split, loss Loss) *tally {
	t := &tally{split: split, loss: loss, logits: m.Infer.Output(loss.Output).F32, batch: m.InferBatch}
	t.score.Pixels = split.Pixels
	for _, term := range loss.terms() {
		t.terms = append(t.terms, part{Term: term, scores: m.Infer.Output(term.Output).F32})
	}
	return t
}

// add counts the samples of a batch that the plan has just run on.
func (t *tally) add(batch *Batch) error {
	for j := range t.terms {
		p := &t.terms[j]
		if p.onValues() {
			p.addValues(batch, t.batch)
		} else if err := t.addLabels(p, batch); err != nil {
			return err
		}
	}
	t.predictions(batch)
	t.score.Samples += batch.N
	return nil
}

// addLabels adds the rows of a batch to a term that compares with labels.
func (t *tally) addLabels(p *part, batch *Batch) error {
	perSample, k := len(batch.Labels)/t.batch, len(p.scores)/len(batch.Labels)
	for i, label := range batch.Labels[:batch.N*perSample] {
		if label == Uncounted || p.ignores(label) {
			continue
		}
		if int(label) < 0 || int(label) >= k {
			return fmt.Errorf("%s data: label %d in sample %d, expected 0 to %d: the model's %s has %d classes",
				t.split.Name, label, t.score.Samples+i/perSample, k-1, p.Output, k)
		}
		loss, weight := p.row(p.scores[i*k:(i+1)*k], int(label))
		p.loss += loss
		p.weight += weight
	}
	return nil
}

// addValues adds the elements of a batch to a term that compares with numbers,
// but for those of rows that count nowhere.
func (p *part) addValues(batch *Batch, size int) {
	width := len(p.scores) / size // of a row of the samples
	rows := batch.N
	if n := len(batch.Labels); n > 0 {
		width, rows = len(p.scores)/n, batch.N*(n/size)
	}
	for i := range rows {
		if len(batch.Labels) > 0 && batch.Labels[i] == Uncounted {
			continue
		}
		x, target := p.scores[i*width:(i+1)*width], batch.Values[i*width:(i+1)*width]
		if p.Soft {
			p.loss += p.soft(x, target)
			p.weight++
			continue
		}
		for j, v := range x {
			if p.Kind == Dice {
				q := 1 / (1 + math.Exp(-float64(v)))
				p.overlap += q * float64(target[j])
				p.sum += q + float64(target[j])
				continue
			}
			p.loss += p.element(v, target[j])
			p.weight++
		}
	}
}

// predictions compares what the scores tell with the labels.
func (t *tally) predictions(batch *Batch) {
	if len(batch.Labels) == 0 {
		return
	}
	perSample, k := len(batch.Labels)/t.batch, len(t.logits)/len(batch.Labels)
	if t.score.Confusion == nil {
		t.score.Confusion = NewConfusion(max(k, 2))
		if t.score.Pixels {
			t.score.Confusion.Rows = "pixels"
		}
	}
	for i, label := range batch.Labels[:batch.N*perSample] {
		if label == Uncounted || t.loss.ignores(label) {
			continue
		}
		row := t.logits[i*k : (i+1)*k]
		best := predicted(row)
		if best == int(label) {
			t.correct++
		}
		if k <= 5 || rank(row, int(label)) < 5 {
			t.among5++
		}
		t.rows++
		t.score.Confusion.Add(int(label), best)
	}
}

func (t *tally) finish() Score {
	for _, p := range t.terms {
		if p.Kind == Dice {
			t.score.Loss += p.Weight * (1 - (2*p.overlap+p.Smooth)/(p.sum+p.Smooth))
		} else if p.weight > 0 {
			t.score.Loss += p.Weight * p.loss / p.weight
		}
	}
	if t.rows > 0 {
		t.score.Top1 = float64(t.correct) / float64(t.rows)
		t.score.Top5 = float64(t.among5) / float64(t.rows)
	}
	return t.score
}
