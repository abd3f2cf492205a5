package simd

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Every level gives the bits of the definition at every size, and touches
// nothing else.
func TestGemv(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for n := 1; n <= 6*Cols; n++ {
		panels := (n + Cols - 1) / Cols
		c := &Gemv{N: n, T: 1 + r.IntN(20), Clamp: randomClamp(r)}
		c.WP = c.T*Cols + r.IntN(5)
		c.X, c.W, c.Y = fenced(t, c.T), fenced(t, (panels-1)*c.WP+c.T*Cols), fenced(t, n)
		if r.IntN(2) == 0 {
			c.B = fenced(t, n)
		}
		switch r.IntN(3) {
		case 0:
			c.Z = c.Y
		case 1:
			c.Z = fenced(t, n)
		}
		for _, v := range [][]float32{c.X, c.W, c.Y, c.B, c.Z} {
			for i := range v {
				v[i] = float32(r.NormFloat64())
			}
		}
		want := make([]float32, n)
		for j := range want {
			for i, x := range c.X {
				want[j] = fma(x, c.W[j/Cols*c.WP+i*Cols+j%Cols], want[j])
			}
			if c.B != nil {
				want[j] += c.B[j]
			}
			if c.Z != nil {
				want[j] += c.Z[j]
			}
			want[j] = clamped(&c.Clamp, want[j])
		}
		eachLevel(t, c.Y, want, c.Run)
	}
}

func TestGemvLayout(t *testing.T) {
	var c Gemv
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"X", unsafe.Offsetof(c.X), 0}, {"W", unsafe.Offsetof(c.W), 24}, {"Y", unsafe.Offsetof(c.Y), 48}, {"B", unsafe.Offsetof(c.B), 72},
		{"Z", unsafe.Offsetof(c.Z), 96}, {"T", unsafe.Offsetof(c.T), 120}, {"WP", unsafe.Offsetof(c.WP), 128}, {"N", unsafe.Offsetof(c.N), 136},
		{"On", unsafe.Offsetof(c.On), 144}, {"Lo", unsafe.Offsetof(c.Lo), 152}, {"Hi", unsafe.Offsetof(c.Hi), 156},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
