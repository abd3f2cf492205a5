package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// tileCase is a tile whose operands end at memory that must not be touched.
func tileCase(t *testing.T, r *rand.Rand, m, n int) *Tile {
	c := &Tile{
		N: n, R: r.IntN(4), S: r.IntN(4), T: r.IntN(20),
		XT: r.IntN(3), XS: r.IntN(30), XR: r.IntN(80),
		WT: n + r.IntN(9), Clamp: randomClamp(r),
	}
	if r.IntN(2) == 0 { // packed weights
		c.XT, c.WT = 1, Panel(n)
	}
	c.WS = c.T*c.WT + r.IntN(9)
	c.WR = c.S*c.WS + r.IntN(9)
	last := func(a, b, d int) int { return max(0, c.R-1)*a + max(0, c.S-1)*b + max(0, c.T-1)*d }
	far, y := 0, 0
	for range m {
		c.XOff = append(c.XOff, r.IntN(50))
		far = max(far, c.XOff[len(c.XOff)-1])
		c.YOff = append(c.YOff, y)
		y += n + r.IntN(2)
	}
	c.X = fenced(t, far+last(c.XR, c.XS, c.XT)+1)
	c.W = fenced(t, last(c.WR, c.WS, c.WT)+n)
	c.Y = fenced(t, c.YOff[m-1]+n)
	if r.IntN(2) == 0 {
		c.B = fenced(t, n)
	}
	switch r.IntN(3) {
	case 0:
		c.Z = c.Y
	case 1:
		c.Z = fenced(t, len(c.Y))
	}
	for _, v := range [][]float32{c.X, c.W, c.Y, c.B, c.Z} {
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
	}
	if r.IntN(2) == 0 {
		c.Ahead = new([2]Ahead)
		for i := range c.Ahead { // what is not there is not fetched
			c.Ahead[i] = Pieces(c.X, r.IntN(len(c.X)), 1+r.IntN(40), r.IntN(2000), r.IntN(30), 1+r.IntN(4))
		}
	}
	return c
}

// randomClamp limits about half of the values, or none.
func randomClamp(r *rand.Rand) Clamp {
	return Clamp{r.IntN(2), -1, []float32{0.5, float32(math.Inf(1))}[r.IntN(2)]}
}

func clamped(c *Clamp, v float32) float32 {
	if c.On == 0 {
		return v
	}
	return min(max(v, c.Lo), c.Hi)
}

// want is what the tile computes, written from its definition.
func (t *Tile) want(m int) []float32 {
	y := append([]float32(nil), t.Y...)
	for i := range m {
		for j := range t.N {
			var sum float32
			for rst := range t.R * t.S * t.T {
				k, s, r := rst%t.T, rst/t.T%t.S, rst/t.T/t.S
				sum = fma(t.X[t.XOff[i]+r*t.XR+s*t.XS+k*t.XT], t.W[r*t.WR+s*t.WS+k*t.WT+j], sum)
			}
			if t.B != nil {
				sum += t.B[j]
			}
			if t.Z != nil {
				sum += t.Z[t.YOff[i]+j]
			}
			y[t.YOff[i]+j] = clamped(&t.Clamp, sum)
		}
	}
	return y
}

// Every level gives the bits of the definition at every size, and touches
// nothing else.
func TestTile(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for m := 1; m <= 2*Rows+1; m++ {
		for n := 1; n <= Cols; n++ {
			c := tileCase(t, r, m, n)
			before := append([]float32(nil), c.Y...)
			want := c.want(m)
			var ahead [2]Ahead
			if c.Ahead != nil {
				ahead = *c.Ahead
			}
			for level := Portable; level <= Best(); level++ {
				copy(c.Y, before)
				if c.Ahead != nil {
					*c.Ahead = ahead
				}
				restore, _ := Force(level)
				c.Run(m)
				restore()
				for i, w := range want {
					if math.Float32bits(c.Y[i]) != math.Float32bits(w) {
						t.Fatalf("%v, %d×%d: y[%d] = %v, want %v", level, m, n, i, c.Y[i], w)
					}
				}
			}
		}
	}
}

// NaN and infinities go through the sum as they do in IEEE arithmetic.
func TestTileSpecial(t *testing.T) {
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	for level := Portable; level <= Best(); level++ {
		restore, _ := Force(level)
		for _, c := range []struct{ x, w, want float32 }{
			{inf, 1, inf}, {inf, 0, nan}, {-inf, 2, -inf}, {nan, 0, nan}, {0, nan, nan}, {math.MaxFloat32, 2, inf},
		} {
			y := make([]float32, Cols)
			w := make([]float32, Cols)
			for i := range w {
				w[i] = c.w
			}
			k := Tile{X: []float32{c.x}, W: w, Y: y, XOff: []int{0}, YOff: []int{0}, R: 1, S: 1, T: 1, N: Cols}
			k.Run(1)
			for i, v := range y {
				if v != c.want && !(v != v && c.want != c.want) {
					t.Errorf("%v: %v·%v gives %v in column %d, want %v", level, c.x, c.w, v, i, c.want)
				}
			}
		}
		restore()
	}
}

// The assembly knows the fields of Tile by their offsets.
func TestTileLayout(t *testing.T) {
	var c Tile
	var a Ahead
	for _, f := range []struct {
		name      string
		got, want uintptr
	}{
		{"X", unsafe.Offsetof(c.X), 0}, {"W", unsafe.Offsetof(c.W), 24}, {"Y", unsafe.Offsetof(c.Y), 48},
		{"B", unsafe.Offsetof(c.B), 72}, {"XOff", unsafe.Offsetof(c.XOff), 96}, {"YOff", unsafe.Offsetof(c.YOff), 120},
		{"R", unsafe.Offsetof(c.R), 144}, {"S", unsafe.Offsetof(c.S), 152}, {"T", unsafe.Offsetof(c.T), 160},
		{"XR", unsafe.Offsetof(c.XR), 168}, {"XS", unsafe.Offsetof(c.XS), 176}, {"XT", unsafe.Offsetof(c.XT), 184},
		{"WR", unsafe.Offsetof(c.WR), 192}, {"WS", unsafe.Offsetof(c.WS), 200}, {"WT", unsafe.Offsetof(c.WT), 208},
		{"N", unsafe.Offsetof(c.N), 216}, {"Z", unsafe.Offsetof(c.Z), 224},
		{"On", unsafe.Offsetof(c.On), 248}, {"Lo", unsafe.Offsetof(c.Lo), 256},
		{"Hi", unsafe.Offsetof(c.Hi), 260}, {"Ahead", unsafe.Offsetof(c.Ahead), 264}, {"length of an Ahead", unsafe.Sizeof(a), 64},
		{"At", unsafe.Offsetof(a.At), 24}, {"Pitch", unsafe.Offsetof(a.Pitch), 32}, {"Lines", unsafe.Offsetof(a.Lines), 40},
		{"Pieces", unsafe.Offsetof(a.Pieces), 48}, {"Each", unsafe.Offsetof(a.Each), 56},
	} {
		if f.got != f.want {
			t.Errorf("%s is at %d, and the assembly reads it at %d", f.name, f.got, f.want)
		}
	}
}

func BenchmarkTile(b *testing.B) {
	const taps = 576
	for level := AVX2; level <= Best(); level++ {
		for _, n := range []int{32, 16, 8} {
			b.Run(fmt.Sprintf("%v/12x%d", level, n), func(b *testing.B) {
				restore, _ := Force(level)
				defer restore()
				t := Tile{
					X: make([]float32, Rows*taps), W: make([]float32, taps*n), Y: make([]float32, Rows*n),
					R: 1, S: 1, T: taps, XT: 1, WT: n, N: n,
				}
				for i := range Rows {
					t.XOff, t.YOff = append(t.XOff, i*taps), append(t.YOff, i*n)
				}
				for b.Loop() {
					t.Run(Rows)
				}
				b.ReportMetric(2*Rows*taps*float64(n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
			})
		}
	}
}
