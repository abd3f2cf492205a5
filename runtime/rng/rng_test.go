package rng

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var _ rand.Source = (*Source)(nil)

// The vectors that the authors of Philox publish with Random123.
func TestPhiloxKnownAnswers(t *testing.T) {
	tests := []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{
			[4]uint32{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
			[2]uint32{0xffffffff, 0xffffffff},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
		},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	}
	for _, tt := range tests {
		if got := words(philox(tt.counter[0], tt.counter[1], tt.counter[2], tt.counter[3], tt.key[0], tt.key[1])); got != tt.want {
			t.Errorf("philox(%x, %x) = %x, want %x", tt.counter, tt.key, got, tt.want)
		}
	}
}

// The place of seed, stream and index in counter and key is part of what a
// checkpoint relies on, so it is pinned.
func TestKeyLayout(t *testing.T) {
	k := New(0x299f31d0a4093822, 0x0370734413198a2e)
	want := words(philox(0x243f6a88, 0x05a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0))
	if got := words(k.Block(0x05a308d3243f6a88)); got != want {
		t.Errorf("Block = %x, want %x", got, want)
	}
	if got, want := Stream("conv1.weight"), uint64(0x69a29a2cee47d254); got != want {
		t.Errorf("Stream = %#x, want %#x", got, want)
	}
}

func TestWordsAgree(t *testing.T) {
	k := New(7, 9)
	for i := range uint64(16) {
		if got, want := k.Uint32(i), words(k.Block(i / 4))[i%4]; got != want {
			t.Errorf("Uint32(%d) = %x, want %x", i, got, want)
		}
		if got, want := k.Uint64(i), uint64(k.Uint32(2*i+1))<<32|uint64(k.Uint32(2*i)); got != want {
			t.Errorf("Uint64(%d) = %x, want %x", i, got, want)
		}
	}
}

func TestFoldSeparates(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(4) {
		for stream := range uint64(4) {
			k := New(seed, stream)
			for n := range uint64(64) {
				seen[k.Fold(n).Uint64(0)] = true
				seen[k.Fold(n).Fold(1).Uint64(0)] = true
				seen[k.Uint64(n)] = true
				seen[k.Fold(n).seed] = true
			}
		}
	}
	if want := 4 * 4 * 64 * 4; len(seen) != want {
		t.Errorf("%d different numbers, want %d", len(seen), want)
	}
}

func TestFloat32(t *testing.T) {
	if got := Unit(math.MaxUint32); got >= 1 || got < 0.9999999 {
		t.Errorf("unit of all ones = %v, want the number below 1", got)
	}
	k := New(1, 2)
	const n = 1 << 16
	var sum, square, lag float64
	prev := 0.0
	for i := range uint64(n) {
		x := float64(k.Float32(i)) - 0.5
		sum += x
		square += x * x
		lag += x * prev
		prev = x
	}
	within(t, "mean", sum/n, 0, 5*math.Sqrt(1.0/12/n))
	within(t, "variance", square/n, 1.0/12, 5*math.Sqrt(1.0/180/n))
	within(t, "lag-1 covariance", lag/n, 0, 5.0/12/math.Sqrt(n))
}

// Each bit of the words is set half of the time.
func TestBitsAreFair(t *testing.T) {
	k := New(3, 4)
	const n = 1 << 14
	var count [64]int
	for i := range uint64(n) {
		x := k.Uint64(i)
		for b := range count {
			count[b] += int(x >> b & 1)
		}
	}
	for b, c := range count {
		within(t, fmt.Sprint("bit ", b), float64(c)/n, 0.5, 5*0.5/math.Sqrt(n))
	}
}

func TestNormalMoments(t *testing.T) {
	k := New(5, 6)
	const n = 1 << 16
	var m [5]float64
	inside := 0
	for i := range uint64(n) {
		x := float64(k.Normal(i))
		if math.Abs(x) < 1 {
			inside++
		}
		p := 1.0
		for j := range m {
			m[j] += p / n
			p *= x
		}
	}
	within(t, "mean", m[1], 0, 5/math.Sqrt(n))
	within(t, "variance", m[2], 1, 5*math.Sqrt(2.0/n))
	within(t, "third moment", m[3], 0, 5*math.Sqrt(15.0/n))
	within(t, "fourth moment", m[4], 3, 5*math.Sqrt(96.0/n))
	within(t, "share within one sigma", float64(inside)/n, math.Erf(math.Sqrt2/2), 5*0.47/math.Sqrt(n))
}

func TestNormalFunctions(t *testing.T) {
	for _, u := range []float64{0x1p-32, 0x1p-31, 1e-5, 0.25, 0.4, 0.5, math.Sqrt2 / 2, 0.71, 0.9, 0.999999, 1} {
		within(t, "ln", ln(u), math.Log(u), 1e-14*(1+math.Abs(math.Log(u))))
	}
	for i := range 1000 {
		v := float64(i) / 1000
		cos, sin := turn(v)
		within(t, "cos", cos, math.Cos(2*math.Pi*v), 1e-10)
		within(t, "sin", sin, math.Sin(2*math.Pi*v), 1e-10)
	}
}

// Filling a slice gives the numbers that drawing one by one gives.
func TestFillsAgree(t *testing.T) {
	k := New(8, 9)
	for from := range uint64(5) {
		for n := range 11 {
			uniform, normal := make([]float32, n), make([]float32, n)
			k.Float32s(uniform, from)
			k.Normals(normal, from)
			for j := range n {
				if i := from + uint64(j); uniform[j] != k.Float32(i) || normal[j] != k.Normal(i) {
					t.Errorf("element %d from %d: %v and %v, want %v and %v", j, from, uniform[j], normal[j], k.Float32(i), k.Normal(i))
				}
			}
		}
	}
}

// With n at three quarters of the range, a quarter of the draws must be
// rejected: taking them would favour every third number.
func TestBelowHasNoBias(t *testing.T) {
	const n, trials = 3 << 62, 12000
	s := New(12, 13).Source()
	var count [3]int
	for range trials {
		count[s.below(n)%3]++
	}
	for _, c := range count {
		within(t, "share of a remainder", float64(c)/trials, 1.0/3, 5*math.Sqrt(2.0/9/trials))
	}
}

// The two numbers of a pair are independent of each other.
func TestNormalPairs(t *testing.T) {
	k := New(10, 11)
	const n = 1 << 15
	product, squares := 0.0, 0.0
	for i := range uint64(n) {
		x, y := float64(k.Normal(2*i)), float64(k.Normal(2*i+1))
		product += x * y
		squares += (x*x - 1) * (y*y - 1)
	}
	within(t, "covariance", product/n, 0, 5/math.Sqrt(n))
	within(t, "covariance of squares", squares/n, 0, 5*2/math.Sqrt(n))
}

func TestSource(t *testing.T) {
	a, b := sampleSource(1, 2, 3), sampleSource(1, 2, 3)
	for range 10 {
		if x, y := a.Uint64(), b.Uint64(); x != y {
			t.Fatalf("equal names, different numbers %x and %x", x, y)
		}
	}
	first := map[uint64]bool{}
	for _, s := range []*Source{sampleSource(1, 2, 3), sampleSource(2, 2, 3), sampleSource(1, 3, 3), sampleSource(1, 2, 4), sampleSource(1, 3, 2)} {
		first[s.Uint64()] = true
	}
	if len(first) != 5 {
		t.Errorf("%d different first numbers of 5 sources", len(first))
	}
}

func TestPermutation(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 100} {
		p := Permutation(New(1, 1), n)
		sorted := slices.Sorted(slices.Values(p))
		for i, v := range sorted {
			if v != i {
				t.Fatalf("n=%d: %v is not a permutation", n, p)
			}
		}
		if len(p) != n {
			t.Fatalf("n=%d: %d elements", n, len(p))
		}
	}
	// Every order of three is equally likely.
	const trials = 12000
	count := map[[3]int]int{}
	for s := range uint64(trials) {
		p := Permutation(New(9, s), 3)
		count[[3]int(p)]++
	}
	for _, c := range count {
		within(t, "share of an order", float64(c)/trials, 1.0/6, 5*math.Sqrt(5.0/36/trials))
	}
	if len(count) != 6 {
		t.Errorf("%d orders of 3 elements, want 6", len(count))
	}
}

func words(w0, w1, w2, w3 uint32) [4]uint32 { return [4]uint32{w0, w1, w2, w3} }

func within(t *testing.T, what string, got, want, bound float64) {
	t.Helper()
	if !(math.Abs(got-want) <= bound) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, bound)
	}
}

func BenchmarkBlock(b *testing.B) {
	k := New(1, 2)
	var x uint32
	for i := range b.N {
		w0, w1, w2, w3 := k.Block(uint64(i))
		x ^= w0 ^ w1 ^ w2 ^ w3
	}
	sink = x
}

func BenchmarkNormals(b *testing.B) {
	k, dst := New(1, 2), make([]float32, 1024)
	for i := range b.N {
		k.Normals(dst, uint64(i)*1024)
	}
}

var sink uint32

// sampleSource is the numbers of one sample in one epoch, as the loader draws them.
func sampleSource(seed, epoch, sample uint64) *Source {
	return New(seed, 0).Fold(epoch).Fold(sample).Source()
}
