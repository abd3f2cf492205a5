package ir

import (
	"math"
	"math/rand/v2"
	"testing"
)

// formula is a size together with a function that computes it in plain integers.
type formula struct {
	dim Dim
	of  func(h int) int
}

func floor(a, n int) int {
	for r := a; ; r-- { // the nearest multiple below, found by looking
		if r%n == 0 {
			return r / n
		}
	}
}

func ceil(a, n int) int { return -floor(-a, n) }

// TestDimAgainstIntegers builds random chains of operations and compares them,
// at every size of an image, with the same operations on integers.
func TestDimAgainstIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		f := formula{Symbol("H"), func(h int) int { return h }}
		text := "H"
		for range 1 + r.IntN(6) {
			g, n := f, 1+r.IntN(5)
			switch r.IntN(4) {
			case 0:
				m := r.IntN(11) - 5
				f = formula{g.dim.Add(m), func(h int) int { return g.of(h) + m }}
			case 1:
				f = formula{g.dim.FloorDiv(n), func(h int) int { return floor(g.of(h), n) }}
			case 2:
				f = formula{g.dim.CeilDiv(n), func(h int) int { return ceil(g.of(h), n) }}
			case 3:
				f = formula{g.dim.Times(n), func(h int) int { return g.of(h) * n }}
			}
			text += " → " + f.dim.String()
		}
		for h := range 40 {
			got, known := f.dim.At(map[string]int{"H": h}).Known()
			if !known || got != f.of(h) {
				t.Fatalf("%s at H=%d is %d (known %v), want %d", text, h, got, known, f.of(h))
			}
		}
	}
}

func TestDimOfNumbers(t *testing.T) {
	for a := -9; a <= 9; a++ {
		for n := 1; n <= 5; n++ {
			if got := Int(a).FloorDiv(n); got != Int(floor(a, n)) {
				t.Errorf("⌊%d/%d⌋ = %v, want %d", a, n, got, floor(a, n))
			}
			if got := Int(a).CeilDiv(n); got != Int(ceil(a, n)) {
				t.Errorf("⌈%d/%d⌉ = %v, want %d", a, n, got, ceil(a, n))
			}
		}
	}
}

func TestDimText(t *testing.T) {
	h := Symbol("H")
	for want, d := range map[string]Dim{
		"H":           h,
		"(H+3)":       h.Add(2).Add(1),
		"(H-2)":       h.Add(-2),
		"⌊H/2⌋":       h.FloorDiv(2),
		"⌈H/2⌉":       h.Add(-1).FloorDiv(2).Add(1),
		"⌈H/32⌉":      h.CeilDiv(2).CeilDiv(16),
		"⌊(H-2)/2⌋":   h.Add(-2).FloorDiv(2),
		"⌊(H-6)/4⌋":   h.Add(-2).FloorDiv(2).Add(-2).FloorDiv(2),
		"2·⌊H/2⌋":     h.FloorDiv(2).Times(2),
		"(⌊H/2⌋+W)":   h.FloorDiv(2).Plus(Symbol("W")),
		"7":           Int(3).Plus(Int(4)),
		"0":           h.Times(0),
		"(2·H-1)":     h.Times(2).Add(-1),
		"⌊(2·H-1)/3⌋": h.Times(2).Add(-1).FloorDiv(3),
	} {
		if got := d.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Windows that come to the same sizes are equal though they were reached in
// different ways; others are not.
func TestDimEqual(t *testing.T) {
	h := Symbol("H")
	if a, b := h.Add(-2).Add(-2).FloorDiv(4), h.Add(-4).FloorDiv(2).FloorDiv(2); !a.Equal(b) {
		t.Errorf("%v and %v are the same size", a, b)
	}
	if a, b := h.FloorDiv(2), h.CeilDiv(2); a.Equal(b) {
		t.Errorf("%v and %v differ at odd sizes", a, b)
	}
	if h.Equal(Symbol("W")) || h.Equal(Int(3)) || !Int(3).Equal(Int(3)) {
		t.Error("equality of symbols and numbers")
	}
}

func TestDimAtKeepsUnknown(t *testing.T) {
	d := Symbol("H").Plus(Symbol("W")).At(map[string]int{"H": 4})
	if got := d.String(); got != "(W+4)" {
		t.Errorf("%s, want (W+4)", got)
	}
}

// TestFarDims checks that sizes that leave int are out of bounds, not others.
func TestFarDims(t *testing.T) {
	h := Symbol("H")
	long := h
	for range maxDeep + 1 {
		long = long.Times(2).Add(-1)
	}
	for name, d := range map[string]Dim{
		"sum":      Int(math.MaxInt).Add(1),
		"both":     Int(math.MinInt).Add(-1),
		"product":  Int(1 << 40).Times(1 << 40),
		"negative": Int(-1 << 40).Times(1 << 40),
		"turned":   h.FloorDiv(1 << 16).Add(-(1<<48 - 1<<24 + 1)),
		"quotient": h.FloorDiv(1 << 40).FloorDiv(1 << 24),
		"added":    h.Add(math.MaxInt).Add(1),
		"deep":     long,
	} {
		if got := (Shape{Int(1), d, Int(1)}).Excess(); got == "" {
			t.Errorf("%s: %v is taken for a size", name, d)
		}
	}
	if got := times(-3, 5); got != -15 {
		t.Errorf("-3·5 = %d", got)
	}
}
