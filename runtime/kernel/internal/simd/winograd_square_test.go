package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Every level deals the same pixels, and touches nothing else.
func TestDeal(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for i := range 200 {
		d := &Deal{Rows: 1 + r.IntN(4), N: 1 + i%23, C: 1 + i%8}
		d.XRow = d.N*d.C + r.IntN(5)
		half := (d.N-1)/2*d.C + 8
		d.Even = r.IntN(5)
		d.Odd = d.Even + half + r.IntN(5)
		d.YRow = d.Odd + half + r.IntN(5)
		if i%3 == 0 {
			d.Even, d.Odd = d.Odd, d.Even
		}
		d.X, d.Y = fenced(t, (d.Rows-1)*d.XRow+d.N*d.C), fenced(t, d.Rows*d.YRow)
		randomize(r, d.X, d.Y)
		sameAtLevels(t, "deal", d.Y, d.run, d.Run)
	}
}

// Every level gives the same bits at every size, with numbers that are none among
// them, and touches nothing else.
func TestSquareTile(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 9))
	for i := range 400 {
		m := 1 + i%9
		f := &SquareTile{T: 1 + r.IntN(9), N: 1 + i%SquareCols, OneP: i / 3 % 2, OneQ: i / 6 % 2, Pool: i / 12 % 2}
		f.XI, f.YQ = f.T+r.IntN(9), SquareCols+r.IntN(5)
		f.XJ, f.YP = 6*f.XI+3*m, 2*f.YQ+r.IntN(5)
		for j := range m {
			f.XOff, f.YOff = append(f.XOff, 3*j), append(f.YOff, (m-1-j)*(f.YP+2*f.YQ))
		}
		f.X = fenced(t, 5*f.XJ+f.XOff[m-1]+5*f.XI+f.T)
		f.W = fenced(t, SquarePlaces*f.T*SquarePlaces*SquareCols)
		last := (1-f.OneP)*f.YP + (1-f.OneQ)*f.YQ
		if f.Pool != 0 {
			last = 0
		}
		f.Y = fenced(t, f.YOff[0]+last+f.N)
		if r.IntN(2) == 0 {
			f.B = fenced(t, f.N)
		}
		switch f.Clamp = randomClamp(r); r.IntN(3) * (1 - f.Pool) {
		case 1:
			f.Z = f.Y
		case 2:
			f.Z = fenced(t, len(f.Y))
		}
		randomize(r, f.X, f.W, f.Y, f.B, f.Z)
		if i%4 == 0 {
			f.X[r.IntN(len(f.X))] = float32(math.NaN())
		}
		sameAtLevels(t, "tile", f.Y, func() { f.run(m) }, func() { f.Run(m) })
	}
}

// The assembly knows the fields by their offsets.
func TestSquareLayout(t *testing.T) {
	var f SquareTile
	var d Deal
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"X", unsafe.Offsetof(f.X), 0}, {"W", unsafe.Offsetof(f.W), 24}, {"Y", unsafe.Offsetof(f.Y), 48},
		{"B", unsafe.Offsetof(f.B), 72}, {"Z", unsafe.Offsetof(f.Z), 96}, {"XOff", unsafe.Offsetof(f.XOff), 120},
		{"YOff", unsafe.Offsetof(f.YOff), 144}, {"T", unsafe.Offsetof(f.T), 168}, {"XI", unsafe.Offsetof(f.XI), 176},
		{"XJ", unsafe.Offsetof(f.XJ), 184}, {"YP", unsafe.Offsetof(f.YP), 192}, {"YQ", unsafe.Offsetof(f.YQ), 200},
		{"N", unsafe.Offsetof(f.N), 208}, {"OneP", unsafe.Offsetof(f.OneP), 216}, {"OneQ", unsafe.Offsetof(f.OneQ), 224},
		{"Pool", unsafe.Offsetof(f.Pool), 232}, {"On", unsafe.Offsetof(f.On), 240}, {"Lo", unsafe.Offsetof(f.Lo), 248},
		{"Hi", unsafe.Offsetof(f.Hi), 252},
		{"deal's X", unsafe.Offsetof(d.X), 0}, {"deal's Y", unsafe.Offsetof(d.Y), 24}, {"Rows", unsafe.Offsetof(d.Rows), 48},
		{"deal's N", unsafe.Offsetof(d.N), 56}, {"C", unsafe.Offsetof(d.C), 64}, {"XRow", unsafe.Offsetof(d.XRow), 72},
		{"YRow", unsafe.Offsetof(d.YRow), 80}, {"Even", unsafe.Offsetof(d.Even), 88}, {"Odd", unsafe.Offsetof(d.Odd), 96},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
