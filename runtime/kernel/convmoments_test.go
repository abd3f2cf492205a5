package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/plan"
)

// A convolution that takes moments has the output of the one that does not, and
// the same moments at every level and number of threads: those of the output in
// float64, also of one far from zero.
func TestConvMoments(t *testing.T) {
	for i, s := range append(convShapes(), winogradShapes()...) {
		c := newConvCase(s)
		for k := range c.b {
			c.b[k] += float32(i%3) * 100
		}
		for _, tile := range s.Tiles() {
			if tile > 0 && s.winogradForward(tile).form != byTile {
				continue // has no such form
			}
			pack, plain, k := plan.Kernel(&ConvPack{s}), plan.Kernel(&ConvForward{ConvShape: s}), plan.Kernel(&ConvForwardMoments{s})
			if tile > 0 {
				pack, plain, k = &WinogradPack{s, tile}, &WinogradForward{ConvShape: s, Tile: tile}, &WinogradForwardMoments{s, tile}
			}
			want := forward(t, pool(t, 1), [2]plan.Kernel{pack, plain}, c, nil, nil, false)
			packed := make([]float32, pack.Operands()[0].Len)
			packing := pool(t, 1)
			if k, ok := pack.(plan.Scratcher); ok {
				packing.Reserve(k.Scratch())
			}
			pack.Call(packing, []plan.View{{F32: packed}, {F32: c.w}, {}})
			merge := ConvMoments{s, tile, 1e-5}
			var first []float32
			for level := simd.Portable; level <= simd.Best(); level++ {
				restore, _ := simd.Force(level)
				p, name := pool(t, 1+int(level)), fmt.Sprintf("tile %d of %v, %v", tile, s, level)
				p.Reserve(k.(plan.Scratcher).Scratch())
				y, checkY := guarded(t, s.yLen())
				parts, checkParts := guarded(t, merge.PartialsLen())
				got := make([]float32, 3*s.K)
				k.Call(p, []plan.View{{F32: y}, {F32: parts}, {F32: c.x}, {F32: packed}, {F32: c.b}})
				merge.Run(p, got, parts)
				restore()
				checkY()
				checkParts()
				identical(t, name, y, want)
				if first == nil {
					first = got
					nearMoments(t, name, got, y, s.K, 1e-5)
				}
				identical(t, name, got, first)
			}
		}
	}
}

// nearMoments holds moments of rows of n channels against float64.
func nearMoments(t *testing.T, name string, got, y []float32, n int, eps float64) {
	t.Helper()
	rows := float64(len(y) / n)
	for c := range n {
		mean, size, variance := 0.0, 0.0, 0.0
		for i := c; i < len(y); i += n {
			mean += float64(y[i]) / rows
			size += math.Abs(float64(y[i])) / rows
		}
		for i := c; i < len(y); i += n {
			variance += (float64(y[i]) - mean) * (float64(y[i]) - mean) / rows
		}
		off := 130 * size / (1 << 24)
		if d := math.Abs(float64(got[c]) - mean); d > off {
			t.Fatalf("%s: mean of channel %d is off by %g, at most %g", name, c, d, off)
		}
		if d := math.Abs(float64(got[2*n+c]) - variance); d > 300*variance/(1<<24)+off*off {
			t.Fatalf("%s: variance of channel %d is %g, want %g", name, c, got[2*n+c], variance)
		}
		if want := 1 / math.Sqrt(float64(got[2*n+c])+eps); math.Abs(float64(got[n+c])/want-1) > 1e-6 {
			t.Fatalf("%s: inverse deviation of channel %d is %g, want %g", name, c, got[n+c], want)
		}
	}
}

// Moments of values far from zero that differ little are those of float64: the
// squares are about the means of runs.
func TestConvMomentsFarFromZero(t *testing.T) {
	for _, tile := range []int{0, 2, 4} {
		s := square(4, 28, 8, 40, 3, 1, 1, 1, 1)
		c := newConvCase(s)
		for i := range c.x {
			c.x[i] *= 0.01
		}
		for i := range c.b {
			c.b[i] += 1000
		}
		pack, k := plan.Kernel(&ConvPack{s}), plan.Kernel(&ConvForwardMoments{s})
		if tile > 0 {
			pack, k = &WinogradPack{s, tile}, &WinogradForwardMoments{s, tile}
		}
		p := pool(t, 1)
		p.Reserve(k.(plan.Scratcher).Scratch())
		packed, y := make([]float32, pack.Operands()[0].Len), make([]float32, s.yLen())
		pack.Call(p, []plan.View{{F32: packed}, {F32: c.w}, {}})
		merge := ConvMoments{s, tile, 1e-5}
		parts, got := make([]float32, merge.PartialsLen()), make([]float32, 3*s.K)
		k.Call(p, []plan.View{{F32: y}, {F32: parts}, {F32: c.x}, {F32: packed}, {F32: c.b}})
		merge.Run(p, got, parts)
		rows := float64(s.yLen() / s.K)
		for ch := range s.K {
			mean, variance := 0.0, 0.0
			for i := ch; i < len(y); i += s.K {
				mean += float64(y[i]) / rows
			}
			for i := ch; i < len(y); i += s.K {
				variance += (float64(y[i]) - mean) * (float64(y[i]) - mean) / rows
			}
			if math.Abs(float64(got[ch])/mean-1) > 1e-6 || math.Abs(float64(got[2*s.K+ch])/variance-1) > 1e-3 {
				t.Fatalf("tile %d: channel %d has mean %g and variance %g, want %g and %g", tile, ch, got[ch], got[2*s.K+ch], mean, variance)
			}
		}
	}
}
