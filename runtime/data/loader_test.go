package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"
)

// numbered is a dataset whose image i is filled with i.
type numbered struct {
	n     int
	shape Shape
	wrong int // the sample that cannot be had; -1 for none
	label func(i int) int
	hold  chan struct{} // if set, samples wait until it is closed
}

var errDamaged = errors.New("photos/7.jpg: damaged")

func (d *numbered) Info() Info {
	return Info{Name: "numbered", Shape: d.shape, Classes: digits}
}
func (d *numbered) Len() int { return d.n }
func (d *numbered) Sample(i int, m *Image) (int, error) {
	if d.hold != nil {
		<-d.hold
	}
	if i == d.wrong {
		return 0, errDamaged
	}
	m.Reset(d.shape)
	for j := range m.Pix {
		m.Pix[j] = byte(i)
	}
	if d.label != nil {
		return d.label(i), nil
	}
	return i % 10, nil
}

func numbers(n int) *numbered { return &numbered{n: n, shape: Shape{1, 1, 1}, wrong: -1} }

func start(t *testing.T, set Dataset, cfg Config) *Loader {
	t.Helper()
	l, err := NewLoader(set, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

// drain reads batches to the end, at most limit, as text.
func drain(t *testing.T, l *Loader, limit int) []string {
	t.Helper()
	var all []string
	for len(all) < limit {
		b, err := l.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(b.Step, b.Epoch, b.N, b.Images, b.Labels))
		l.Release(b)
	}
	return all
}

func TestEvaluation(t *testing.T) {
	cfg := Config{Batch: 2, Workers: 2, Ahead: 1, Transforms: []Transform{&Normalize{Mean: []float64{0}, Std: []float64{1.0 / 255}}}}
	want := []string{"0 0 2 [0 1] [0 1]", "1 0 2 [2 3] [2 3]", "2 0 1 [4 0] [4 0]"}
	if got := drain(t, start(t, numbers(5), cfg), 10); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	cfg.Steps, cfg.FirstStep = 1, 1
	if got := drain(t, start(t, numbers(5), cfg), 10); !slices.Equal(got, want[1:2]) {
		t.Errorf("%q, want %q", got, want[1:2])
	}
}

// Epochs follow each other without a gap: five samples in batches of two.
func TestTrainingStream(t *testing.T) {
	cfg := Config{Batch: 2, Workers: 1, Ahead: 1, Train: true, Steps: 5, Transforms: []Transform{&Normalize{Mean: []float64{0}, Std: []float64{1.0 / 255}}}}
	want := []string{"0 0 2 [0 1] [0 1]", "1 0 2 [2 3] [2 3]", "2 0 2 [4 0] [4 0]", "3 1 2 [1 2] [1 2]", "4 1 2 [3 4] [3 4]"}
	if got := drain(t, start(t, numbers(5), cfg), 10); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// A batch may be larger than the dataset.
	cfg.Batch, cfg.Steps = 7, 1
	want = []string{"0 0 7 [0 1 2 0 1 2 0] [0 1 2 0 1 2 0]"}
	if got := drain(t, start(t, numbers(3), cfg), 10); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestShuffle(t *testing.T) {
	cfg := Config{Batch: 10, Workers: 1, Ahead: 1, Train: true, Shuffle: true, Seed: 3}
	l := start(t, numbers(10), cfg)
	seen := map[string]bool{}
	for range 4 {
		b, err := l.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		seen[fmt.Sprint(b.Labels)] = true
		if sorted := slices.Sorted(slices.Values(b.Labels)); !slices.Equal(sorted, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
			t.Errorf("epoch %d lost or doubled samples: %v", b.Epoch, b.Labels)
		}
		l.Release(b)
	}
	if len(seen) != 4 {
		t.Errorf("%d different orders of 4", len(seen))
	}
}

// augmented is a training stream in which everything random is at work.
func augmented(workers, first int) Config {
	return Config{
		Batch: 7, Seed: 11, Workers: workers, Ahead: 3, FirstStep: first, Steps: 40 - first, Train: true, Shuffle: true,
		Transforms: []Transform{&Shift{2}, &Rotate{15}, &Zoom{Range{0.9, 1.1}}, &Crop{At: "random", Size: [2]int{8, 8}, Pad: 1}, &Flip{"horizontal"}},
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	set := &numbered{n: 100, shape: Shape{1, 9, 9}, wrong: -1}
	want := drain(t, start(t, set, augmented(1, 0)), 100)
	if len(want) != 40 {
		t.Fatalf("%d batches, want 40", len(want))
	}
	for _, workers := range []int{2, 5} {
		if got := drain(t, start(t, set, augmented(workers, 0)), 100); !slices.Equal(got, want) {
			t.Errorf("%d workers: other batches than with one", workers)
		}
	}
	// Nor does it matter where a run begins.
	for _, first := range []int{1, 14, 15, 39} {
		if got := drain(t, start(t, set, augmented(2, first)), 100); !slices.Equal(got, want[first:]) {
			t.Errorf("from step %d: other batches than in a run from the start", first)
		}
	}
	// Epochs and seeds do differ.
	other := augmented(1, 0)
	other.Seed++
	if got := drain(t, start(t, set, other), 1); got[0] == want[0] {
		t.Error("two seeds, one batch")
	}
}

// Each sample of each epoch has random numbers of its own: where the image is
// moved to differs, though the images do not.
func TestRandomnessPerSampleAndEpoch(t *testing.T) {
	const n = 16
	l := start(t, &numbered{n: n, shape: Shape{1, 64, 64}, wrong: -1}, Config{
		Batch: n, Workers: 1, Ahead: 1, Train: true, Transforms: []Transform{&Shift{30}},
	})
	places := map[string]bool{}
	for range 2 {
		b, err := l.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i < n; i++ { // image 0 is black
			filled := make([]bool, 64*64)
			for j, v := range b.Images[i*64*64 : (i+1)*64*64] {
				filled[j] = v != 0
			}
			places[fmt.Sprint(filled)] = true
		}
		l.Release(b)
	}
	if len(places) < 2*(n-1)-2 {
		t.Errorf("%d different places of %d", len(places), 2*(n-1))
	}
}

func TestSampleErrors(t *testing.T) {
	tests := []struct {
		name string
		set  *numbered
		want []string
	}{
		{"damaged", &numbered{n: 9, shape: Shape{1, 1, 1}, wrong: 7}, []string{"sample 7: photos/7.jpg: damaged"}},
		{"label", &numbered{n: 9, shape: Shape{1, 1, 1}, wrong: -1, label: func(i int) int { return i * 2 }}, []string{"sample 5: numbered: label is 10, expected 0 to 9"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := start(t, tt.set, Config{Batch: 2, Workers: 3, Ahead: 2})
			delivered := 0
			for {
				b, err := l.Next(context.Background())
				if err != nil {
					wantError(t, err, tt.want...)
					if _, again := l.Next(context.Background()); again != err {
						t.Errorf("then %v, want the same error", again)
					}
					break
				}
				delivered++
				l.Release(b)
			}
			var bad int
			fmt.Sscanf(tt.want[0], "sample %d", &bad)
			if delivered != bad/2 {
				t.Errorf("%d batches before the error, want the %d before that of sample %d", delivered, bad/2, bad)
			}
		})
	}
}

func TestNextEndsWithContext(t *testing.T) {
	set := numbers(4)
	set.hold = make(chan struct{})
	l := start(t, set, Config{Batch: 2, Workers: 1, Ahead: 1})
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("interrupted")
	cancel(reason)
	if _, err := l.Next(ctx); err != reason {
		t.Errorf("%v, want %v", err, reason)
	}
	close(set.hold)
}

func TestCloseEndsAllGoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 5 {
		l, err := NewLoader(numbers(100), Config{Batch: 2, Workers: 5, Ahead: 2, Train: true})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
		l.Close()
		l.Close()
		if _, err := l.Next(context.Background()); err != nil && err != errClosed {
			t.Errorf("after Close: %v", err)
		}
	}
	// A goroutine that has said it is done may still be on its way out.
	after := runtime.NumGoroutine()
	for range 1_000_000 {
		if after <= before {
			return
		}
		runtime.Gosched()
		after = runtime.NumGoroutine()
	}
	t.Errorf("%d goroutines, %d before", after, before)
}

func TestBatchesAreBounded(t *testing.T) {
	l := start(t, numbers(10), Config{Batch: 1, Workers: 2, Ahead: 2})
	var last *Batch
	for range 3 {
		b, err := l.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		last = b
	}
	_, err := l.Next(context.Background())
	wantError(t, err, "no batch free: 3 are in use and none was released")
	l.Release(last)
	if b, err := l.Next(context.Background()); err != nil || b.Step != 3 {
		t.Errorf("after a release: %v, %v", b, err)
	}
	if l.Waited() <= 0 {
		t.Errorf("waited %v", l.Waited())
	}
}

func TestReleaseTwicePanics(t *testing.T) {
	l := start(t, numbers(10), Config{Batch: 1, Workers: 1, Ahead: 1})
	b, err := l.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	l.Release(b)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	l.Release(b)
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	set := &numbered{n: 1 << 20, shape: Shape{1, 9, 9}, wrong: -1}
	cfg := augmented(1, 0)
	cfg.Steps, cfg.Shuffle = 0, false
	l := start(t, set, cfg)
	ctx := context.Background()
	step := func() {
		b, err := l.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		l.Release(b)
	}
	for range 20 {
		step()
	}
	if n := testing.AllocsPerRun(100, step); n > 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func TestNewLoaderRefuses(t *testing.T) {
	good := Config{Batch: 2, Workers: 1, Ahead: 1}
	tests := []struct {
		change func(c *Config)
		shape  Shape
		want   string
	}{
		{func(c *Config) { c.Batch = 0 }, Shape{1, 2, 2}, "numbered: batch size is 0, expected at least 1"},
		{func(c *Config) { c.Workers = 0 }, Shape{1, 2, 2}, "number of workers is 0"},
		{func(c *Config) { c.Ahead = 0 }, Shape{1, 2, 2}, "number of batches ahead is 0"},
		{func(c *Config) { c.FirstStep = -1 }, Shape{1, 2, 2}, "first step is -1"},
		{func(c *Config) { c.Shape = Shape{1, 4, 4} }, Shape{1, 2, 2}, "images are 1x2x2, the model takes 1x4x4: add crop(center, 4x4, pad=1)"},
		{func(c *Config) {}, Shape{C: 3}, "images are 3xHxW, a batch needs one size: add crop(random, HxW)"},
		{func(c *Config) { c.Transforms = []Transform{&Shift{2}} }, Shape{1, 2, 2}, "numbered: shift: by 2 pixels"},
	}
	for _, tt := range tests {
		cfg := good
		tt.change(&cfg)
		_, err := NewLoader(&numbered{n: 4, shape: tt.shape, wrong: -1}, cfg)
		wantError(t, err, tt.want)
	}
}

func TestCheck(t *testing.T) {
	set := &numbered{n: 4, shape: Shape{1, 28, 28}, wrong: -1}
	tests := []struct {
		ts      []Transform
		takes   Shape
		classes int
		want    string
	}{
		{nil, Shape{1, 28, 28}, 10, ""},
		{nil, Shape{1, 28, 28}, 1000, "has 10 classes, model LeNet5 tells 1000 apart: set its number of classes to 10"},
		{[]Transform{&Crop{At: "center", Size: [2]int{32, 32}, Pad: 2}}, Shape{1, 32, 32}, 10, ""},
		{nil, Shape{3, 32, 32}, 10, "numbered: images are 1x28x28, model LeNet5 takes 3x32x32: give the model an input of 1x28x28"},
		{nil, Shape{1, 32, 32}, 10, "takes 1x32x32: add crop(center, 32x32, pad=2), or give the model an input of 1x28x28"},
		{nil, Shape{1, 24, 24}, 10, "add crop(center, 24x24), or"},
		{nil, Shape{1, 28, 28}, 5, "has 10 classes, model LeNet5 tells 5 apart: set its number of classes to 10"},
		{[]Transform{&Shift{99}}, Shape{1, 28, 28}, 10, "shift: by 99"},
	}
	for _, tt := range tests {
		err := Check(set, tt.ts, "LeNet5", tt.takes, Target{Channels: tt.classes, Labels: true})
		if tt.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		wantError(t, err, tt.want)
	}
}

// BenchmarkLoader measures samples of MNIST's size with the usual augmentation,
// on one worker.
func BenchmarkLoader(b *testing.B) {
	l, err := NewLoader(&numbered{n: 60000, shape: Shape{1, 28, 28}, wrong: -1}, Config{
		Batch: 64, Workers: 1, Ahead: 4, Train: true, Shuffle: true,
		Transforms: []Transform{&Shift{2}, &Rotate{10}, &Normalize{Of: "mnist"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	b.ReportAllocs()
	began := time.Now()
	for b.Loop() {
		batch, err := l.Next(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		l.Release(batch)
	}
	b.ReportMetric(float64(b.N*64)/time.Since(began).Seconds(), "samples/s")
}
