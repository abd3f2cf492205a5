package data

import (
	"bytes"
	"context"
	"testing"
)

func openTest(t *testing.T, spec string, o Options) *Set {
	t.Helper()
	set, err := Open(context.Background(), spec, o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestGlyphs(t *testing.T) {
	set := openTest(t, "glyphs", Options{Seed: 1})
	other := openTest(t, "glyphs", Options{Seed: 2})
	if set.Train.Len() != 20000 || set.Val.Len() != 2000 || set.Test.Len() != 4000 {
		t.Errorf("%d, %d, %d samples", set.Train.Len(), set.Val.Len(), set.Test.Len())
	}
	var a, b Image
	var count [10]int
	seen := map[string]bool{}
	for _, part := range []Dataset{set.Train, set.Val, set.Test, other.Train} {
		for i := range 300 {
			label, err := part.Sample(i, &a)
			again, _ := part.Sample(i, &b)
			if err != nil || label != again || !bytes.Equal(a.Pix, b.Pix) {
				t.Fatalf("sample %d differs when drawn again: %v", i, err)
			}
			count[label]++
			seen[string(a.Pix)] = true
			if ink := inked(a.Pix); ink < 20 || ink > 400 {
				t.Errorf("sample %d has %d bright pixels, expected 20 to 400", i, ink)
			}
		}
	}
	if len(seen) != 1200 {
		t.Errorf("%d different images of 1200", len(seen))
	}
	for d, n := range count {
		if n < 70 || n > 170 {
			t.Errorf("digit %d: %d of 1200 samples, expected about 120", d, n)
		}
	}
}

func inked(pix []byte) (n int) {
	for _, p := range pix {
		if p > 64 {
			n++
		}
	}
	return n
}

func BenchmarkGlyphs(b *testing.B) {
	set, err := Open(context.Background(), "glyphs", Options{})
	if err != nil {
		b.Fatal(err)
	}
	var m Image
	for i := range b.N {
		set.Train.Sample(i%set.Train.Len(), &m)
	}
}
