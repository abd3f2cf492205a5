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
		m := &PlaneMap{Rows: 1 + r.IntN(4), W: 1 + i%70, Left: r.IntN(9) - 2, N: 1 + r.IntN(3)}
		m.XRow, m.YRow = m.W+r.IntN(5), m.N*RowPlaces*PairLanes+r.IntN(9)
		m.X = fenced(t, (m.Rows-1)*m.XRow+m.W)
		m.Y = fenced(t, (m.Rows-1)*m.YRow+m.N*RowPlaces*PairLanes)
		randomize(r, m.X, m.Y)
		sameAtLevels(t, "map", m.Y, m.run, m.Run)
	}
}

// The same of outputs, with numbers that are none among them. A maximum is that of
// the outputs which are stored without it.
func TestPlanePairs(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 9))
	for i := range 300 {
		c := &PlanePairs{P: 1 + r.IntN(4), K: 1 + i%RowCols, R: 1 + r.IntN(5), N: 1 + r.IntN(3), Pool: i / 3 % 2, Clamp: randomClamp(r)}
		rows, outputs := c.P, 2*PairLanes*c.N
		if c.Pool != 0 {
			rows, outputs = 2*c.P, PairLanes*c.N
		}
		c.XRow, c.YRow = c.N*RowPlaces*PairLanes+r.IntN(9), outputs+r.IntN(5)
		c.YK = c.P*c.YRow + r.IntN(3)
		c.X = fenced(t, (rows+c.R-2)*c.XRow+c.N*RowPlaces*PairLanes)
		c.W = fenced(t, c.R*RowPlaces*RowCols)
		c.Y = fenced(t, (c.K-1)*c.YK+(c.P-1)*c.YRow+outputs)
		if r.IntN(2) == 0 {
			c.B = fenced(t, c.K)
		}
		randomize(r, c.X, c.W, c.Y, c.B)
		if i%4 == 0 {
			c.X[r.IntN(len(c.X))] = float32(math.NaN())
		}
		sameAtLevels(t, "pairs", c.Y, c.run, c.Run)
		if c.Pool != 0 {
			c.largest(t)
		}
	}
}

// largest holds what pooled outputs are against plain ones.
func (t *PlanePairs) largest(tt *testing.T) {
	tt.Helper()
	u := *t
	u.Pool, u.P, u.YRow = 0, 2*t.P, 2*PairLanes*t.N
	u.YK = u.P * u.YRow
	u.Y = make([]float32, u.K*u.YK)
	u.Run()
	t.Run()
	for k := range t.K {
		for i := range t.P {
			for q := range t.N * PairLanes {
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
func TestPlanePairsLayout(t *testing.T) {
	var m PlaneMap
	var c PlanePairs
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
