package train

import (
	"context"
	"io"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/plan"
)

// fixed is an inference plan whose output is what it is given.
type fixed struct{ in, out []float32 }

func (f *fixed) Input(name string) plan.View {
	if name == imagePort {
		return plan.View{F32: f.in}
	}
	return plan.View{}
}
func (f *fixed) Output(string) plan.View { return plan.View{F32: f.out} }
func (f *fixed) Run()                    { copy(f.out, f.in) }

// batches is a stream of the batches given.
type batches []*Batch

func (s *batches) Next(context.Context) (*Batch, error) {
	if len(*s) == 0 {
		return nil, io.EOF
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return b, nil
}
func (s *batches) Release(*Batch) {}
func (s *batches) Close()         {}

// scored evaluates scores, two values a sample in batches of two, against
// targets.
func scored(t *testing.T, loss Loss, pixels bool, n int, of ...*Batch) Score {
	t.Helper()
	size := len(of[0].Images)
	m := &Model{Name: "M", Image: imagePort, Infer: &fixed{make([]float32, size), make([]float32, size)}, InferBatch: 2}
	s, err := Evaluate(context.Background(), m, Split{Name: "test", Samples: n, Pixels: pixels, Open: func(int, int) (Stream, error) {
		list := batches(of)
		return &list, nil
	}}, loss)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The losses on numbers are means over the elements of the whole split, its
// last short batch included; dice is of the whole split at once.
func TestValueLosses(t *testing.T) {
	full := &Batch{N: 2, Images: []float32{0.5, -1, 3, 0}, Values: []float32{1, 0, 0, 1}}
	short := &Batch{N: 1, Images: []float32{-0.25, 2, 9, 9}, Values: []float32{0, 1, 5, 5}}
	x, target := []float64{0.5, -1, 3, 0, -0.25, 2}, []float64{1, 0, 0, 1, 0, 1}
	mean := func(f func(x, t float64) float64) float64 {
		sum := 0.0
		for i := range x {
			sum += f(x[i], target[i])
		}
		return sum / 6
	}
	overlap, sum := 0.0, 0.0
	for i := range x {
		q := 1 / (1 + math.Exp(-x[i]))
		overlap += q * target[i]
		sum += q + target[i]
	}
	soft := 0.0
	for i := 0; i < 6; i += 2 {
		z := math.Log(math.Exp(x[i]) + math.Exp(x[i+1]))
		for j := i; j < i+2; j++ {
			soft += (0.8*target[j] + 0.1) * (z - x[j]) / 3
		}
	}
	bent := func(at float64, near, far func(d float64) float64) func(x, t float64) float64 {
		return func(x, t float64) float64 {
			if d := math.Abs(x - t); d > at {
				return far(d)
			} else {
				return near(d)
			}
		}
	}
	tests := []struct {
		term Term
		want float64
	}{
		{Term{Kind: Square}, mean(func(x, t float64) float64 { return (x - t) * (x - t) })},
		{Term{Kind: Absolute}, mean(func(x, t float64) float64 { return math.Abs(x - t) })},
		{Term{Kind: Huber, Bend: 0.75}, mean(bent(0.75, func(d float64) float64 { return d * d / 2 }, func(d float64) float64 { return 0.75 * (d - 0.375) }))},
		{Term{Kind: SmoothL1, Bend: 0.75}, mean(bent(0.75, func(d float64) float64 { return d * d / 1.5 }, func(d float64) float64 { return d - 0.375 }))},
		{Term{Kind: Logistic}, mean(func(x, t float64) float64 { return math.Log(1+math.Exp(x)) - t*x })},
		{Term{Kind: Dice, Smooth: 2}, 1 - (2*overlap+2)/(sum+2)},
		{Term{Kind: CrossEntropy, Soft: true, Smooth: 0.2}, soft},
	}
	for _, tt := range tests {
		tt.term.Output, tt.term.Weight = "scores", 0.5
		s := scored(t, Loss{Output: "scores", Terms: []Term{tt.term}}, false, 3, full, short)
		if math.Abs(s.Loss-tt.want/2) > 1e-12 || s.Confusion != nil || s.recognised() != nil {
			t.Errorf("%s: loss %.15g, want %.15g; %+v", tt.term.Kind, s.Loss, tt.want/2, s)
		}
	}
}

// Pixels that count in another tile count in no number of this one; a single
// logit tells two classes apart.
func TestPixelScores(t *testing.T) {
	b := &Batch{N: 2, Images: []float32{2, -1, 3, -4}, Labels: []int32{1, 1, Uncounted, 0}, Values: []float32{1, 1, 0, 0}}
	s := scored(t, Loss{Output: "mask", Terms: []Term{{Kind: Absolute, Output: "mask", Weight: 1}}}, true, 2, b)
	if s.Loss != (1.0+2+4)/3 || math.Abs(s.Top1-2.0/3) > 1e-15 {
		t.Errorf("%+v", s)
	}
	// Class 0: 1 of 2 predicted or labelled so; class 1: 1 of 2.
	top1, pixels, iou := s.Metrics()
	if *iou != 0.5 || pixels == nil || *pixels != *top1 {
		t.Errorf("mean IoU %g, pixel accuracy %v", *iou, pixels)
	}
}

func TestMeanIoU(t *testing.T) {
	c := NewConfusion(4)
	for _, n := range [][3]int{{0, 0, 6}, {0, 1, 2}, {1, 1, 3}, {1, 0, 1}, {2, 0, 1}} {
		for range n[2] {
			c.Add(n[0], n[1])
		}
	}
	// 6/(6+2+1+1), 3/(3+1+2), 0/1; class 3 does not occur.
	if got, want := c.MeanIoU(), (0.6+0.5+0)/3; math.Abs(got-want) > 1e-15 {
		t.Errorf("%g, want %g", got, want)
	}
}
