package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// forwardKernels is every kernel with an epilogue that computes a convolution,
// with the kernel that packs its weights.
func forwardKernels(s ConvShape, fn Fn) (all [][2]plan.Kernel) {
	all = append(all, [2]plan.Kernel{&ConvPack{s}, &ConvForward{ConvShape: s, Fn: fn}})
	for _, tile := range s.Tiles()[1:] {
		all = append(all, [2]plan.Kernel{&WinogradPack{s, tile}, &WinogradForward{ConvShape: s, Tile: tile, Fn: fn}})
	}
	if s.conv1x1() {
		d := DenseShape{s.W, s.C, s.K}
		all = append(all, [2]plan.Kernel{&DensePack{d}, &DenseForward{d, fn}})
	}
	return all
}

// conv1x1 says that the convolution is that of a dense layer.
func (s *ConvShape) conv1x1() bool { return s.N == 1 && s.H == 1 && s.R == 1 && s.S == 1 && s.Q == s.W }

// forward runs a pair of forwardKernels into a new y, or over z.
func forward(t *testing.T, p *par.Pool, pair [2]plan.Kernel, c *convCase, scale, z []float32, over bool) []float32 {
	t.Helper()
	for _, k := range pair {
		if s, ok := k.(plan.Scratcher); ok {
			p.Reserve(s.Scratch())
		}
	}
	packed := make([]float32, pair[0].Operands()[0].Len)
	pair[0].Call(p, []plan.View{{F32: packed}, {F32: c.w}, {F32: scale}})
	y, check := guarded(t, c.yLen())
	if over {
		copy(y, z)
		z = y
	}
	pair[1].Call(p, []plan.View{{F32: y}, {F32: c.x}, {F32: packed}, {F32: c.b}, {F32: z}})
	check()
	return y
}

func epilogueShapes() []ConvShape {
	all := append(convShapes(), winogradShapes()...)
	for _, d := range []DenseShape{{1, 400, 120}, {13, 33, 17}, {64, 20, 8}} {
		all = append(all, d.conv())
	}
	return all
}

// A sum and a function in the epilogue have the bits of the kernels that add and
// apply them on their own, at every level and number of threads, also where the
// result takes the place of what was added.
func TestEpilogue(t *testing.T) {
	for i, s := range epilogueShapes() {
		c, z := newConvCase(s), random(s.yLen(), 9)
		fn := Fn(1 + i%(len(activations)-1))
		for _, fn := range []Fn{ReLU, fn} {
			for j, pair := range forwardKernels(s, fn) {
				p := pool(t, 1)
				want := forward(t, p, forwardKernels(s, Linear)[j], c, nil, nil, false)
				(&Add{len(want)}).Run(p, want, want, z)
				(&Activation{fn, len(want)}).Run(p, want, want)
				for level := simd.Portable; level <= simd.Best(); level++ {
					restore, _ := simd.Force(level)
					got := forward(t, pool(t, 1+int(level)), pair, c, nil, z, level == simd.Best())
					restore()
					identical(t, fmt.Sprintf("%T of %v, %v, %v", pair[1], s, fn, level), got, want)
				}
			}
		}
	}
}

// An output among the channels of others has the same values, and the others are
// kept.
func TestConvPitch(t *testing.T) {
	for i, s := range epilogueShapes() {
		c, pitch := newConvCase(s), s.K+1+i%40
		kernels := [][2]plan.Kernel{{&ConvPack{s}, &ConvForward{s, Tanh, pitch}}}
		for _, tile := range s.Tiles()[1:] {
			kernels = append(kernels, [2]plan.Kernel{&WinogradPack{s, tile}, &WinogradForward{s, tile, Tanh, pitch}})
		}
		for j, pair := range kernels {
			p := pool(t, 2)
			want := forward(t, p, forwardKernels(s, Tanh)[j], c, nil, nil, false)
			packed := make([]float32, pair[0].Operands()[0].Len)
			pair[0].Call(p, []plan.View{{F32: packed}, {F32: c.w}, {}})
			y, check := guarded(t, pair[1].Operands()[0].Len)
			pair[1].Call(p, []plan.View{{F32: y}, {F32: c.x}, {F32: packed}, {F32: c.b}, {}})
			check()
			for at, v := range y {
				pixel, k := at/pitch, at%pitch
				if k < s.K && math.Float32bits(v) != math.Float32bits(want[pixel*s.K+k]) || k >= s.K && v == v {
					t.Fatalf("%T of %v: channel %d of pixel %d is %v", pair[1], s, k, pixel, v)
				}
			}
		}
	}
}

// A transposed convolution applies a function as the kernel of its own does.
func TestEpilogueTransposed(t *testing.T) {
	for i, s := range convShapes() {
		c, p, fn := newConvCase(s), pool(t, 2), Fn(i%len(activations))
		want := transposedRun(t, s, c.dy, c.w, nil)
		(&Activation{fn, len(want)}).Run(p, want, want)
		pack, k := ConvPackTransposed{s}, ConvTransposed{ConvShape: s, Fn: fn}
		p.Reserve(k.Scratch())
		packed, got := make([]float32, pack.PackedLen()), make([]float32, s.xLen())
		pack.Run(p, packed, c.w)
		k.Run(p, got, c.dy, packed, nil)
		identical(t, fmt.Sprint(s, fn), got, want)

		k.Pitch = s.C + 1 + i%40
		wide, check := guarded(t, k.Operands()[0].Len)
		k.Run(p, wide, c.dy, packed, nil)
		check()
		for at, v := range wide {
			pixel, c := at/k.Pitch, at%k.Pitch
			if c < s.C && math.Float32bits(v) != math.Float32bits(want[pixel*s.C+c]) || c >= s.C && v == v {
				t.Fatalf("%v, %d apart: channel %d of pixel %d is %v", s, k.Pitch, c, pixel, v)
			}
		}
	}
}

// A scale in the packing is as good as scaled weights.
func TestPackScale(t *testing.T) {
	for _, s := range epilogueShapes() {
		c, scale := newConvCase(s), random(s.K, 8)
		scaled := *c
		scaled.w = append([]float32(nil), c.w...)
		for i := range scaled.w {
			scaled.w[i] *= scale[i/(len(c.w)/s.K)]
		}
		for _, pair := range forwardKernels(s, Linear) {
			p := pool(t, 2)
			identical(t, fmt.Sprintf("%T of %v", pair[0], s), forward(t, p, pair, c, scale, nil, false), forward(t, p, pair, &scaled, nil, nil, false))
		}
	}
}

// FoldMoments keeps its bound, and tells what normalisation does to a sum.
func TestFoldMoments(t *testing.T) {
	const eps = 1e-3
	for _, n := range []int{1, 7, 8, 9, 33} {
		mean, variance := random(n, 1), random(n, 2)
		for i := range variance {
			variance[i] *= variance[i]
		}
		for i, w := range [][]float32{nil, random(n, 3)} {
			for j, b := range [][]float32{nil, random(n, 4)} {
				for _, bias := range [][]float32{nil, random(n, 5)} {
					scale, shift := make([]float32, n), make([]float32, n)
					(&FoldMoments{n, eps}).Run(pool(t, 1), scale, shift, mean, variance, w, b, bias)
					for c := range n {
						a, at, add := 1/math.Sqrt(float64(variance[c])+float64(float32(eps))), 0.0, 0.0
						if i > 0 {
							a *= float64(w[c])
						}
						if j > 0 {
							add = float64(b[c])
						}
						if bias != nil {
							at = float64(bias[c])
						}
						want := (at-float64(mean[c]))*a + add
						if math.Abs(float64(scale[c])-a) > math.Abs(a)*0x1p-23 || math.Abs(float64(shift[c])-want) > 0x1p-22*(math.Abs(want)+math.Abs(a)+1) {
							t.Fatalf("channel %d of %d: %v, %v, want %v, %v", c, n, scale[c], shift[c], a, want)
						}
					}
				}
			}
		}
	}
}
