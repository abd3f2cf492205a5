package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
)

// poolShapes has every clipping of a window, channels around the vector width,
// maps of one pixel, and samples below and above the split by channels.
var poolShapes = []PoolShape{
	{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1},
	{1, 1, 1, 19, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1},
	{2, 28, 28, 6, 2, 2, 14, 14, 2, 2, 0, 0, 1, 1},
	{9, 10, 10, 16, 2, 2, 5, 5, 2, 2, 0, 0, 1, 1},
	{1, 7, 5, 33, 3, 3, 7, 5, 1, 1, 1, 1, 1, 1},
	{3, 9, 8, 5, 3, 3, 5, 5, 2, 2, 1, 1, 1, 1},
	{8, 5, 7, 70, 2, 2, 3, 4, 2, 2, 0, 0, 1, 1},
	{1, 9, 9, 8, 3, 3, 4, 4, 2, 2, 1, 1, 2, 2},
	{2, 6, 9, 12, 2, 3, 5, 4, 1, 2, 0, 0, 1, 1},
	{1, 7, 7, 40, 7, 7, 1, 1, 7, 7, 0, 0, 1, 1},
	{2, 3, 3, 3, 5, 5, 3, 3, 1, 1, 2, 2, 1, 1},
	{1, 6, 7, 9, 3, 5, 6, 7, 1, 1, 1, 2, 1, 1},
	{1, 8, 9, 8, 3, 3, 6, 7, 1, 1, 1, 1, 2, 2},
	{1, 60, 60, 23, 3, 3, 30, 30, 2, 2, 1, 1, 1, 1},
}

// naivePool runs the windows of a shape one by one and calls tap for each
// element inside the map.
func naivePool(s PoolShape, tap func(out, in, number int)) {
	for n := range s.N {
		for p := range s.P {
			for q := range s.Q {
				for c := range s.C {
					for r := range s.R {
						for v := range s.S {
							h, w := p*s.StrideH-s.PadT+r*s.DilH, q*s.StrideW-s.PadL+v*s.DilW
							if h >= 0 && h < s.H && w >= 0 && w < s.W {
								tap(((n*s.P+p)*s.Q+q)*s.C+c, ((n*s.H+h)*s.W+w)*s.C+c, r*s.S+v)
							}
						}
					}
				}
			}
		}
	}
}

func TestPoolsAgainstNaive(t *testing.T) {
	p := pool(t, 2)
	for _, s := range poolShapes {
		name := fmt.Sprintf("%+v", s)
		x, dy := random(s.inLen(), 1), random(s.outLen(), 2)
		for i := range x {
			x[i] = float32(math.Round(float64(x[i]) * 2)) // so that there are ties
		}
		y, index, dx := make([]float32, s.outLen()), make([]int32, s.outLen()), make([]float32, s.inLen())

		want, at, place := make([]float64, s.outLen()), make([]int32, s.outLen()), make([]int, s.outLen())
		for i := range want {
			want[i] = math.Inf(-1)
		}
		sum, count := make([]float64, s.outLen()), make([]float64, s.outLen())
		naivePool(s, func(out, in, number int) {
			sum[out] += float64(x[in])
			count[out]++
			if float64(x[in]) > want[out] {
				want[out], at[out], place[out] = float64(x[in]), int32(number), in
			}
		})
		(&MaxPool{s}).Run(p, y, x)
		near(t, name+" max", y, want, 0)
		clear(y)
		(&MaxPoolIndex{s}).Run(p, y, index, x)
		near(t, name+" max with index", y, want, 0)
		for i := range at {
			if index[i] != at[i] {
				t.Fatalf("%s: index[%d] = %d, want %d", name, i, index[i], at[i])
			}
		}
		back := make([]float64, s.inLen())
		for i, in := range place {
			back[in] += float64(dy[i])
		}
		(&MaxPoolBackward{s}).Run(p, dx, dy, index)
		near(t, name+" max backward", dx, back, 1e-6)

		for i := range sum {
			sum[i] /= count[i]
		}
		(&AvgPool{PoolShape: s}).Run(p, y, x)
		near(t, name+" average", y, sum, 1e-6)
		clear(back)
		naivePool(s, func(out, in, number int) { back[in] += float64(dy[out]) / count[out] })
		(&AvgPoolBackward{PoolShape: s}).Run(p, dx, dy)
		near(t, name+" average backward", dx, back, 1e-6)
	}
}

func goldenShape(g *golden) PoolShape {
	x, y, a := g.tensors["x"].shape, g.tensors["y"].shape, g.attrs
	s := PoolShape{
		N: x[0], C: x[1], H: x[2], W: x[3], P: y[2], Q: y[3],
		R: a.Kernel[0], S: a.Kernel[1], StrideH: a.Stride[0], StrideW: a.Stride[1], DilH: 1, DilW: 1,
	}
	if a.Dilation != nil {
		s.DilH, s.DilW = a.Dilation[0], a.Dilation[1]
	}
	if a.Pads != nil {
		s.PadT, s.PadL = a.Pads[0], a.Pads[2] // top, bottom, left, right
	} else {
		s.PadT, s.PadL = a.Padding[0], a.Padding[1]
	}
	return s
}

func TestMaxPoolGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "maxpool_*") {
		s := goldenShape(&g)
		y, index, dx := make([]float32, s.outLen()), make([]int32, s.outLen()), make([]float32, s.inLen())
		(&MaxPool{s}).Run(p, y, g.nhwc("x"))
		g.compareNHWC(t, "y", y)
		(&MaxPoolIndex{s}).Run(p, y, index, g.nhwc("x"))
		g.compareNHWC(t, "y", y)
		(&MaxPoolBackward{s}).Run(p, dx, g.nhwc("dy"), index)
		g.compareNHWC(t, "d_x", dx)
	}
}

func TestAvgPoolGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "avgpool_*") {
		s := goldenShape(&g)
		k := AvgPool{PoolShape: s, CountPad: g.attrs.CountIncludePad, PadB: s.PadT, PadR: s.PadL}
		y, dx := make([]float32, s.outLen()), make([]float32, s.inLen())
		k.Run(p, y, g.nhwc("x"))
		g.compareNHWC(t, "y", y)
		(*AvgPoolBackward)(&k).Run(p, dx, g.nhwc("dy"))
		g.compareNHWC(t, "d_x", dx)
	}
}

// NaN wins over numbers wherever it stands, the last of several; -Inf alone is
// taken at the first tap; the first of equal zeros keeps its sign.
func TestMaxPoolSpecialValues(t *testing.T) {
	p := pool(t, 1)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	negZero := float32(math.Copysign(0, -1))
	tests := []struct {
		window [4]float32
		want   float32
		index  int32
	}{
		{[4]float32{nan, 1, 2, 3}, nan, 0},
		{[4]float32{1, nan, inf, 3}, nan, 1},
		{[4]float32{1, 2, 3, nan}, nan, 3},
		{[4]float32{nan, 2, nan, 1}, nan, 2},
		{[4]float32{-inf, -inf, -inf, -inf}, -inf, 0},
		{[4]float32{-inf, -3, -inf, -3}, -3, 1},
		{[4]float32{negZero, 0, negZero, 0}, negZero, 0},
		{[4]float32{0, negZero, 0, 0}, 0, 0},
	}
	for _, tt := range tests {
		for _, c := range []int{1, 2, 3, 4, 7, 8, 16, 31} {
			s := PoolShape{1, 2, 2, c, 2, 2, 1, 1, 2, 2, 0, 0, 1, 1}
			x, y, z, index := make([]float32, 4*c), make([]float32, c), make([]float32, c), make([]int32, c)
			for i := range x {
				x[i] = tt.window[i/c]
			}
			(&MaxPool{s}).Run(p, y, x)
			(&MaxPoolIndex{s}).Run(p, z, index, x)
			for i := range c {
				if !same(y[i], tt.want) || !same(z[i], tt.want) || index[i] != tt.index {
					t.Fatalf("%v, %d channels: %v, %v at %d, want %v at %d", tt.window, c, y[i], z[i], index[i], tt.want, tt.index)
				}
			}
		}
	}
}

// same tells whether two numbers have the same bits, or both are NaN.
func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

func BenchmarkPool(b *testing.B) {
	shapes := []struct {
		name string
		s    PoolShape
	}{
		{"LeNet1", PoolShape{64, 28, 28, 6, 2, 2, 14, 14, 2, 2, 0, 0, 1, 1}},
		{"LeNet2", PoolShape{64, 10, 10, 16, 2, 2, 5, 5, 2, 2, 0, 0, 1, 1}},
		{"ResNetStem", PoolShape{1, 112, 112, 64, 3, 3, 56, 56, 2, 2, 1, 1, 1, 1}},
		{"Inception", PoolShape{1, 28, 28, 192, 3, 3, 28, 28, 1, 1, 1, 1, 1, 1}},
	}
	p := pool(b, 1)
	for _, sh := range shapes {
		s := sh.s
		x, y, index := random(s.inLen(), 1), make([]float32, s.outLen()), make([]int32, s.outLen())
		(&MaxPoolIndex{s}).Run(p, y, index, x)
		run := func(name string, f func(p *par.Pool)) {
			b.Run(name+"/"+sh.name, func(b *testing.B) {
				for b.Loop() {
					f(p)
				}
				perElement(b, s.inLen())
			})
		}
		run("Max", func(p *par.Pool) { (&MaxPool{s}).Run(p, y, x) })
		run("MaxIndex", func(p *par.Pool) { (&MaxPoolIndex{s}).Run(p, y, index, x) })
		run("MaxBackward", func(p *par.Pool) { (&MaxPoolBackward{s}).Run(p, x, y, index) })
		run("Avg", func(p *par.Pool) { (&AvgPool{PoolShape: s}).Run(p, y, x) })
		run("AvgBackward", func(p *par.Pool) { (&AvgPoolBackward{PoolShape: s}).Run(p, x, y) })
	}
}

func perElement(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/element")
}
