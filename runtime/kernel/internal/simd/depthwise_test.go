package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// depthwiseCase is sums whose operands end at memory that must not be touched.
func depthwiseCase(t *testing.T, r *rand.Rand, n, c int) *Depthwise {
	d := &Depthwise{N: n, C: c, R: r.IntN(4), S: r.IntN(4), Clamp: randomClamp(r), YN: c + r.IntN(3)}
	d.XN, d.XS = r.IntN(2*c), c+r.IntN(5)
	d.XR = r.IntN(5 * c)
	d.WS = c + r.IntN(3)
	d.WR = d.S * d.WS
	r1, s1 := max(0, d.R-1), max(0, d.S-1)
	d.X = fenced(t, (n-1)*d.XN+r1*d.XR+s1*d.XS+c)
	d.W = fenced(t, r1*d.WR+s1*d.WS+c)
	d.Y = fenced(t, (n-1)*d.YN+c)
	if r.IntN(2) == 0 {
		d.B = fenced(t, c)
	}
	switch r.IntN(3) {
	case 0:
		d.Z = d.Y
	case 1:
		d.Z = fenced(t, len(d.Y))
	}
	for _, v := range [][]float32{d.X, d.W, d.Y, d.B, d.Z} {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
	}
	return d
}

// want is what the sums are, written from their definition.
func (d *Depthwise) want() []float32 {
	y := append([]float32(nil), d.Y...)
	for i := range d.N * d.C {
		n, c := i/d.C, i%d.C
		var sum float32
		for rs := range d.R * d.S {
			r, s := rs/d.S, rs%d.S
			sum = fma(d.X[n*d.XN+r*d.XR+s*d.XS+c], d.W[r*d.WR+s*d.WS+c], sum)
		}
		if d.B != nil {
			sum += d.B[c]
		}
		if d.Z != nil {
			sum += d.Z[n*d.YN+c]
		}
		y[n*d.YN+c] = clamped(&d.Clamp, sum)
	}
	return y
}

// Every level gives the bits of the definition at every size, and touches
// nothing else.
func TestDepthwise(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := 1; n <= 9; n++ {
		for c := 1; c <= 41; c++ {
			d := depthwiseCase(t, r, n, c)
			before, want := append([]float32(nil), d.Y...), d.want()
			for level := Portable; level <= Best(); level++ {
				copy(d.Y, before)
				restore, _ := Force(level)
				d.Run()
				restore()
				for i, w := range want {
					if math.Float32bits(d.Y[i]) != math.Float32bits(w) {
						t.Fatalf("%v, %d×%d: y[%d] = %v, want %v", level, n, c, i, d.Y[i], w)
					}
				}
			}
		}
	}
}

// The assembly knows the fields of Depthwise by their offsets.
func TestDepthwiseLayout(t *testing.T) {
	var d Depthwise
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"X", unsafe.Offsetof(d.X), 0}, {"W", unsafe.Offsetof(d.W), 24}, {"Y", unsafe.Offsetof(d.Y), 48},
		{"B", unsafe.Offsetof(d.B), 72}, {"N", unsafe.Offsetof(d.N), 96}, {"C", unsafe.Offsetof(d.C), 104},
		{"R", unsafe.Offsetof(d.R), 112}, {"S", unsafe.Offsetof(d.S), 120}, {"XN", unsafe.Offsetof(d.XN), 128},
		{"XR", unsafe.Offsetof(d.XR), 136}, {"XS", unsafe.Offsetof(d.XS), 144}, {"WR", unsafe.Offsetof(d.WR), 152},
		{"WS", unsafe.Offsetof(d.WS), 160}, {"YN", unsafe.Offsetof(d.YN), 168}, {"Z", unsafe.Offsetof(d.Z), 176},
		{"On", unsafe.Offsetof(d.On), 200}, {"Lo", unsafe.Offsetof(d.Lo), 208},
		{"Hi", unsafe.Offsetof(d.Hi), 212},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
