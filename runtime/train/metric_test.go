package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTop1(t *testing.T) {
	logits := []float32{
		1, 2, 3,
		3, 3, 1, // a tie goes to the first
		-5, -4, -6,
	}
	if got, rows := (&Loss{}).top1(logits, []int32{2, 1, 1}); got != 2 || rows != 3 {
		t.Errorf("%d of %d rows are right, expected 2 of 3", got, rows)
	}
	skip := int32(255)
	l := Loss{Output: "y", Terms: []Term{{Output: "y", Ignore: &skip}}}
	if got, rows := l.top1(logits, []int32{2, 255, 0}); got != 1 || rows != 2 {
		t.Errorf("%d of %d rows are right, expected 1 of 2", got, rows)
	}
}

func TestCrossEntropy(t *testing.T) {
	tests := []struct {
		row    []float32
		label  int
		smooth float64
		want   float64
	}{
		{[]float32{0, 0, 0, 0}, 2, 0, math.Log(4)},
		{[]float32{0, 0, 0, 0}, 2, 0.1, math.Log(4)},
		{[]float32{1, 2, 3}, 2, 0, math.Log(1 + math.Exp(-1) + math.Exp(-2))},
		{[]float32{1e4, 0}, 1, 0, 1e4},
		// 0.9 of the target at the label, 0.1 spread: −Σ q·log p
		{[]float32{1, 2}, 0, 0.1, math.Log(math.E+math.Exp(2)) - (0.95*1 + 0.05*2)},
	}
	for _, tt := range tests {
		if got, weight := (&Term{Smooth: tt.smooth}).row(tt.row, tt.label); weight != 1 || math.Abs(got-tt.want) > 1e-12*max(1, tt.want) {
			t.Errorf("crossEntropy(%v, %d, %g) = %.15g, expected %.15g", tt.row, tt.label, tt.smooth, got, tt.want)
		}
	}
}

func TestWeightedLosses(t *testing.T) {
	row := []float32{1, 2}
	l := [2]float64{math.Log(1 + math.E), math.Log(1 + 1/math.E)}
	tests := []struct {
		term         Term
		loss, weight float64
	}{
		{Term{Weights: []float64{3, 5}}, 3 * l[0], 3},
		{Term{Weights: []float64{3, 5}, Smooth: 0.2}, 0.8*3*l[0] + 0.1*(3*l[0]+5*l[1]), 3},
		{Term{Kind: MultiMargin, Margin: 0.5}, 1.5 / 2, 1},
		{Term{Kind: MAPCriterion}, -1, 1},
		{Term{Kind: MAPCriterion, J: 3}, math.Log(math.Exp(-3)+math.E+math.Exp(2)) - 1, 1},
	}
	for _, tt := range tests {
		if loss, weight := tt.term.row(row, 0); math.Abs(loss-tt.loss) > 1e-12 || weight != tt.weight {
			t.Errorf("%+v: loss %.15g, weight %g; expected %.15g, %g", tt.term, loss, weight, tt.loss, tt.weight)
		}
	}
}

// A split's loss is the sum of its terms; ignored rows count in none of its
// numbers.
func TestEvaluateTerms(t *testing.T) {
	model, net := toyModel()
	for k := range toyClasses {
		net.w[k*toyPixels+k] = 1
	}
	score := func(terms ...Term) Score {
		t.Helper()
		s, err := Evaluate(context.Background(), model, toySet(t, 0, toyTest).Test, Loss{Output: "logits", Terms: terms})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	plain := Term{Kind: CrossEntropy, Output: "logits", Weight: 1}
	third, margin := plain, Term{Kind: MultiMargin, Output: "logits", Weight: 0.25, Margin: 1}
	third.Weight = 0.5
	want := 0.5*score(plain).Loss + score(margin).Loss
	if got := score(third, margin).Loss; math.Abs(got-want) > 1e-12 || got == 0 {
		t.Errorf("sum of two losses %g, expected %g", got, want)
	}
	one := int32(1)
	plain.Ignore = &one
	s := score(plain)
	if _, n := s.Confusion.Recall(1); n != 0 || s.Samples != toyTest {
		t.Errorf("%d rows of the ignored class in %d samples", n, s.Samples)
	}
	weighted := Term{Kind: CrossEntropy, Output: "logits", Weight: 1, Weights: []float64{1, 0, 1}}
	if w := score(weighted); math.Abs(w.Loss-s.Loss) > 1e-12 {
		t.Errorf("loss %g with class 1 ignored, %g with its weight 0", s.Loss, w.Loss)
	}
}

// Evaluation counts every sample once although the last batch is short.
func TestEvaluateCountsEachSampleOnce(t *testing.T) {
	model, net := toyModel()
	for k := range toyClasses {
		net.w[k*toyPixels+k] = 1
	}
	net.w[0*toyPixels+0] = -5 // class 0 is never recognised
	set := toySet(t, 0, toyTest)
	s, err := Evaluate(context.Background(), model, set.Test, Loss{Output: "logits"})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for k, want := range []int{4, 3, 3} {
		_, n := s.Confusion.Recall(k)
		if rows += n; n != want {
			t.Errorf("class %d: %d rows, expected %d", k, n, want)
		}
	}
	if s.Samples != toyTest || rows != toyTest || math.Abs(s.Top1-0.6) > 1e-15 || s.Confusion.Count(0, 0) != 0 {
		t.Errorf("score %+v", s)
	}
	again, err := Evaluate(context.Background(), model, set.Test, Loss{Output: "logits"})
	if err != nil || !cmp.Equal(s, again, cmp.AllowUnexported(Confusion{})) {
		t.Errorf("a second evaluation gave %+v, error %v", again, err)
	}
}

func TestEvaluateRefusesLabels(t *testing.T) {
	model, _ := toyModel()
	set := toySet(t, 0, toyTest)
	open := set.Test.Open
	set.Test.Open = func(batch, from int) (Stream, error) {
		s, err := open(batch, from)
		s.(*toyStream).badFrom = 5
		return s, err
	}
	_, err := Evaluate(context.Background(), model, set.Test, Loss{Output: "logits"})
	if want := "test data: label 3 in sample 5, expected 0 to 2"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, expected one with %q", err, want)
	}
}

func TestConfusionTable(t *testing.T) {
	names := []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
	c := NewConfusion(10)
	for i := range 9 {
		for range 900 + i {
			c.Add(i, i)
		}
	}
	for range 99 {
		c.Add(3, 5)
	}
	want, err := os.ReadFile("../../testdata/train/confusion.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Write(&out, names, 80, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Error(diff)
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(line) - 1; n > 80 {
			t.Errorf("line of %d columns", n)
		}
	}
}

// TestConfusionColour checks that colour marks the diagonal and the most
// frequent confusions, and changes nothing else.
func TestConfusionColour(t *testing.T) {
	c := NewConfusion(4)
	for n, at := range [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 0}, {1, 2}, {1, 3}, {2, 2}} {
		for range n + 1 {
			c.Add(at[0], at[1])
		}
	}
	var coloured, uncoloured bytes.Buffer
	if err := errors.Join(c.Write(&coloured, nil, 80, true), c.Write(&uncoloured, nil, 80, false)); err != nil {
		t.Fatal(err)
	}
	for colour, want := range map[string]int{green: 4, red: maxMarked, faint: 6, plain: 15} {
		if got := strings.Count(coloured.String(), colour); got != want {
			t.Errorf("%d times %q, expected %d", got, colour, want)
		}
	}
	if strings.Contains(coloured.String(), red+"  1") {
		t.Error("the least frequent confusion is marked")
	}
	if got := regexp.MustCompile("\x1b[^m]*m").ReplaceAllString(coloured.String(), ""); got != uncoloured.String() {
		t.Errorf("without its colours:\n%s", got)
	}
}

func TestConfusionPairs(t *testing.T) {
	c := NewConfusion(37)
	for i := range 36 {
		for range i % 12 {
			c.Add(i, i+1)
		}
		for range 20 {
			c.Add(i, i)
		}
	}
	var out bytes.Buffer
	if err := c.Write(&out, []string{"ant"}, 80, false); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 1+maxPairs+1 || lines[0] != "most confused of 37 classes:" || lines[1] != "  11 taken for 12: 11 of 31" {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}
	out.Reset()
	if err := NewConfusion(37).Write(&out, nil, 80, false); err != nil || out.String() != "no class was taken for another\n" {
		t.Errorf("empty matrix: %q, error %v", out.String(), err)
	}
}
