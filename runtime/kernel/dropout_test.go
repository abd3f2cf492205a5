package kernel

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/rng"
)

func TestDropout(t *testing.T) {
	const n, rate = 100000, 0.3
	p := pool(t, 2)
	x := make([]float32, n)
	for i := range x {
		x[i] = 2
	}
	k := Dropout{N: 10, Len: n / 10, Rate: rate, Stream: 5}
	mask := func(seed, step int64, stream uint64) []float32 {
		y := make([]float32, n)
		k := k
		k.Stream = stream
		k.Run(p, y, x, []int64{seed}, []int64{step})
		return y
	}
	y := mask(1, 0, 5)
	kept := 0
	for i, v := range y {
		if v != 0 {
			kept++
			if math.Abs(float64(v)-2/(1-rate)) > 1e-6 {
				t.Fatalf("element %d kept as %v, want %v", i, v, 2/(1-rate))
			}
		}
	}
	if share := float64(kept) / n; math.Abs(share-(1-rate)) > 5*math.Sqrt(rate*(1-rate)/n) {
		t.Errorf("%v of the elements kept, want %v", share, 1-rate)
	}
	for _, other := range [][]float32{mask(2, 0, 5), mask(1, 1, 5), mask(1, 0, 6)} {
		equal := 0
		for i := range y {
			if (y[i] == 0) == (other[i] == 0) {
				equal++
			}
		}
		want := rate*rate + (1-rate)*(1-rate)
		if share := float64(equal) / n; math.Abs(share-want) > 5*math.Sqrt(0.25/n) {
			t.Errorf("masks agree at %v of the elements, want %v", share, want)
		}
	}
	dx := make([]float32, n)
	(*DropoutBackward)(&k).Run(p, dx, x, []int64{1}, []int64{0})
	for i := range dx {
		if dx[i] != y[i] {
			t.Fatalf("gradient's mask differs at %d", i)
		}
	}
}

// The mask compares the rate with the words of the step's key, element by
// element, whatever the length.
func TestDropoutMask(t *testing.T) {
	p := pool(t, 1)
	for _, n := range []int{1, 2, 3, 4, 5, 7, elemTile + 3} {
		key := rng.New(11, 5).Fold(13)
		x, y := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = 1
		}
		(&Dropout{1, n, 0.25, 5}).Run(p, y, x, []int64{11}, []int64{13})
		for i := range y {
			if kept := key.Uint32(uint64(i)) >= 1<<30; kept != (y[i] != 0) {
				t.Fatalf("%d elements: element %d is %v, kept should be %v", n, i, y[i], kept)
			}
		}
	}
}

func TestDropoutLimits(t *testing.T) {
	p := pool(t, 1)
	inf := float32(math.Inf(1))
	for _, tt := range []struct{ rate, x, want float32 }{{0, 3, 3}, {1, 3, 0}, {1, inf, 0}, {0, inf, inf}} {
		y := make([]float32, 9)
		x := []float32{tt.x, tt.x, tt.x, tt.x, tt.x, tt.x, tt.x, tt.x, tt.x}
		(&Dropout{1, 9, tt.rate, 0}).Run(p, y, x, []int64{0}, []int64{0})
		for i, v := range y {
			if v != tt.want {
				t.Fatalf("rate %v of %v: element %d is %v, want %v", tt.rate, tt.x, i, v, tt.want)
			}
		}
	}
	for _, rate := range []float32{-0.1, 1.1, float32(math.NaN())} {
		if !panics(func() { (&Dropout{1, 1, rate, 0}).Run(p, []float32{0}, []float32{0}, []int64{0}, []int64{0}) }) {
			t.Errorf("rate %v is accepted", rate)
		}
	}
}

func BenchmarkDropout(b *testing.B) {
	const n = 64 * 120
	p := pool(b, 1)
	x := random(n, 1)
	for b.Loop() {
		(&Dropout{64, 120, 0.5, 1}).Run(p, x, x, []int64{1}, []int64{1})
	}
	perElement(b, n)
}
