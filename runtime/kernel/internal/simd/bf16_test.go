package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

func TestPairTileLayout(t *testing.T) {
	var c PairTile
	for _, f := range []struct {
		name string
		got  uintptr
		want uintptr
	}{
		{"B", unsafe.Offsetof(c.B), 72}, {"YOff", unsafe.Offsetof(c.YOff), 120}, {"R", unsafe.Offsetof(c.R), 144},
		{"XR", unsafe.Offsetof(c.XR), 168}, {"WR", unsafe.Offsetof(c.WR), 192}, {"N", unsafe.Offsetof(c.N), 216},
		{"Z", unsafe.Offsetof(c.Z), 224}, {"Clamp", unsafe.Offsetof(c.Clamp), 248}, {"H", unsafe.Offsetof(c.H), 264},
	} {
		if f.got != f.want {
			t.Errorf("field %s lies at %d, the generator says %d", f.name, f.got, f.want)
		}
	}
}

// anyBF16 is any finite number, often a small or a subnormal one.
func anyBF16(r *rand.Rand) uint16 {
	exp := 127 + r.IntN(40) - 20
	switch r.IntN(12) {
	case 0:
		exp = r.IntN(3)
	case 1:
		exp = r.IntN(255)
	case 2:
		return uint16(r.IntN(2) << 15)
	}
	return uint16(r.IntN(2)<<15 | exp<<7 | r.IntN(128))
}

func sameFloat(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// The instruction gives the bits of its twin: every sum that one and then several
// pairs make, subnormal and infinite ones included.
func TestDot2(t *testing.T) {
	if !HasBF16() {
		t.Skip("no AVX512_BF16 here")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 40000 {
		n := 1 + r.IntN(3)
		x, w, y := make([]float32, n), make([]float32, n*Cols), make([]float32, Cols)
		for j := range x {
			x[j] = pair(anyBF16(r), anyBF16(r))
		}
		for j := range w {
			w[j] = pair(anyBF16(r), anyBF16(r))
		}
		c := PairTile{X: x, W: w, Y: y, XOff: []int{0}, YOff: []int{0}, R: 1, S: 1, T: n, XT: 1, WT: Cols, N: Cols}
		c.Run(1)
		for j, got := range y {
			want := float32(0)
			for k := range x {
				want = dot2(want, math.Float32bits(x[k]), math.Float32bits(w[k*Cols+j]))
			}
			if !sameFloat(got, want) {
				t.Fatalf("round %d: dot of %x and %x = %x, twin %x", i, math.Float32bits(x[0]), math.Float32bits(w[j]), math.Float32bits(got), math.Float32bits(want))
			}
		}
	}
}

func BenchmarkPairTile(b *testing.B) {
	for _, k := range []int{64, 256, 1024} {
		b.Run(fmt.Sprint(k), func(b *testing.B) {
			const m = 192
			x, w, y := make([]float32, m*k), make([]float32, k*Cols), make([]float32, m*Cols)
			var xo, yo []int
			for i := range m {
				xo, yo = append(xo, i*k), append(yo, i*Cols)
			}
			c := PairTile{X: x, W: w, H: halves(y), XOff: xo, YOff: yo, R: 1, S: 1, T: k, XT: 1, WT: Cols, N: Cols}
			for b.Loop() {
				c.Run(m)
			}
			b.ReportMetric(float64(4*m*k*Cols)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// pairCase is a tile whose operands end at memory that must not be touched.
func pairCase(t *testing.T, r *rand.Rand, m, n int) *PairTile {
	f := tileCase(t, r, m, n)
	c := &PairTile{
		X: f.X, W: f.W, Y: f.Y, B: f.B, Z: f.Z, XOff: f.XOff, YOff: f.YOff, Clamp: f.Clamp, N: n,
		R: f.R, S: f.S, T: f.T, XR: f.XR, XS: f.XS, XT: f.XT, WR: f.WR, WS: f.WS, WT: f.WT,
	}
	for _, v := range [][]float32{c.X, c.W} {
		for i := range v {
			v[i] = pair(BF16(v[i]), BF16(float32(r.NormFloat64())))
		}
	}
	if r.IntN(2) == 0 {
		half := halves(fenced(t, (len(c.Y)+1)/2))
		c.H = half[len(half)-len(c.Y):]
	}
	return c
}

// The assembly gives the bits of its twin at every size, and touches nothing
// else.
func TestPairTile(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for m := 1; m <= 2*Rows+1; m++ {
		for n := 1; n <= Cols; n++ {
			c := pairCase(t, r, m, n)
			before := append([]float32(nil), c.Y...)
			c.run(m)
			y, h := append([]float32(nil), c.Y...), append([]uint16(nil), c.H...)
			copy(c.Y, before)
			clear(c.H)
			c.Run(m)
			for i := range y {
				if !sameFloat(c.Y[i], y[i]) || h != nil && c.H[i] != h[i] {
					t.Fatalf("%d×%d: y[%d] = %v, twin %v", m, n, i, c.Y[i], y[i])
				}
			}
		}
	}
}

func TestBF16(t *testing.T) {
	for _, c := range []struct {
		x    float32
		want uint16
	}{
		{1, 0x3f80}, {-2, 0xc000}, {0, 0}, {float32(math.Copysign(0, -1)), 0x8000}, {1e-40, 0}, {-1e-40, 0x8000},
		{1 + 1.0/256, 0x3f80}, {1 + 3.0/256, 0x3f82}, {1 + 1.0/256 + 1.0/4096, 0x3f81}, // ties go to even
		{math.MaxFloat32, 0x7f80}, {float32(math.Inf(-1)), 0xff80},
	} {
		if got := BF16(c.x); got != c.want {
			t.Errorf("BF16(%g) = %#x, want %#x", c.x, got, c.want)
		}
	}
	if got := math.Float32frombits(uint32(BF16(float32(math.NaN()))) << 16); got == got {
		t.Error("NaN becomes a number")
	}
}

// Conversions and packing give the bits of their twins at every size, and touch
// nothing else.
func TestConversions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 1; n <= 70; n++ {
		a, b := fenced(t, n), fenced(t, n)
		for i := range a {
			a[i], b[i] = math.Float32frombits(r.Uint32()), math.Float32frombits(r.Uint32())
			if i%7 == 0 {
				a[i] = 0x1.81p0 // a tie
			}
		}
		mem := halves(fenced(t, (n+1)/2))
		h, want := mem[len(mem)-n:], make([]uint16, n)
		Narrow(h, a)
		narrow(want, a)
		wide, wantWide := fenced(t, n), make([]float32, n)
		Widen(wide, want)
		widen(wantWide, want)
		pairs, wantPairs := fenced(t, n), make([]float32, n)
		PairRows(pairs, a, b)
		pairRowsGo(wantPairs, a, b)
		for i := range n {
			if h[i] != want[i] && a[i] == a[i] || !sameFloat(wide[i], wantWide[i]) {
				t.Fatalf("%d of %d: %x becomes %x and %x, twin %x and %x", i, n, math.Float32bits(a[i]), h[i], math.Float32bits(wide[i]), want[i], math.Float32bits(wantWide[i]))
			}
			if math.Float32bits(pairs[i]) != math.Float32bits(wantPairs[i]) {
				t.Fatalf("%d of %d: pair %x, twin %x", i, n, math.Float32bits(pairs[i]), math.Float32bits(wantPairs[i]))
			}
		}
	}
}

func TestGatherPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for n := 1; n <= 50; n++ {
		const rows, pairs = 9, 7
		mem := halves(fenced(t, (rows*n+1)/2))
		src := mem[len(mem)-rows*n:]
		for i := range src {
			src[i] = uint16(r.Uint32())
		}
		var off []int
		for range 2 * pairs {
			off = append(off, (r.IntN(rows+1)-1)*n)
			if off[len(off)-1] < 0 {
				off[len(off)-1] = -1
			}
		}
		chunks := (n + gatherChunk - 1) / gatherChunk
		for _, by := range [][2]int{{gatherChunk, pairs * gatherChunk}, {chunks * gatherChunk, gatherChunk}} {
			got, want := fenced(t, chunks*pairs*gatherChunk), make([]float32, chunks*pairs*gatherChunk)
			GatherPairs(got, src, off, n, by[0], by[1])
			gatherPairsGo(want, src, off, n, by[0], by[1])
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("%d channels: word %d = %x, twin %x", n, i, math.Float32bits(got[i]), math.Float32bits(want[i]))
				}
			}
		}
	}
}

// halves is the same memory as m, seen as bf16: two elements a word.
func halves(m []float32) []uint16 {
	if len(m) == 0 {
		return nil
	}
	return unsafe.Slice((*uint16)(unsafe.Pointer(&m[0])), 2*len(m))
}
