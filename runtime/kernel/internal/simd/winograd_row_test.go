package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// randomize fills slices with normal numbers.
func randomize(r *rand.Rand, all ...[]float32) {
	for _, v := range all {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
	}
}

// sameAtLevels runs at every level and compares y with what plain gives.
func sameAtLevels(t *testing.T, what string, y []float32, plain, run func()) {
	t.Helper()
	before := append([]float32(nil), y...)
	plain()
	want := append([]float32(nil), y...)
	for level := Portable; level <= Best(); level++ {
		copy(y, before)
		restore, _ := Force(level)
		run()
		restore()
		for i, w := range want {
			if math.Float32bits(y[i]) != math.Float32bits(w) {
				t.Fatalf("%v, %s: y[%d] = %v, want %v", level, what, i, y[i], w)
			}
		}
	}
}

// Every level gives the same bits at every size, and touches nothing else.
func TestRowMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for _, m := range []Winograd{Input4, Filter25} {
		l := &maps[m]
		for n := 1; n <= 70; n++ {
			f := &RowMap{N: n, XStep: 1 + r.IntN(2*n), XOdd: r.IntN(n), YStep: n + r.IntN(4), Rows: 1 + n%3}
			f.XRow, f.YRow = r.IntN(2*n), l.out*f.YStep+r.IntN(4)
			f.X, f.Y = fenced(t, (f.Rows-1)*f.XRow+max((l.in-1)/2*f.XStep, (l.in-2)/2*f.XStep+f.XOdd, (l.in-1)/2*f.XStep+(l.in-1)%2*f.XOdd)+n), fenced(t, (f.Rows-1)*f.YRow+(l.out-1)*f.YStep+n)
			randomize(r, f.X, f.Y)
			sameAtLevels(t, "map", f.Y, func() { f.run(l) }, func() { f.Run(m) })
		}
	}
}

// Every level gives the same bits at every size, and touches nothing else.
func TestRowTile(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 9))
	for i := range 250 {
		m := 1 + i%13
		f := &RowTile{R: 1 + r.IntN(5), T: 1 + r.IntN(9), N: 1 + i%RowCols, One: i / 3 % 2, YQ: RowCols + r.IntN(5)}
		f.XR = f.T + r.IntN(9)
		f.XP = f.R*f.XR + m*3
		for j := range m {
			f.XOff, f.YOff = append(f.XOff, 3*j), append(f.YOff, (m-1-j)*2*f.YQ)
		}
		f.X = fenced(t, 5*f.XP+f.XOff[m-1]+(f.R-1)*f.XR+f.T)
		f.W = fenced(t, f.R*f.T*RowPlaces*RowCols)
		f.Y = fenced(t, f.YOff[0]+(1-f.One)*f.YQ+f.N)
		if r.IntN(2) == 0 {
			f.B = fenced(t, f.N)
		}
		switch f.Clamp = randomClamp(r); r.IntN(3) {
		case 0:
			f.Z = f.Y
		case 1:
			f.Z = fenced(t, len(f.Y))
		}
		randomize(r, f.X, f.W, f.Y, f.B, f.Z)
		sameAtLevels(t, "tile", f.Y, func() { f.run(m) }, func() { f.Run(m) })
	}
}

// The assembly knows the fields by their offsets.
func TestRowLayout(t *testing.T) {
	var m RowMap
	var f RowTile
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"map's X", unsafe.Offsetof(m.X), 0}, {"map's Y", unsafe.Offsetof(m.Y), 24}, {"map's N", unsafe.Offsetof(m.N), 48},
		{"XStep", unsafe.Offsetof(m.XStep), 56}, {"YStep", unsafe.Offsetof(m.YStep), 64}, {"XOdd", unsafe.Offsetof(m.XOdd), 72},
		{"Rows", unsafe.Offsetof(m.Rows), 80}, {"XRow", unsafe.Offsetof(m.XRow), 88}, {"YRow", unsafe.Offsetof(m.YRow), 96},
		{"X", unsafe.Offsetof(f.X), 0}, {"W", unsafe.Offsetof(f.W), 24}, {"Y", unsafe.Offsetof(f.Y), 48},
		{"B", unsafe.Offsetof(f.B), 72}, {"Z", unsafe.Offsetof(f.Z), 96}, {"XOff", unsafe.Offsetof(f.XOff), 120},
		{"YOff", unsafe.Offsetof(f.YOff), 144}, {"R", unsafe.Offsetof(f.R), 168}, {"T", unsafe.Offsetof(f.T), 176},
		{"XR", unsafe.Offsetof(f.XR), 184}, {"XP", unsafe.Offsetof(f.XP), 192}, {"YQ", unsafe.Offsetof(f.YQ), 200},
		{"N", unsafe.Offsetof(f.N), 208}, {"One", unsafe.Offsetof(f.One), 216}, {"On", unsafe.Offsetof(f.On), 224},
		{"Lo", unsafe.Offsetof(f.Lo), 232}, {"Hi", unsafe.Offsetof(f.Hi), 236},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
