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

// TestConvPlanes holds planar convolutions against the definition, and that with
// pooling against convolution, function and pooling one after another.
func TestConvPlanes(t *testing.T) {
	for i, s := range planarShapes() {
		if !s.Planar() {
			t.Fatalf("%+v is not planar", s)
		}
		c := newConvCase(s)
		got, want := c.run(t, simd.Best(), 1), c.reference()
		within(t, "y", got.y, want.y, want.yAbs, s.R*s.S+1)
		for _, fn := range []Fn{Linear, ReLU, Tanh} {
			t.Run(fmt.Sprint(i, activations[fn].name), func(t *testing.T) {
				first := c.pooledApart(fn)
				for level := simd.Portable; level <= simd.Best(); level++ {
					identical(t, level.String(), c.pooled(t, fn, level, 1+int(level)), first)
				}
			})
		}
	}
}

// pooledApart is the convolution, the function and the pooling by kernels of
// their own.
func (c *convCase) pooledApart(fn Fn) []float32 {
	s := c.ConvShape
	p := par.New(1)
	defer p.Close()
	conv := ConvForward{ConvShape: s, Fn: fn}
	p.Reserve(conv.Scratch())
	pack := ConvPack{s}
	packed, y := make([]float32, pack.PackedLen()), make([]float32, s.yLen())
	pack.Run(p, packed, c.w, nil)
	conv.Run(p, y, c.x, packed, c.b, nil)
	pool := MaxPool{PoolShape{N: s.N, H: s.P, W: s.Q, C: s.K, R: 2, S: 2, P: s.P / 2, Q: s.Q / 2, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1}}
	out := make([]float32, pool.outLen())
	pool.Run(p, out, y)
	return out
}

// pooled is the same by ConvMaxPool, at a level and with just the scratch memory
// that it asks for.
func (c *convCase) pooled(t *testing.T, fn Fn, level simd.Level, threads int) []float32 {
	t.Helper()
	restore, ok := simd.Force(level)
	if !ok {
		t.Fatalf("no %v here", level)
	}
	defer restore()
	k, pack := ConvMaxPool{c.ConvShape, fn}, ConvPack{c.ConvShape}
	p := par.New(threads)
	defer p.Close()
	p.Reserve(k.Scratch())
	for i := range threads {
		for j := range p.Scratch(i) {
			p.Scratch(i)[j] = float32(math.NaN())
		}
	}
	packed := make([]float32, pack.PackedLen())
	pack.Run(p, packed, c.w, nil)
	y, check := guarded(t, k.outLen())
	k.Run(p, y, c.x, packed, c.b)
	check()
	return y
}

// planarKernels is what else there is for a planar geometry.
func planarKernels(s ConvShape) []plan.Kernel {
	return []plan.Kernel{&ConvMaxPool{ConvShape: s, Fn: ReLU}}
}
