package kernel

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/rng"
)

func TestFills(t *testing.T) {
	const n = 3*elemTile + 5
	p := pool(t, 2)
	w, seed := make([]float32, n), []int64{-4}
	key := rng.New(uint64(seed[0]), 6)
	(&FillConstant{n, 0.5}).Run(p, w, seed)
	for i, v := range w {
		if v != 0.5 {
			t.Fatalf("constant element %d is %v", i, v)
		}
	}
	(&FillNormal{n, 0.25, 6}).Run(p, w, seed)
	for i, v := range w {
		if v != 0.25*key.Normal(uint64(i)) {
			t.Fatalf("normal element %d is %v", i, v)
		}
	}
	(&FillUniform{n, 0.25, 6}).Run(p, w, seed)
	least, most := 0.0, 0.0
	for i, v := range w {
		if v != 0.25*(2*key.Float32(uint64(i))-1) {
			t.Fatalf("uniform element %d is %v", i, v)
		}
		least, most = min(least, float64(v)), max(most, float64(v))
	}
	if math.Abs(least+0.25) > 1e-3 || math.Abs(most-0.25) > 1e-3 || most >= 0.25 {
		t.Errorf("uniform numbers of %v … %v, want -0.25 … 0.25", least, most)
	}
}

func BenchmarkFill(b *testing.B) {
	const n = 61706 // LeNet-5
	p := pool(b, 1)
	w, seed := make([]float32, n), []int64{1}
	b.Run("normal", func(b *testing.B) {
		for b.Loop() {
			(&FillNormal{n, 1, 1}).Run(p, w, seed)
		}
		perElement(b, n)
	})
	b.Run("uniform", func(b *testing.B) {
		for b.Loop() {
			(&FillUniform{n, 1, 1}).Run(p, w, seed)
		}
		perElement(b, n)
	})
}
