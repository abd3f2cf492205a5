package kernel

import (
	"fmt"
	"testing"
)

// extractShapes take out crops, padding, shortcuts, and parts that lie at or
// beyond every border.
var extractShapes = []Extract{
	{1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0},
	{2, 6, 7, 9, 4, 3, 9, 1, 1, 1, 2, 0},
	{2, 3, 5, 8, 6, 7, 8, 1, 1, -2, -1, 0},
	{3, 7, 6, 3, 4, 3, 8, 2, 2, 0, 0, -2},
	{1, 7, 6, 9, 3, 4, 5, 3, 2, -1, -1, 3},
	{2, 30, 40, 17, 33, 41, 20, 1, 1, -3, 0, 0},
}

func TestExtract(t *testing.T) {
	p := pool(t, 2)
	for _, k := range extractShapes {
		x, dy := random(k.xLen(), 1), random(k.yLen(), 2)
		y, dx := random(k.yLen(), 3), random(k.xLen(), 4)
		k.Run(p, y, x)
		for i, got := range y {
			c, q, r, n := i%k.K+k.OrgC, i/k.K%k.Q*k.StrideW+k.OrgW, i/k.K/k.Q%k.P*k.StrideH+k.OrgH, i/k.K/k.Q/k.P
			want := float32(0)
			if c >= 0 && c < k.C && q >= 0 && q < k.W && r >= 0 && r < k.H {
				want = x[((n*k.H+r)*k.W+q)*k.C+c]
			}
			if got != want {
				t.Fatalf("%+v: element %d is %v, want %v", k, i, got, want)
			}
		}
		(*ExtractBackward)(&k).Run(p, dx, dy)
		checkTranspose(t, fmt.Sprintf("%+v", k), x, y, dx, dy)
	}
}

func TestExtractGoldens(t *testing.T) {
	p := pool(t, 1)
	for name, k := range map[string]Extract{
		"crop_center":               {OrgH: 1, OrgW: 1, StrideH: 1, StrideW: 1},
		"shortcut_optionA":          {StrideH: 2, StrideW: 2},
		"shortcut_optionA_centered": {StrideH: 2, StrideW: 2, OrgC: -2},
	} {
		g := goldens(t, name)[0]
		x, y := g.tensors["x"].shape, g.tensors["y"].shape
		k.N, k.C, k.H, k.W, k.K, k.P, k.Q = x[0], x[1], x[2], x[3], y[1], y[2], y[3]
		out, dx := make([]float32, k.yLen()), make([]float32, k.xLen())
		k.Run(p, out, g.nhwc("x"))
		g.compareNHWC(t, "y", out)
		(*ExtractBackward)(&k).Run(p, dx, g.nhwc("dy"))
		g.compareNHWC(t, "d_x", dx)
	}
}

func TestShuffleGoldens(t *testing.T) {
	p := pool(t, 1)
	g := goldens(t, "channel_shuffle_g3")[0]
	s := g.tensors["x"].shape
	k := Shuffle{s[0] * s[2] * s[3], s[1], 3}
	y, dx := make([]float32, k.Rows*k.C), make([]float32, k.Rows*k.C)
	k.Run(p, y, g.nhwc("x"))
	g.compareNHWC(t, "y", y)
	(&Shuffle{k.Rows, k.C, k.C / k.Groups}).Run(p, dx, g.nhwc("dy"))
	g.compareNHWC(t, "d_x", dx)

	g = goldens(t, "pixel_shuffle2")[0]
	s = g.tensors["x"].shape
	u := PixelShuffle{s[0], s[2], s[3], s[1] / 4, 2}
	y, dx = make([]float32, u.len()), make([]float32, u.len())
	u.Run(p, y, g.nhwc("x"))
	g.compareNHWC(t, "y", y)
	(*PixelShuffleBackward)(&u).Run(p, dx, g.nhwc("dy"))
	g.compareNHWC(t, "d_x", dx)
}
