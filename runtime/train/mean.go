package train

import (
	"context"
	"math"
	"slices"
)

// EvaluateEnsemble is Evaluate by the mean of the predictions that the weights of
// several files give, in turn. The model is left with those of the last.
func EvaluateEnsemble(ctx context.Context, m *Model, split Split, loss Loss, files []string) (Score, error) {
	mean := newMean(m, split, loss, len(files))
	for _, file := range files {
		if err := m.Read(file); err != nil {
			return Score{}, err
		}
		if err := mean.pass(ctx); err != nil {
			return Score{}, err
		}
	}
	return mean.score()
}

// mean is the mean predictions for the samples of a split, over the rows that
// each has and over several passes.
type mean struct {
	m       *Model
	split   Split
	loss    Loss
	weight  float64 // of a row in a pass
	outputs []meanOutput
	passed  bool
	labels  []int32   // of the samples, from the first pass
	values  []float32 // likewise
}

// meanOutput is the mean of an output: sample after sample. Probabilities are
// added as logarithms, so that none is so small that it is lost.
type meanOutput struct {
	name  string
	scale scale
	sum   []float32
	rest  []float32 // sigmoid: of what each probability lacks to 1
}

// scale is what of a row of scores is averaged.
type scale int

const (
	itself  scale = iota // the scores
	softmax              // the probabilities of the classes that the row is of
	sigmoid              // the probability that each score is the logit of
)

// scaleOf is what the losses on an output take its scores for.
func (l *Loss) scaleOf(output string) scale {
	found := itself
	for _, t := range l.terms() {
		if t.Output != output {
			continue
		}
		switch t.Kind {
		case CrossEntropy:
			return softmax
		case Logistic, Dice:
			found = sigmoid
		}
	}
	return found
}

func newMean(m *Model, split Split, loss Loss, passes int) *mean {
	mean := &mean{m: m, split: split, loss: loss, weight: 1 / float64(passes*max(1, split.Views))}
	for _, name := range loss.outputs() {
		size := len(m.Infer.Output(name).F32) / m.InferBatch
		mean.outputs = append(mean.outputs, newMeanOutput(name, loss.scaleOf(name), size*split.Samples))
	}
	return mean
}

func newMeanOutput(name string, s scale, n int) meanOutput {
	o := meanOutput{name: name, scale: s, sum: make([]float32, n)}
	if s == sigmoid {
		o.rest = make([]float32, n)
	}
	if s != itself {
		for _, logs := range [][]float32{o.sum, o.rest} {
			for i := range logs {
				logs[i] = float32(math.Inf(-1))
			}
		}
	}
	return o
}

// pass adds the predictions of the model for all rows of the split.
func (e *mean) pass(ctx context.Context) error {
	row, views := 0, max(1, e.split.Views)
	err := eachBatch(ctx, e.m, e.split, func(batch *Batch) error {
		for i := range batch.N {
			sample := (row + i) / views
			for j := range e.outputs {
				o := &e.outputs[j]
				scores := e.m.Infer.Output(o.name).F32
				n := len(scores) / e.m.InferBatch
				k := n
				if o.scale == softmax && len(batch.Labels) > 0 {
					k = len(scores) / len(batch.Labels)
				}
				o.add(sample*n, scores[i*n:][:n], k, e.weight)
			}
			if !e.passed && (row+i)%views == 0 {
				labels, values := len(batch.Labels)/e.m.InferBatch, len(batch.Values)/e.m.InferBatch
				e.labels = append(e.labels, batch.Labels[i*labels:][:labels]...)
				e.values = append(e.values, batch.Values[i*values:][:values]...)
			}
		}
		row += batch.N
		return nil
	})
	e.passed = true
	return err
}

// add adds scores, in rows of k, times a weight, to the sums from at on.
func (o *meanOutput) add(at int, scores []float32, k int, weight float64) {
	sum := o.sum[at:]
	switch o.scale {
	case softmax:
		for lo := 0; lo < len(scores); lo += k {
			addSoftmax(sum[lo:], scores[lo:lo+k], math.Log(weight))
		}
	case sigmoid:
		for i, v := range scores {
			addLog(&sum[i], math.Log(weight)-softplus(-float64(v)))
			addLog(&o.rest[at+i], math.Log(weight)-softplus(float64(v)))
		}
	default:
		for i, v := range scores {
			sum[i] += float32(weight * float64(v))
		}
	}
}

// addSoftmax adds the softmax of a row of scores, times a weight, to sums that
// are logarithms, as the weight is.
func addSoftmax(sum, row []float32, weight float64) {
	top, all := float64(row[argmax(row)]), 0.0
	for _, v := range row {
		all += math.Exp(float64(v) - top)
	}
	for i, v := range row {
		addLog(&sum[i], weight+float64(v)-top-math.Log(all))
	}
}

// addLog makes log(a) log(a + b), for b given as its logarithm.
func addLog(a *float32, b float64) {
	x := float64(*a)
	if x < b {
		x, b = b, x
	}
	if math.IsInf(x, -1) {
		return // both are 0
	}
	*a = float32(x + math.Log1p(math.Exp(b-x)))
}

// softplus is log(1 + e^x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// scoreAt is a score whose prediction is the mean at a place.
func (o *meanOutput) scoreAt(i int) float32 {
	if o.scale == sigmoid {
		return o.sum[i] - o.rest[i]
	}
	return o.sum[i]
}

// score compares the means with the targets.
func (e *mean) score() (Score, error) {
	t := newTally(e.m, e.split, e.loss)
	n, size := e.split.Samples, e.m.InferBatch
	labels, values := len(e.labels)/n, len(e.values)/n
	batch := Batch{Labels: make([]int32, labels*size), Values: make([]float32, values*size)}
	for at := 0; at < n; at += size {
		batch.N = min(size, n-at)
		copy(batch.Labels, e.labels[at*labels:])
		copy(batch.Values, e.values[at*values:])
		for _, o := range e.outputs {
			scores, k := e.m.Infer.Output(o.name).F32, len(o.sum)/n
			for i := range batch.N * k {
				scores[i] = o.scoreAt(at*k + i)
			}
		}
		if err := t.add(&batch); err != nil {
			return Score{}, err
		}
	}
	return t.finish(), nil
}

// outputs are those that the loss looks at, each once.
func (l *Loss) outputs() []string {
	names := []string{l.Output}
	for _, t := range l.terms() {
		if !slices.Contains(names, t.Output) {
			names = append(names, t.Output)
		}
	}
	return names
}
