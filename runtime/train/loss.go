package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/netc-lang/netc/runtime/data"
)

// Loss is what evaluation reports: a sum of losses over a split, and accuracy.
type Loss struct {
	Output string  `json:"output"`          // rows of scores whose largest is the prediction
	Terms  []Term  `json:"terms,omitempty"` // none: cross-entropy on Output
	Off    float64 `json:"off,omitempty"`   // what losses on numbers expect of the classes that are not the label's
}

// Term is one loss of a sum. It is the mean over the rows of an output, each
// with the weight of its label, or over its elements.
type Term struct {
	Kind    Kind      `json:"loss"`
	Output  string    `json:"output"`
	Weight  float64   `json:"weight"`
	Soft    bool      `json:"soft,omitempty"`    // cross-entropy: against probabilities
	Smooth  float64   `json:"smooth,omitempty"`  // cross-entropy: share of the target that is spread over all classes; dice: added above and below
	Weights []float64 `json:"weights,omitempty"` // cross-entropy: of each class; none: all 1
	Ignore  *int32    `json:"ignore,omitempty"`  // cross-entropy: label of the rows to leave out
	Margin  float64   `json:"margin,omitempty"`  // multi-margin
	J       float64   `json:"j,omitempty"`       // MAP criterion: the score of rubbish is -J; 0: no competition
	Bend    float64   `json:"bend,omitempty"`    // huber, smooth l1: the distance beyond which they are straight
}

// Kind names a loss.
type Kind string

// The kinds. The last six compare with numbers.
const (
	CrossEntropy Kind = "cross_entropy"
	MultiMargin  Kind = "multi_margin"
	MAPCriterion Kind = "map_criterion"
	Square       Kind = "mse"
	Absolute     Kind = "l1"
	Huber        Kind = "huber"
	SmoothL1     Kind = "smooth_l1"
	Logistic     Kind = "bce"
	Dice         Kind = "dice"
)

// onValues reports whether the term compares with numbers.
func (t *Term) onValues() bool {
	return t.Soft || !slices.Contains([]Kind{CrossEntropy, MultiMargin, MAPCriterion}, t.Kind)
}

// Target is what the losses compare an output with, of as many channels, and
// rows and columns where it is a map.
func (l *Loss) Target(channels int, rows, columns int) data.Target {
	t := data.Target{Map: [2]int{rows, columns}, Channels: channels, Binary: true, Off: l.Off}
	for _, term := range l.terms() {
		if !term.onValues() {
			t.Labels = true
			if term.Ignore != nil {
				label := int(*term.Ignore)
				t.Ignore = &label
			}
			continue
		}
		t.Values = true
		t.Binary = t.Binary && (term.Kind == Logistic || term.Kind == Dice)
	}
	return t
}

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

var kinds = []Kind{CrossEntropy, MultiMargin, MAPCriterion, Square, Absolute, Huber, SmoothL1, Logistic, Dice}

// valid checks the terms.
func (l *Loss) valid() error {
	for _, t := range l.terms() {
		switch {
		case !slices.Contains(kinds, t.Kind):
			return fmt.Errorf("loss %q, expected one of %v", t.Kind, kinds)
		case t.Kind == CrossEntropy && !(t.Smooth >= 0 && t.Smooth < 1):
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

// soft is the cross-entropy of a row of logits with the probabilities target,
// in float64: with l = log Σexp(z) − z, Σ c·((1−smooth)·target + smooth/K)·l.
func (t *Term) soft(row, target []float32) float64 {
	top := float64(row[argmax(row)])
	sum := 0.0
	for _, v := range row {
		sum += math.Exp(float64(v) - top)
	}
	all, loss := top+math.Log(sum), 0.0
	for j, v := range row {
		u := t.class(j) * ((1-t.Smooth)*float64(target[j]) + t.Smooth/float64(len(row)))
		if u != 0 {
			loss += u * (all - float64(v))
		}
	}
	return loss
}

// element is the loss of one number against its target.
func (t *Term) element(x, target float32) float64 {
	d := float64(x) - float64(target)
	far := math.Abs(d)
	switch t.Kind {
	case Square:
		return d * d
	case Absolute:
		return far
	case Huber:
		if far <= t.Bend {
			return d * d / 2
		}
		return t.Bend * (far - t.Bend/2)
	case SmoothL1:
		if far <= t.Bend {
			return d * d / (2 * t.Bend)
		}
		return far - t.Bend/2
	case Logistic:
		z := float64(x)
		return max(z, 0) - z*float64(target) + math.Log1p(math.Exp(-math.Abs(z)))
	}
	panic("train: loss " + string(t.Kind) + " is not of single numbers")
}
