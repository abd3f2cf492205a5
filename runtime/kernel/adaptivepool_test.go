package kernel

import (
	"fmt"
	"math"
	"testing"
)

// adaptiveShapes has outputs smaller and larger than the input, of one pixel,
// channels around the vector width, and samples on both sides of the split.
var adaptiveShapes = []AdaptiveShape{
	{1, 1, 1, 1, 1, 1}, {2, 7, 5, 9, 3, 2}, {1, 3, 3, 17, 5, 4}, {9, 6, 6, 8, 2, 3}, {1, 13, 12, 70, 6, 6},
	{1, 1, 9, 5, 4, 1}, {1, 50, 50, 40, 7, 7},
}

// naiveAdaptive calls tap for every element of every window, by the definition
// in rational numbers: element h is in window p when it meets [p·H/P, (p+1)·H/P).
func naiveAdaptive(s AdaptiveShape, tap func(out, in int)) {
	inside := func(i, at, in, out int) bool { return (at+1)*out > i*in && at*out < (i+1)*in }
	for n := range s.N {
		for p := range s.P {
			for q := range s.Q {
				for c := range s.C {
					for h := range s.H {
						for w := range s.W {
							if inside(p, h, s.H, s.P) && inside(q, w, s.W, s.Q) {
								tap(((n*s.P+p)*s.Q+q)*s.C+c, ((n*s.H+h)*s.W+w)*s.C+c)
							}
						}
					}
				}
			}
		}
	}
}

func TestAdaptivePoolsAgainstNaive(t *testing.T) {
	p := pool(t, 2)
	for _, s := range adaptiveShapes {
		name := fmt.Sprintf("%+v", s)
		x, dy := random(s.inLen(), 1), random(s.outLen(), 2)
		for i := range x {
			x[i] = float32(math.Round(float64(x[i]) * 2)) // so that there are ties
		}
		most, place := make([]float64, s.outLen()), make([]int, s.outLen())
		sum, count := make([]float64, s.outLen()), make([]float64, s.outLen())
		for i := range most {
			most[i] = math.Inf(-1)
		}
		naiveAdaptive(s, func(out, in int) {
			sum[out] += float64(x[in])
			count[out]++
			if float64(x[in]) > most[out] {
				most[out], place[out] = float64(x[in]), in
			}
		})
		avgBack, maxBack := make([]float64, s.inLen()), make([]float64, s.inLen())
		naiveAdaptive(s, func(out, in int) { avgBack[in] += float64(dy[out]) / count[out] })
		for out, in := range place {
			sum[out] /= count[out]
			maxBack[in] += float64(dy[out])
		}
		y, index, dx := make([]float32, s.outLen()), make([]int32, s.outLen()), make([]float32, s.inLen())
		(&AdaptiveAvgPool{s}).Run(p, y, x)
		near(t, name+" average", y, sum, 1e-6)
		(&AdaptiveAvgPoolBackward{s}).Run(p, dx, dy)
		near(t, name+" average backward", dx, avgBack, 1e-6)
		(&AdaptiveMaxPool{s}).Run(p, y, nil, x)
		near(t, name+" max", y, most, 0)
		clear(y)
		(&AdaptiveMaxPool{s}).Run(p, y, index, x)
		near(t, name+" max with index", y, most, 0)
		(&AdaptiveMaxPoolBackward{s}).Run(p, dx, dy, index)
		near(t, name+" max backward", dx, maxBack, 1e-6)
	}
}

func TestAdaptivePoolGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "adaptive_*") {
		a, b := g.tensors["x"].shape, g.tensors["y"].shape
		s := AdaptiveShape{a[0], a[2], a[3], a[1], b[2], b[3]}
		y, index, dx := make([]float32, s.outLen()), make([]int32, s.outLen()), make([]float32, s.inLen())
		if g.name == "adaptive_max_9_4" {
			(&AdaptiveMaxPool{s}).Run(p, y, index, g.nhwc("x"))
			(&AdaptiveMaxPoolBackward{s}).Run(p, dx, g.nhwc("dy"), index)
		} else {
			(&AdaptiveAvgPool{s}).Run(p, y, g.nhwc("x"))
			(&AdaptiveAvgPoolBackward{s}).Run(p, dx, g.nhwc("dy"))
		}
		g.compareNHWC(t, "y", y)
		g.compareNHWC(t, "d_x", dx)
	}
}

func TestGlobalAvgPool(t *testing.T) {
	p := pool(t, 2)
	for _, g := range goldens(t, "adaptive_avg_global") {
		s := g.tensors["x"].shape
		y, dx := make([]float32, s[0]*s[1]), make([]float32, s[0]*s[1]*s[2]*s[3])
		(&GlobalAvgPool{s[0], s[2], s[3], s[1]}).Run(p, y, g.nhwc("x"))
		g.compareNHWC(t, "y", y)
		(&GlobalAvgPoolBackward{s[0], s[2], s[3], s[1]}).Run(p, dx, g.nhwc("dy"))
		g.compareNHWC(t, "d_x", dx)
	}
	for _, k := range globalShapes {
		x, dy := random(k.N*k.H*k.W*k.C, 1), random(k.N*k.C, 2)
		y, dx := make([]float32, len(dy)), make([]float32, len(x))
		want, back := make([]float64, len(dy)), make([]float64, len(x))
		for i, v := range x {
			x[i] = v + 5
			at := i/(k.H*k.W*k.C)*k.C + i%k.C
			want[at] += float64(x[i]) / float64(k.H*k.W)
			back[i] = float64(dy[at]) / float64(k.H*k.W)
		}
		k.Run(p, y, x)
		near(t, fmt.Sprintf("%+v", k), y, want, 1e-6)
		(*GlobalAvgPoolBackward)(&k).Run(p, dx, dy)
		near(t, fmt.Sprintf("%+v backward", k), dx, back, 1e-6)
	}
}

// globalShapes has maps of one pixel and of several pieces.
var globalShapes = []GlobalAvgPool{{1, 1, 1, 1}, {2, 1, 1, 9}, {3, 7, 7, 17}, {1, 16, 16, 8}, {2, 30, 31, 33}}
