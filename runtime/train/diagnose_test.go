package train

import (
	"context"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/data"
)

// tampered is a stream whose batches are changed as they are delivered.
type tampered struct {
	Stream
	change func(b *Batch)
}

func (s tampered) Next(ctx context.Context) (*Batch, error) {
	b, err := s.Stream.Next(ctx)
	if err == nil {
		s.change(b)
	}
	return b, err
}

// TestDiagnose spoils one sample of the data of a run, and expects the error to say
// in which step it was met, where, and for which sample.
func TestDiagnose(t *testing.T) {
	const sample = 13
	fill := func(values ...float32) func(x []float32) { return func(x []float32) { copy(x, values) } }
	tests := []struct {
		spoil func(x []float32)
		want  string
	}{
		{fill(0, float32(math.NaN())), "the data has NaN in input x"},
		{fill(float32(math.Inf(-1))), "the data has -Inf in input x"},
		{fill(math.MaxFloat32, math.MaxFloat32, math.MaxFloat32, math.MaxFloat32), "layer fc gives +Inf"},
	}
	for _, tt := range tests {
		for _, from := range []int{0, 1} { // the epoch from which the sample is spoilt
			c, m, _ := linearConfig(t, t.TempDir(), 2)
			w := m.Tensors()[0].View.F32
			reset := c.Model.Init
			c.Model.Init = func(seed int64) {
				reset(seed)
				for i := range w {
					w[i] = 1
				}
			}
			c.Recipe.Rate = 1e-3
			step, place, epoch := 0, 0, 0 // where the sample was met first
			open := c.Set.Train.Open
			set := *c.Set
			c.Set = &set
			set.Train.Open = func(batch, first int) (Stream, error) {
				s, err := open(batch, first)
				at := first
				return tampered{s, func(b *Batch) {
					at++
					for i := range b.N {
						if e := ((at-1)*batch + i) / set.Train.Samples; b.Sample(i) == sample && e >= from {
							tt.spoil(b.Images[i*4 : (i+1)*4])
							if step == 0 {
								step, place, epoch = at, i, (at*batch-batch)/set.Train.Samples
							}
						}
					}
				}}, err
			}
			_, err := Run(context.Background(), c)
			if err == nil || step == 0 {
				t.Fatalf("%s: no error, or no sample %d", tt.want, sample)
			}
			for _, want := range []string{
				" in step " + strconv.Itoa(step) + " (epoch " + strconv.Itoa(epoch+1) + ")", tt.want,
				"for image " + strconv.Itoa(place) + " of the batch (sample " + strconv.Itoa(sample) + " of the training data)",
			} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, expected one with %q", err, want)
				}
			}
		}
	}
}

// mislabelled is rows of which one has a label that is no class.
type mislabelled struct{ rows }

func (r mislabelled) Sample(i int, m *data.Image) (int, error) {
	label, err := r.rows.Sample(i, m)
	if i == 13 {
		label = 2
	}
	return label, err
}

// A label that is no class is an error of the step, or of the split, with the
// sample and what it comes from.
func TestForeignLabel(t *testing.T) {
	names := []string{"top", "bottom"}
	for _, tt := range []struct {
		part string
		want []string
	}{
		{"train", []string{"data for step ", "sample 13: rows: label is 2, expected 0 to 1"}},
		{"val", []string{"val data after sample ", " of 20: sample 13: rows: label is 2, expected 0 to 1"}},
		{"test", []string{"test data after sample ", " of 20: sample 13: rows: label is 2, expected 0 to 1"}},
	} {
		c, _, _ := linearConfig(t, "", 2)
		parts := map[string]data.Dataset{"train": rows{23, names}, "val": rows{20, names}, "test": rows{20, names}}
		parts[tt.part] = mislabelled{parts[tt.part].(rows)}
		set, err := FromData(&data.Set{Train: parts["train"], Val: parts["val"], Test: parts["test"]}, Feed{
			Model: "Linear", Image: data.Shape{C: 1, H: 2, W: 2}, Target: data.Target{Channels: 2, Labels: true}, Seed: 42, Workers: 2, Ahead: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Set = set
		_, err = Run(context.Background(), c)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, expected one with %q", tt.part, err, want)
			}
		}
	}
}
