package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// planarShapes are convolutions of one channel around the sizes at which the
// kernels change way.
func planarShapes() []ConvShape {
	all := []ConvShape{
		square(1, 28, 1, 6, 5, 1, 2, 1, 1),   // LeNet-5
		square(2, 8, 1, 1, 1, 1, 0, 1, 1),    // one tap
		square(1, 9, 1, 33, 3, 1, 1, 1, 1),   // an odd row and column, two panels
		square(2, 20, 1, 70, 3, 1, 1, 1, 1),  // several parts
		square(1, 130, 1, 2, 3, 1, 1, 1, 1),  // several windows
		square(1, 3, 1, 4, 5, 1, 5, 1, 1),    // more padding than map
		square(17, 12, 1, 13, 4, 1, 0, 1, 1), // many images
		{N: 2, H: 1, W: 10, C: 1, K: 5, R: 1, S: 3, P: 1, Q: 10, StrideH: 1, StrideW: 1, PadL: 1, DilH: 1, DilW: 1, Groups: 1},          // one row
		{N: 1, H: 7, W: 8, C: 1, K: 9, R: 3, S: 2, P: 6, Q: 11, StrideH: 1, StrideW: 1, PadL: 0, PadT: 2, DilH: 1, DilW: 1, Groups: 1},  // padding at the right
		{N: 1, H: 12, W: 60, C: 1, K: 3, R: 3, S: 2, P: 4, Q: 19, StrideH: 1, StrideW: 1, PadL: 1, DilH: 1, DilW: 1, Groups: 1},         // columns that no output reads
		{N: 1, H: 4, W: 3, C: 1, K: 3, R: 2, S: 2, P: 4, Q: 60, StrideH: 1, StrideW: 1, PadL: 40, PadT: 9, DilH: 1, DilW: 1, Groups: 1}, // taps outside alone
	}
	for q := 8; q <= 50; q += 7 {
		all = append(all, square(1, q, 1, 3+q/3, 5, 1, 2, 1, 1))
	}
	return all
}

// TestConvPlanes holds planar convolutions against the definition.
func TestConvPlanes(t *testing.T) {
	for _, s := range planarShapes() {
		if !s.Planar() {
			t.Fatalf("%+v is not planar", s)
		}
		c := newConvCase(s)
		got, want := c.run(t, simd.Best(), 1), c.reference()
		within(t, "y", got.y, want.y, want.yAbs, s.R*s.S+1)
	}
}

// pooling is a convolution with pooling, and the same without it.
type pooling struct {
	pack, conv, both plan.Kernel
}

// poolings are the kernels that pool for a geometry.
func poolings(s ConvShape, fn Fn) (all []pooling) {
	for _, tile := range s.Tiles() {
		switch {
		case !s.TakesMaxPool(tile, fn):
		case tile == 0:
			all = append(all, pooling{&ConvPack{s}, &ConvForward{ConvShape: s, Fn: fn}, &ConvMaxPool{s, fn}})
		default:
			all = append(all, pooling{&WinogradPack{s, tile}, &WinogradForward{ConvShape: s, Tile: tile, Fn: fn}, &WinogradMaxPool{s, tile, fn}})
		}
	}
	return all
}

// TestConvMaxPool holds convolutions with pooling against convolution, function and
// pooling one after another, at every level and number of threads.
func TestConvMaxPool(t *testing.T) {
	n := map[string]int{}
	for i, s := range append(planarShapes(), winogradShapes()...) {
		if s.P < 2 || s.Q < 2 {
			continue
		}
		c := newConvCase(s)
		for _, fn := range []Fn{Linear, ReLU, Tanh} {
			for _, k := range poolings(s, fn) {
				name := fmt.Sprintf("%d %T %v", i, k.both, activations[fn].name)
				n[fmt.Sprintf("%T", k.both)]++
				t.Run(name, func(t *testing.T) {
					want := k.apart(c)
					for level := simd.Portable; level <= simd.Best(); level++ {
						identical(t, level.String(), k.together(t, c, level, 1+int(level)), want)
					}
				})
			}
		}
	}
	if len(n) != 2 {
		t.Errorf("tested %v", n)
	}
}

// packed is the weights of a convolution as its kernels read them.
func (k *pooling) packed(p *par.Pool, c *convCase) []float32 {
	if s, ok := k.pack.(plan.Scratcher); ok {
		p.Reserve(s.Scratch())
	}
	packed := make([]float32, k.pack.Operands()[0].Len)
	k.pack.Call(p, []plan.View{{F32: packed}, {F32: c.w}, {}})
	return packed
}

// apart is the convolution, the function and the pooling by kernels of their own.
func (k *pooling) apart(c *convCase) []float32 {
	s := c.ConvShape
	p := par.New(1)
	defer p.Close()
	packed, y := k.packed(p, c), make([]float32, s.yLen())
	p.Reserve(k.conv.(plan.Scratcher).Scratch())
	k.conv.Call(p, []plan.View{{F32: y}, {F32: c.x}, {F32: packed}, {F32: c.b}, {}})
	pool := MaxPool{PoolShape{N: s.N, H: s.P, W: s.Q, C: s.K, R: 2, S: 2, P: s.P / 2, Q: s.Q / 2, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1}}
	out := make([]float32, pool.outLen())
	pool.Run(p, out, y)
	return out
}

// together is the same by one kernel, at a level and with just the scratch memory
// that it asks for.
func (k *pooling) together(t *testing.T, c *convCase, level simd.Level, threads int) []float32 {
	t.Helper()
	restore, ok := simd.Force(level)
	if !ok {
		t.Fatalf("no %v here", level)
	}
	defer restore()
	first := par.New(1)
	packed := k.packed(first, c)
	first.Close()
	p := par.New(threads)
	defer p.Close()
	p.Reserve(k.both.(plan.Scratcher).Scratch())
	for i := range threads {
		for j := range p.Scratch(i) {
			p.Scratch(i)[j] = float32(math.NaN())
		}
	}
	y, check := guarded(t, k.both.Operands()[0].Len)
	k.both.Call(p, []plan.View{{F32: y}, {F32: c.x}, {F32: packed}, {F32: c.b}})
	check()
	return y
}

// poolingKernels is what pools for a geometry.
func poolingKernels(s ConvShape) (all []plan.Kernel) {
	for _, k := range poolings(s, ReLU) {
		all = append(all, k.both)
	}
	return all
}
