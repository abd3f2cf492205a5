package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// Every level gives the same bits at every width and padding, and touches nothing
// else.
func TestPlaneMap(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 9))
	for i := range 300 {
		m := &PlaneMap{Rows: 1 + r.IntN(4), W: 1 + i%70, At: i % 3 * r.IntN(9), Left: r.IntN(9) - 2, N: 1 + r.IntN(3)}
		m.XRow, m.YRow = m.W+r.IntN(5), m.N*QuadPlaces*QuadLanes+r.IntN(9)
		m.X = fenced(t, m.At+(m.Rows-1)*m.XRow+m.W)
		m.Y = fenced(t, m.Rows*m.YRow+m.N*QuadPlaces*QuadLanes)
		randomize(r, m.X, m.Y)
		sameAtLevels(t, "map", m.Y, m.run, m.Run)
	}
}

// The same of outputs, with numbers that are none among them. A maximum is that of
// the outputs which are stored without it.
func TestPlaneTile(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 9))
	for i := range 300 {
		c := &PlaneTile{P: 1 + r.IntN(4), K: 1 + i%QuadCols, R: 1 + r.IntN(5), N: 1 + r.IntN(3), Pool: i / 3 % 2, Clamp: randomClamp(r)}
		rows, outputs := 2*c.P, QuadColumns*c.N
		if c.Pool != 0 {
			rows, outputs = c.P, outputs/2
		}
		c.XRow, c.YRow = c.N*QuadPlaces*QuadLanes+r.IntN(9), outputs+r.IntN(5)
		c.YK = rows*c.YRow + r.IntN(3)
		c.X = fenced(t, (2*c.P+c.R-3)*c.XRow+c.N*QuadPlaces*QuadLanes)
		c.W = fenced(t, c.R*QuadPlaces*QuadCols)
		c.Y = fenced(t, (c.K-1)*c.YK+(rows-1)*c.YRow+outputs)
		if r.IntN(2) == 0 {
			c.B = fenced(t, c.K)
		}
		randomize(r, c.X, c.W, c.Y, c.B)
		if i%4 == 0 {
			c.X[r.IntN(len(c.X))] = float32(math.NaN())
		}
		sameAtLevels(t, "tile", c.Y, c.run, c.Run)
		if c.Pool != 0 {
			c.largest(t)
		}
	}
}

// The maps are those of a convolution: what they give is the sum of four windows of
// products.
func TestQuadMaps(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 9))
	for range 100 {
		var d, m [QuadPlaces]float32
		var g [5]float32
		for i := range d {
			d[i] = float32(r.NormFloat64())
		}
		for i := range g {
			g[i] = float32(r.NormFloat64())
		}
		w := make([]float32, QuadPlaces*QuadCols)
		QuadFilter(w, g)
		for p, x := range quadInput(d) {
			m[p] = x * w[p*QuadCols]
		}
		for i, got := range quadOutput(m) {
			var want float64
			for j, v := range g {
				want += float64(d[i+j]) * float64(v)
			}
			if math.Abs(float64(got)-want) > 1e-5 {
				t.Fatalf("output %d is %v, want %v", i, got, want)
			}
		}
	}
}

// largest holds what pooled outputs are against plain ones.
func (t *PlaneTile) largest(tt *testing.T) {
	tt.Helper()
	u := *t
	u.Pool, u.YRow = 0, QuadColumns*t.N
	u.YK = 2 * u.P * u.YRow
	u.Y = make([]float32, u.K*u.YK)
	u.Run()
	t.Run()
	for k := range t.K {
		for i := range t.P {
			for q := range t.N * QuadColumns / 2 {
				at := u.Y[k*u.YK+2*i*u.YRow+2*q:]
				want := max(at[0], at[1], at[u.YRow], at[u.YRow+1])
				if got := t.Y[k*t.YK+i*t.YRow+q]; got != want && (got == got || want == want) {
					tt.Fatalf("maximum %v, want %v", got, want)
				}
			}
		}
	}
}

// The assembly knows the fields by their offsets.
func TestPlaneTileLayout(t *testing.T) {
	var m PlaneMap
	var c PlaneTile
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"map's X", unsafe.Offsetof(m.X), 0}, {"map's Y", unsafe.Offsetof(m.Y), 24}, {"Rows", unsafe.Offsetof(m.Rows), 48},
		{"map's W", unsafe.Offsetof(m.W), 56}, {"map's XRow", unsafe.Offsetof(m.XRow), 64}, {"map's YRow", unsafe.Offsetof(m.YRow), 72},
		{"X", unsafe.Offsetof(c.X), 0}, {"W", unsafe.Offsetof(c.W), 24}, {"B", unsafe.Offsetof(c.B), 48}, {"Y", unsafe.Offsetof(c.Y), 72},
		{"P", unsafe.Offsetof(c.P), 96}, {"R", unsafe.Offsetof(c.R), 112}, {"XRow", unsafe.Offsetof(c.XRow), 128},
		{"YK", unsafe.Offsetof(c.YK), 136}, {"YRow", unsafe.Offsetof(c.YRow), 144}, {"Pool", unsafe.Offsetof(c.Pool), 152},
		{"On", unsafe.Offsetof(c.On), 160}, {"Lo", unsafe.Offsetof(c.Lo), 168}, {"Hi", unsafe.Offsetof(c.Hi), 172},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
