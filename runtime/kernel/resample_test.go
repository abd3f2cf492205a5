package kernel

import (
	"fmt"
	"strings"
	"testing"
)

func TestResampleGoldens(t *testing.T) {
	p := pool(t, 2)
	for _, g := range append(goldens(t, "upsample_*"), goldens(t, "pad_reflect1")...) {
		x, y := g.tensors["x"].shape, g.tensors["y"].shape
		s := ResampleShape{N: x[0], C: x[1], H: x[2], W: x[3], P: y[2], Q: y[3]}
		switch {
		case strings.Contains(g.name, "reflect"):
			s.Sampling, s.PadT, s.PadL = Reflect, 1, 2
		case strings.Contains(g.name, "ac1"):
			s.Sampling = Corners
		case strings.Contains(g.name, "ac0"):
			s.Sampling = Bilinear
		}
		out, dx := make([]float32, s.yLen()), make([]float32, s.xLen())
		(&Resample{s}).Run(p, out, g.nhwc("x"))
		g.compareNHWC(t, "y", out)
		(&ResampleBackward{s}).Run(p, dx, g.nhwc("dy"))
		g.compareNHWC(t, "d_x", dx)
	}
}

// resampleShapes are maps of one pixel, odd sizes, and growing one way while
// shrinking the other.
var resampleShapes = []ResampleShape{
	{1, 1, 1, 1, 3, 2, Nearest, 0, 0}, {2, 5, 7, 9, 11, 3, Nearest, 0, 0},
	{1, 1, 1, 8, 4, 4, Bilinear, 0, 0}, {3, 5, 7, 17, 11, 3, Bilinear, 0, 0}, {1, 4, 4, 3, 1, 1, Bilinear, 0, 0},
	{1, 1, 6, 5, 3, 1, Corners, 0, 0}, {2, 40, 33, 16, 80, 66, Corners, 0, 0},
	{1, 3, 2, 7, 7, 4, Reflect, 2, 1}, {2, 1, 9, 4, 1, 20, Reflect, 0, 8},
}

// The gradient is the transpose of the map: ⟨dy, R·x⟩ = ⟨Rᵀ·dy, x⟩.
func TestResampleBackwardIsTheTranspose(t *testing.T) {
	p := pool(t, 2)
	for _, s := range resampleShapes {
		x, dy := random(s.xLen(), 1), random(s.yLen(), 2)
		y, dx := make([]float32, s.yLen()), make([]float32, s.xLen())
		(&Resample{s}).Run(p, y, x)
		(&ResampleBackward{s}).Run(p, dx, dy)
		checkTranspose(t, fmt.Sprintf("%+v", s), x, y, dx, dy)
	}
}

func checkTranspose(t *testing.T, what string, x, y, dx, dy []float32) {
	t.Helper()
	var left, right, size float64
	for i, v := range y {
		left += float64(v) * float64(dy[i])
		size += float64(v) * float64(v)
	}
	for i, v := range x {
		right += float64(v) * float64(dx[i])
	}
	if d := left - right; !(d*d <= 1e-11*size*float64(len(y))) || size == 0 {
		t.Errorf("%s: ⟨dy, y⟩ = %v, but ⟨dx, x⟩ = %v", what, left, right)
	}
}
