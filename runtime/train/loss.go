package train

import (
	"fmt"
	"math"
)

// Loss is what evaluation reports: a sum of losses over a split, and accuracy.
type Loss struct {
	Output string `json:"output"`          // rows of scores whose largest is the prediction
	Terms  []Term `json:"terms,omitempty"` // none: cross-entropy on Output
}

// Term is one loss of a sum. It is the mean over the rows of an output, each
// with the weight of its label.
type Term struct {
	Kind    Kind      `json:"loss"`
	Output  string    `json:"output"`
	Weight  float64   `json:"weight"`
	Smooth  float64   `json:"smooth,omitempty"`  // cross-entropy: share of the target that is spread over all classes
	Weights []float64 `json:"weights,omitempty"` // cross-entropy: of each class; none: all 1
	Ignore  *int32    `json:"ignore,omitempty"`  // cross-entropy: label of the rows to leave out
	Margin  float64   `json:"margin,omitempty"`  // multi-margin
	J       float64   `json:"j,omitempty"`       // MAP criterion: the score of rubbish is -J; 0: no competition
}

// Kind names the loss of one row.
type Kind string

// The kinds.
const (
	CrossEntropy Kind = "cross_entropy"
	MultiMargin  Kind = "multi_margin"
	MAPCriterion Kind = "map_criterion"
)

// terms are the losses to add.
func (l *Loss) terms() []Term {
	if l.Terms == nil {
		return []Term{{Kind: CrossEntropy, Output: l.Output, Weight: 1}}
	}
	return l.Terms
}

// ignores reports whether the label is one that the loss on Output leaves out;
// such a row has no accuracy either.
func (l *Loss) ignores(label int32) bool {
	for i := range l.Terms {
		if l.Terms[i].Output == l.Output {
			return l.Terms[i].ignores(label)
		}
	}
	return false
}

func (t *Term) ignores(label int32) bool { return t.Ignore != nil && *t.Ignore == label }

// valid checks the terms.
func (l *Loss) valid() error {
	for _, t := range l.terms() {
		switch {
		case t.Kind != CrossEntropy && t.Kind != MultiMargin && t.Kind != MAPCriterion:
			return fmt.Errorf("loss %q, expected %s, %s or %s", t.Kind, CrossEntropy, MultiMargin, MAPCriterion)
		case !(t.Smooth >= 0 && t.Smooth < 1):
			return fmt.Errorf("smooth %g, expected a number from 0 and below 1", t.Smooth)
		}
	}
	return nil
}

// row is the loss of one row of scores, already multiplied by its weight, and
// that weight.
func (t *Term) row(row []float32, label int) (loss, weight float64) {
	switch t.Kind {
	case MultiMargin:
		return multiMargin(row, label, t.Margin), 1
	case MAPCriterion:
		return mapCriterion(row, label, t.J), 1
	}
	return t.crossEntropy(row, label), t.class(label)
}

func (t *Term) class(label int) float64 {
	if t.Weights == nil {
		return 1
	}
	return t.Weights[label]
}

// crossEntropy is the loss of one row of logits z of width K, in float64: with
// l = log Σexp(z) − z and class weights c,
// (1−smooth)·c[label]·l[label] + smooth·mean(c·l).
func (t *Term) crossEntropy(row []float32, label int) float64 {
	top := float64(row[argmax(row)])
	sum := 0.0
	for _, v := range row {
		sum += math.Exp(float64(v) - top)
	}
	all := top + math.Log(sum)
	loss := (1 - t.Smooth) * t.class(label) * (all - float64(row[label]))
	if t.Smooth > 0 {
		spread := 0.0
		for j, v := range row {
			spread += t.class(j) * (all - float64(v))
		}
		loss += t.Smooth * spread / float64(len(row))
	}
	return loss
}

// multiMargin is Σ max(0, margin − z[label] + z[j])/K over j ≠ label, in float64.
func multiMargin(row []float32, label int, margin float64) float64 {
	sum := 0.0
	for j, v := range row {
		if j != label {
			sum += max(0, margin-float64(row[label])+float64(v))
		}
	}
	return sum / float64(len(row))
}

// mapCriterion is −z[label] + log(e^−j + Σ e^z), without the logarithm where j is 0,
// in float64.
func mapCriterion(row []float32, label int, j float64) float64 {
	if j == 0 {
		return -float64(row[label])
	}
	top := max(float64(row[argmax(row)]), -j)
	sum := math.Exp(-j - top)
	for _, v := range row {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum) - float64(row[label])
}
