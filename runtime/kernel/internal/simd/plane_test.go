package simd

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// planeCase is a Plane whose operands end at memory that must not be touched.
func planeCase(t *testing.T, r *rand.Rand, n, k int) *Plane {
	c := &Plane{N: n, K: k, R: 1 + r.IntN(5), S: 1 + r.IntN(6), WT: k + r.IntN(4), Clamp: randomClamp(r)}
	c.XRow, c.YRow = r.IntN(60), n+r.IntN(5)
	c.YK = PlaneRows*c.YRow + r.IntN(3)
	c.X = fenced(t, c.R*c.XRow+n+c.S-1)
	c.W = fenced(t, (c.R*c.S-1)*c.WT+k)
	c.Y = fenced(t, (k-1)*c.YK+c.YRow+n)
	if r.IntN(2) == 0 {
		c.B = fenced(t, k)
	}
	for _, v := range [][]float32{c.X, c.W, c.B, c.Y} {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
	}
	return c
}

// want is what the planes are, written from their definition.
func (t *Plane) want() []float32 {
	y := append([]float32(nil), t.Y...)
	for k := range t.K {
		for i := range PlaneRows {
			for x := range t.N {
				var sum float32
				for rs := range t.R * t.S {
					r, s := rs/t.S, rs%t.S
					sum = fma(t.X[(i+r)*t.XRow+x+s], t.W[(r*t.S+s)*t.WT+k], sum)
				}
				if t.B != nil {
					sum += t.B[k]
				}
				y[k*t.YK+i*t.YRow+x] = clamped(&t.Clamp, sum)
			}
		}
	}
	return y
}

// eachLevel runs f at every level and holds what it leaves in y against want,
// bit by bit.
func eachLevel(t *testing.T, y, want []float32, f func()) {
	t.Helper()
	before := append([]float32(nil), y...)
	for level := Portable; level <= Best(); level++ {
		copy(y, before)
		restore, _ := Force(level)
		f()
		restore()
		for i, w := range want {
			if math.Float32bits(y[i]) != math.Float32bits(w) {
				t.Fatalf("%v: y[%d] = %v, want %v", level, i, y[i], w)
			}
		}
	}
}

// Every level gives the bits of the definition at every size, and touches
// nothing else.
func TestPlane(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for n := PlaneLanes; n <= 5*PlaneLanes; n += PlaneLanes {
		for k := 1; k <= Cols; k++ {
			c := planeCase(t, r, n, k)
			eachLevel(t, c.Y, c.want(), c.Run)
		}
	}
}

// The same of Pixels, with numbers that are none among them.
func TestPixels(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for n := 1; n <= 33; n++ {
		for k := 1; k <= 20; k++ {
			for pool := range 2 {
				c := &Pixels{N: n, K: k, YN: k + r.IntN(3), Pool: pool}
				row := (n + 7) &^ 7 << pool
				c.XRow = row + r.IntN(3)
				c.XK = (pool+1)*c.XRow + r.IntN(3)
				c.Rows, c.XNext, c.YNext = 1+r.IntN(3), r.IntN(2*row), n*c.YN+r.IntN(3)
				c.X = fenced(t, (c.Rows-1)*c.XNext+(k-1)*c.XK+pool*c.XRow+row)
				c.Y = fenced(t, (c.Rows-1)*c.YNext+(n-1)*c.YN+k)
				for i := range c.X {
					if c.X[i] = float32(r.NormFloat64()); r.IntN(20) == 0 {
						c.X[i] = float32(math.NaN())
					}
				}
				want := append([]float32(nil), c.Y...)
				for j := range c.Rows * n {
					row, i := j/n, j%n
					for k := range k {
						x := c.X[row*c.XNext+k*c.XK:]
						v := x[i]
						if at := x[2*i*pool:]; pool > 0 {
							v = max(at[0], at[1], at[c.XRow], at[c.XRow+1])
						}
						if v != v {
							v = float32(math.NaN())
						}
						want[row*c.YNext+i*c.YN+k] = v
					}
				}
				eachLevel(t, c.Y, want, c.Run)
			}
		}
	}
}

func TestPlaneLayout(t *testing.T) {
	var c Plane
	var p Pixels
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"X", unsafe.Offsetof(c.X), 0}, {"W", unsafe.Offsetof(c.W), 24}, {"B", unsafe.Offsetof(c.B), 48}, {"Y", unsafe.Offsetof(c.Y), 72},
		{"R", unsafe.Offsetof(c.R), 112}, {"S", unsafe.Offsetof(c.S), 120}, {"XRow", unsafe.Offsetof(c.XRow), 128}, {"WT", unsafe.Offsetof(c.WT), 136},
		{"YK", unsafe.Offsetof(c.YK), 144}, {"YRow", unsafe.Offsetof(c.YRow), 152}, {"On", unsafe.Offsetof(c.On), 160},
		{"Lo", unsafe.Offsetof(c.Lo), 168}, {"Hi", unsafe.Offsetof(c.Hi), 172},
		{"pixels X", unsafe.Offsetof(p.X), 0}, {"pixels Y", unsafe.Offsetof(p.Y), 24}, {"pixels N", unsafe.Offsetof(p.N), 48},
		{"pixels XK", unsafe.Offsetof(p.XK), 64}, {"pixels XRow", unsafe.Offsetof(p.XRow), 72}, {"pixels YN", unsafe.Offsetof(p.YN), 80},
		{"pixels Pool", unsafe.Offsetof(p.Pool), 88}, {"pixels Rows", unsafe.Offsetof(p.Rows), 96},
		{"XNext", unsafe.Offsetof(p.XNext), 104}, {"YNext", unsafe.Offsetof(p.YNext), 112},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}
