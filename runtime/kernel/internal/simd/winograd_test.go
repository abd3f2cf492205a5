package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// transformCase is squares whose operands end at memory that must not be
// touched.
func transformCase(t *testing.T, r *rand.Rand, l *linear, n, c int) *Transform {
	f := &Transform{N: n, C: c, XCol: c + r.IntN(3), YCol: c + r.IntN(3)}
	f.XRow, f.YRow = 6*f.XCol+r.IntN(3), 6*f.YCol+r.IntN(3)
	f.XN, f.YN = r.IntN(3*f.XRow), 6*f.YRow
	f.X = fenced(t, (n-1)*f.XN+(l.in-1)*(f.XRow+f.XCol)+c)
	f.Y = fenced(t, (n-1)*f.YN+(l.out-1)*(f.YRow+f.YCol)+c)
	if r.IntN(2) == 0 {
		f.B = fenced(t, c)
	}
	switch f.Clamp = randomClamp(r); r.IntN(3) {
	case 0:
		f.Z = f.Y
	case 1:
		f.Z = fenced(t, len(f.Y))
	}
	for _, v := range [][]float32{f.X, f.Y, f.B, f.Z} {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
	}
	return f
}

// Every level gives the same bits at every size, and touches nothing else.
func TestTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for m := range maps {
		for c := 1; c <= 37; c++ {
			f := transformCase(t, r, &maps[m], 1+r.IntN(3), c)
			before := append([]float32(nil), f.Y...)
			f.run(&maps[m])
			want := append([]float32(nil), f.Y...)
			for level := Portable; level <= Best(); level++ {
				copy(f.Y, before)
				restore, _ := Force(level)
				f.Run(Winograd(m))
				restore()
				for i, w := range want {
					if math.Float32bits(f.Y[i]) != math.Float32bits(w) {
						t.Fatalf("%v, map %d, %d channels: y[%d] = %v, want %v", level, m, c, i, f.Y[i], w)
					}
				}
			}
		}
	}
}

// line is a map of one column, in float64.
func line(m Winograd, x ...float32) []float64 {
	var in [6]float32
	copy(in[:], x)
	out := maps[m].apply(in)
	var y []float64
	for _, v := range out[:maps[m].out] {
		y = append(y, float64(v))
	}
	return y
}

// The maps compute what minimal filtering is for: correlation with a few
// taps, and its gradient by these.
func TestWinogradIdentities(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	draw := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	products := func(x, y []float64) []float32 {
		z := make([]float32, len(x))
		for i := range z {
			z[i] = float32(x[i] * y[i])
		}
		return z
	}
	for _, f := range []struct {
		outputs, width                        int
		input, output, filter, gradient, taps Winograd
	}{
		{4, 3, Input4, Output4, Filter4, Gradient4, Taps4},
		{2, 3, Input2, Output2, Filter2, Gradient2, Taps2},
		{2, 5, Input4, Output25, Filter25, Gradient25, Taps25},
	} {
		for range 20 {
			d, g, dy := draw(f.outputs+f.width-1), draw(f.width), draw(f.outputs)
			y := line(f.output, products(line(f.input, d...), line(f.filter, g...))...)
			dw := line(f.taps, products(line(f.input, d...), line(f.gradient, dy...))...)
			wantY, wantDW := make([]float64, f.outputs), make([]float64, f.width)
			for q := range f.outputs {
				for s := range f.width {
					wantY[q] += float64(d[q+s]) * float64(g[s])
					wantDW[s] += float64(d[q+s]) * float64(dy[q])
				}
			}
			for i, w := range append(wantY, wantDW...) {
				if got := append(y, dw...)[i]; math.Abs(got-w) > 1e-5 { // the terms are about 1
					t.Fatalf("F(%d, %d): element %d is %v, want %v", f.outputs, f.width, i, got, w)
				}
			}
		}
	}
}

// The assembly knows the fields of Transform by their offsets.
func TestTransformLayout(t *testing.T) {
	var f Transform
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"X", unsafe.Offsetof(f.X), 0}, {"Y", unsafe.Offsetof(f.Y), 24}, {"B", unsafe.Offsetof(f.B), 48},
		{"N", unsafe.Offsetof(f.N), 72}, {"C", unsafe.Offsetof(f.C), 80}, {"XN", unsafe.Offsetof(f.XN), 88},
		{"XRow", unsafe.Offsetof(f.XRow), 96}, {"XCol", unsafe.Offsetof(f.XCol), 104}, {"YN", unsafe.Offsetof(f.YN), 112},
		{"YRow", unsafe.Offsetof(f.YRow), 120}, {"YCol", unsafe.Offsetof(f.YCol), 128},
		{"Z", unsafe.Offsetof(f.Z), 136}, {"On", unsafe.Offsetof(f.On), 160},
		{"Lo", unsafe.Offsetof(f.Lo), 168}, {"Hi", unsafe.Offsetof(f.Hi), 172},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
