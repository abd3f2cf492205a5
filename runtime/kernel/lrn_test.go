package kernel

import (
	"fmt"
	"math"
	"testing"
)

// lrnShapes has windows of even and odd sizes, wider than the channels, channels
// around the vector width, and several tiles.
var lrnShapes = []LRNShape{
	{1, 1, 1, 0.5, 0.75, 1}, {1, 1, 5, 0.5, 0.75, 1}, {3, 7, 5, 0.5, 0.75, 2}, {5, 8, 4, 2, 0.5, 1}, {4, 9, 2, 2, 0.75, 0.5},
	{70, 64, 5, 1e-4, 0.75, 1}, {9, 300, 3, 1.5, 0.6, 0.5}, {2, 4, 9, 3, 1, 1},
}

func naiveLRN(s LRNShape, x, dy []float32) (y, dx []float64) {
	y, dx = make([]float64, len(x)), make([]float64, len(x))
	alpha, beta := float64(s.Alpha)/float64(s.Size), float64(s.Beta)
	for row := 0; row < len(x); row += s.C {
		for c := range s.C {
			lo, hi := max(0, c-s.Size/2), min(s.C-1, c+(s.Size-1)/2)
			base := float64(s.K)
			for j := lo; j <= hi; j++ {
				base += alpha * float64(x[row+j]) * float64(x[row+j])
			}
			v, g := float64(x[row+c]), float64(dy[row+c])
			y[row+c] = v * math.Pow(base, -beta)
			dx[row+c] += g * math.Pow(base, -beta)
			for j := lo; j <= hi; j++ {
				dx[row+j] -= g * v * beta * math.Pow(base, -beta-1) * 2 * alpha * float64(x[row+j])
			}
		}
	}
	return y, dx
}

func TestLRNAgainstNaive(t *testing.T) {
	p := pool(t, 2)
	for _, s := range lrnShapes {
		x, dy := random(s.len(), 1), random(s.len(), 2)
		for i := range x {
			x[i] *= 3
		}
		wantY, wantDX := naiveLRN(s, x, dy)
		y, dx := make([]float32, s.len()), make([]float32, s.len())
		(&LRN{s}).Run(p, y, x)
		near(t, fmt.Sprintf("%+v y", s), y, wantY, 2e-6)
		(&LRNBackward{s}).Run(p, dx, dy, x)
		near(t, fmt.Sprintf("%+v dx", s), dx, wantDX, 2e-6)
		(&LRNBackward{s}).Run(p, dy, dy, x)
		near(t, fmt.Sprintf("%+v dx in place", s), dy, wide(dx), 0)
		(&LRN{s}).Run(p, x, x)
		near(t, fmt.Sprintf("%+v y in place", s), x, wide(y), 0)
	}
}

func TestLRNGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "lrn_*") {
		a := g.tensors["x"].shape
		s := LRNShape{a[0] * a[2] * a[3], a[1], g.attrs.Size, float32(g.attrs.Alpha), float32(*g.attrs.Beta), g.attrs.K}
		y, dx := make([]float32, s.len()), make([]float32, s.len())
		(&LRN{s}).Run(p, y, g.nhwc("x"))
		g.compareNHWC(t, "y", y)
		(&LRNBackward{s}).Run(p, dx, g.nhwc("dy"), g.nhwc("x"))
		g.compareNHWC(t, "d_x", dx)
	}
}

// A value that is no number reaches the channels whose window holds it, and no
// other pixel.
func TestLRNSpecialValues(t *testing.T) {
	s := LRNShape{3, 9, 4, 1, 0.75, 1}
	x := random(s.len(), 1)
	x[9+4] = float32(math.NaN())
	y := make([]float32, s.len())
	(&LRN{s}).Run(pool(t, 1), y, x)
	for i, v := range y {
		if nan, want := v != v, i >= 9+3 && i <= 9+6; nan != want {
			t.Errorf("y[%d] = %v", i, v)
		}
	}
}

func BenchmarkLRN(b *testing.B) {
	p := pool(b, 1)
	for _, s := range []LRNShape{{8 * 56 * 56, 64, 5, 1e-4, 0.75, 1}, {32 * 27 * 27, 96, 5, 5e-4, 0.75, 2}, {3136, 64, 5, 1e-4, 0.5, 1}} {
		x, y := random(s.len(), 1), make([]float32, s.len())
		b.Run(fmt.Sprintf("Forward/%dx%d/%v", s.Rows, s.C, s.Beta), func(b *testing.B) {
			for b.Loop() {
				(&LRN{s}).Run(p, y, x)
			}
			perElement(b, s.len())
		})
		b.Run(fmt.Sprintf("Backward/%dx%d/%v", s.Rows, s.C, s.Beta), func(b *testing.B) {
			for b.Loop() {
				(&LRNBackward{s}).Run(p, y, x, x)
			}
			perElement(b, s.len())
		})
	}
}
