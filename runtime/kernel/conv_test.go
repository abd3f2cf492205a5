package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// square is a convolution with equal sizes both ways.
func square(n, h, c, k, r, stride, pad, dil, groups int) ConvShape {
	p := (h+2*pad-dil*(r-1)-1)/stride + 1
	return ConvShape{
		N: n, H: h, W: h, C: c, K: k, R: r, S: r, P: p, Q: p,
		StrideH: stride, StrideW: stride, PadT: pad, PadL: pad, DilH: dil, DilW: dil, Groups: groups,
	}
}

// convShapes are geometries around the sizes at which the kernels change way.
func convShapes() []ConvShape {
	all := []ConvShape{
		square(1, 1, 1, 1, 1, 1, 0, 1, 1),
		square(2, 28, 1, 6, 5, 1, 2, 1, 1), // LeNet-5
		square(7, 14, 6, 16, 5, 1, 0, 1, 1),
		square(1, 5, 3, 8, 3, 1, 1, 1, 1),
		square(2, 9, 5, 7, 3, 2, 1, 1, 1),
		square(1, 13, 3, 10, 4, 3, 2, 1, 1),
		square(1, 11, 4, 12, 3, 1, 2, 2, 1),
		square(1, 12, 4, 4, 3, 2, 3, 3, 1), // dilation and stride share no factor
		square(1, 12, 4, 4, 3, 2, 2, 2, 1), // they share one: phases without a tap
		square(1, 10, 3, 5, 1, 3, 0, 1, 1),
		square(2, 6, 8, 12, 3, 1, 1, 1, 2),
		square(2, 7, 9, 9, 3, 1, 1, 1, 9), // depthwise
		square(2, 12, 40, 40, 3, 2, 1, 1, 40),
		square(1, 30, 33, 33, 5, 1, 2, 1, 33), // several blocks
		square(3, 6, 70, 70, 4, 3, 1, 2, 70),  // phases without a tap
		square(1, 2, 12, 12, 5, 1, 3, 1, 12),  // filter larger than the map
		square(12, 7, 35, 35, 1, 1, 0, 1, 35), // one tap
		square(2, 4, 1024, 1024, 3, 1, 1, 1, 1024),
		square(2, 6, 20, 20, 3, 1, 3, 3, 20), // some taps outside for all outputs
		{N: 1, H: 3, W: 1100, C: 9, K: 9, R: 1, S: 3, P: 3, Q: 1100, StrideH: 1, StrideW: 1, PadL: 1, DilH: 1, DilW: 1, Groups: 9},
		square(1, 7, 6, 18, 3, 2, 1, 1, 6), // three filters a channel
		square(1, 6, 70, 66, 3, 1, 1, 1, 2),
		square(1, 2, 3, 4, 5, 1, 3, 1, 1),    // filter larger than the map
		square(3, 4, 5, 6, 4, 1, 0, 1, 1),    // filter as large as the map
		square(1, 3, 1024, 3, 1, 1, 0, 1, 1), // pixels that share a cache set
		square(1, 4, 512, 3, 3, 2, 1, 1, 1),
		square(1, 40, 2, 3, 3, 1, 1, 1, 1),   // several blocks of rows
		square(9, 8, 3, 33, 3, 1, 1, 1, 1),   // several images a block
		square(40, 8, 2, 3, 3, 1, 1, 1, 1),   // several tables a block
		square(4, 28, 1, 6, 5, 1, 2, 1, 1),   // several spans
		square(2, 12, 40, 70, 3, 1, 1, 1, 1), // several parts
		square(1, 12, 9, 2, 11, 1, 5, 1, 1),  // more taps and channels than a table holds
		square(1, 11, 2, 9, 12, 1, 6, 1, 1),  // more taps than are packed together
		square(2, 1, 1030, 3, 1, 1, 0, 1, 1), // more channels than a table holds
		{N: 1, H: 3, W: 1100, C: 2, K: 3, R: 1, S: 3, P: 3, Q: 1100, StrideH: 1, StrideW: 1, PadL: 1, DilH: 1, DilW: 1, Groups: 1}, // blocks of columns
		{N: 2, H: 6, W: 5, C: 3, K: 4, R: 1, S: 7, P: 6, Q: 5, StrideH: 1, StrideW: 1, PadL: 3, DilH: 1, DilW: 1, Groups: 1},
		{N: 1, H: 6, W: 5, C: 3, K: 4, R: 3, S: 2, P: 4, Q: 3, StrideH: 2, StrideW: 2, PadT: 2, DilH: 1, DilW: 1, Groups: 1}, // more padding at one side
		{N: 1, H: 5, W: 8, C: 2, K: 3, R: 2, S: 2, P: 3, Q: 4, StrideH: 2, StrideW: 2, DilH: 1, DilW: 1, Groups: 1},          // padding below only
		{N: 1, H: 9, W: 8, C: 2, K: 3, R: 2, S: 2, P: 2, Q: 2, StrideH: 4, StrideW: 3, DilH: 1, DilW: 1, Groups: 1},          // rows no output reads
		{N: 1, H: 2, W: 1, C: 3, K: 3, R: 2, S: 1, P: 1, Q: 1, StrideH: 5, StrideW: 4, DilH: 1, DilW: 1, Groups: 1},          // stride beyond the map
		{N: 1, H: 6, W: 6, C: 4, K: 8, R: 3, S: 3, P: 6, Q: 5, StrideH: 1, StrideW: 1, PadT: 1, DilH: 1, DilW: 1, Groups: 1},
	}
	sizes := []int{1, 3, 6, 7, 8, 15, 16, 17, 31, 32, 33, 48, 64, 65}
	for i, c := range sizes {
		all = append(all, square(1, 4, c, sizes[len(sizes)-1-i], 3, 1, 1, 1, 1), square(2, 3, c, c, 1, 1, 0, 1, 1))
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 30 {
		g := 1 + r.IntN(3)
		s := ConvShape{
			N: 1 + r.IntN(3), H: 1 + r.IntN(9), W: 1 + r.IntN(9), C: g * (1 + r.IntN(9)), K: g * (1 + r.IntN(20)),
			R: 1 + r.IntN(4), S: 1 + r.IntN(4), P: 1 + r.IntN(8), Q: 1 + r.IntN(8),
			StrideH: 1 + r.IntN(3), StrideW: 1 + r.IntN(3), PadT: r.IntN(4), PadL: r.IntN(4),
			DilH: 1 + r.IntN(3), DilW: 1 + r.IntN(3), Groups: g,
		}
		all = append(all, s)
	}
	return all
}

// convCase is a convolution with its operands and the results of all passes.
type convCase struct {
	ConvShape
	x, dy, w, b   []float32
	y, dx, dw, db []float32
}

func newConvCase(s ConvShape) *convCase {
	return &convCase{ConvShape: s,
		x: random(s.xLen(), 1), dy: random(s.yLen(), 2), w: random(s.wLen(), 3), b: random(s.K, 4)}
}

// guarded returns a slice of n NaNs within more of them, and a check that these
// are untouched.
func guarded(t *testing.T, n int) (v []float32, check func()) {
	const guard = 40
	mem := make([]float32, n+2*guard)
	nan := math.Float32frombits(0x7fc12345)
	for i := range mem {
		mem[i] = nan
	}
	return mem[guard : guard+n : guard+n], func() {
		t.Helper()
		for i, v := range mem {
			if (i < guard || i >= guard+n) && math.Float32bits(v) != math.Float32bits(nan) {
				t.Fatalf("element %d of %d was written", i-guard, n)
			}
		}
	}
}

// run computes all passes at a level, on threads with just the scratch memory
// that the kernels ask for, filled with NaN.
func (c *convCase) run(t *testing.T, level simd.Level, threads int) *convCase {
	t.Helper()
	restore, ok := simd.Force(level)
	if !ok {
		t.Fatalf("no %v here", level)
	}
	defer restore()
	r := *c
	pack, packT := ConvPack{c.ConvShape}, ConvPackTransposed{c.ConvShape}
	fwd, bwd, grad := ConvForward{ConvShape: c.ConvShape}, ConvBackwardData{c.ConvShape}, ConvBackwardWeights{c.ConvShape}
	p := par.New(threads)
	defer p.Close()
	p.Reserve(max(fwd.Scratch(), bwd.Scratch(), grad.Scratch()))
	for i := range threads {
		for j := range p.Scratch(i) {
			p.Scratch(i)[j] = float32(math.NaN())
		}
	}
	var checks []func()
	out := func(n int) []float32 {
		v, check := guarded(t, n)
		checks = append(checks, check)
		return v
	}
	packed, packedT, work := out(pack.PackedLen()), out(packT.PackedLen()), out(grad.WorkLen())
	r.y, r.dx, r.dw, r.db = out(c.yLen()), out(c.xLen()), out(c.wLen()), nil
	if c.b != nil {
		r.db = out(c.K)
	}
	pack.Run(p, packed, c.w, nil)
	packT.Run(p, packedT, c.w)
	fwd.Run(p, r.y, c.x, packed, c.b, nil)
	bwd.Run(p, r.dx, c.dy, packedT)
	grad.Run(p, r.dw, r.db, c.x, c.dy, work)
	for _, check := range checks {
		check()
	}
	return &r
}

// reference computes a pass in float64 by the definition, with the sum of the
// terms' magnitudes beside.
type reference struct{ y, yAbs, dx, dxAbs, dw, dwAbs, db, dbAbs []float64 }

func (c *convCase) reference() *reference {
	f := func(n int) []float64 { return make([]float64, n) }
	r := &reference{f(c.yLen()), f(c.yLen()), f(c.xLen()), f(c.xLen()), f(c.wLen()), f(c.wLen()), f(c.K), f(c.K)}
	cg, kg := c.C/c.Groups, c.K/c.Groups
	for iy := range c.yLen() {
		k, q, p, n := iy%c.K, iy/c.K%c.Q, iy/c.K/c.Q%c.P, iy/c.K/c.Q/c.P
		r.y[iy] += float64(c.b[k])
		r.yAbs[iy] += math.Abs(float64(c.b[k]))
		dy := float64(c.dy[iy])
		r.db[k] += dy
		r.dbAbs[k] += math.Abs(dy)
		for i := range c.R {
			for j := range c.S {
				h, w := p*c.StrideH-c.PadT+i*c.DilH, q*c.StrideW-c.PadL+j*c.DilW
				if h < 0 || h >= c.H || w < 0 || w >= c.W {
					continue
				}
				for ch := range cg {
					ix := ((n*c.H+h)*c.W+w)*c.C + k/kg*cg + ch
					iw := ((k*cg+ch)*c.R+i)*c.S + j
					x, wt := float64(c.x[ix]), float64(c.w[iw])
					r.y[iy] += x * wt
					r.yAbs[iy] += math.Abs(x * wt)
					r.dx[ix] += dy * wt
					r.dxAbs[ix] += math.Abs(dy * wt)
					r.dw[iw] += dy * x
					r.dwAbs[iw] += math.Abs(dy * x)
				}
			}
		}
	}
	return r
}

// within checks got against want by the stated bound: terms·2⁻²⁴ of the sum of
// magnitudes.
func within(t *testing.T, what string, got []float32, want, abs []float64, terms int) {
	t.Helper()
	for i, w := range want {
		if bound := float64(terms) * 0x1p-24 * abs[i]; !(math.Abs(float64(got[i])-w) <= bound) {
			t.Errorf("%s[%d] = %v, want %v ± %.1e", what, i, got[i], w, bound)
			return
		}
	}
}

func identical(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Errorf("%s[%d] = %v, and %v at one thread and the highest level", what, i, got[i], want[i])
			return
		}
	}
}

// Every pass is within its bound of the float64 reference, writes its result
// and nothing else, and has the same bits at every level and number of threads.
func TestConv(t *testing.T) {
	for i, s := range convShapes() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			c := newConvCase(s)
			got, want := c.run(t, simd.Best(), 1), c.reference()
			taps := s.R * s.S
			within(t, "y", got.y, want.y, want.yAbs, taps*s.C/s.Groups+1)
			within(t, "dx", got.dx, want.dx, want.dxAbs, taps*s.K/s.Groups)
			within(t, "dw", got.dw, want.dw, want.dwAbs, maxTerms+64)
			within(t, "db", got.db, want.db, want.dbAbs, maxTerms+64)
			for level := simd.Portable; level <= simd.Best(); level++ {
				more := c.run(t, level, 1+int(level))
				identical(t, level.String()+" y", more.y, got.y)
				identical(t, level.String()+" dx", more.dx, got.dx)
				identical(t, level.String()+" dw", more.dw, got.dw)
				identical(t, level.String()+" db", more.db, got.db)
			}
			if t.Failed() {
				t.Logf("%+v", [...]ConvShape{s})
			}
		})
	}
}

// goldenConv is the geometry of a recorded convolution.
func goldenConv(g *golden) ConvShape {
	x, w, y, a := g.tensors["x"].shape, g.tensors["w"].shape, g.tensors["y"].shape, g.attrs
	s := ConvShape{
		N: x[0], H: x[2], W: x[3], C: x[1], K: w[0], R: w[2], S: w[3], P: y[2], Q: y[3],
		StrideH: a.Stride[0], StrideW: a.Stride[1], DilH: a.Dilation[0], DilW: a.Dilation[1],
		Groups: x[1] / w[1],
	}
	if a.Pads != nil { // top, bottom, left, right
		s.PadT, s.PadL = a.Pads[0], a.Pads[2]
	} else {
		s.PadT, s.PadL = a.Padding[0], a.Padding[1]
	}
	return s
}

// toNCHW undoes toNHWC.
func toNCHW(x []float32, n, c, hw int) []float32 { return toNHWC(x, n, hw, c) }

func TestConvGoldens(t *testing.T) {
	for _, g := range goldens(t, "conv2d_*") {
		c := &convCase{ConvShape: goldenConv(&g), x: g.nhwc("x"), dy: g.nhwc("dy"), w: g.flat("w")}
		_, bias := g.tensors["b"]
		if c.b = make([]float32, c.K); bias {
			c.b = g.flat("b")
		}
		r := c.run(t, simd.Best(), 2)
		g.compare(t, "y", toNCHW(r.y, c.N, c.K, c.P*c.Q))
		g.compare(t, "d_x", toNCHW(r.dx, c.N, c.C, c.H*c.W))
		g.compare(t, "d_w", r.dw)
		if bias {
			g.compare(t, "d_b", r.db)
		}
	}
}

// The bias and its gradient may be absent, and their absence changes nothing
// else.
func TestConvWithoutBias(t *testing.T) {
	c := newConvCase(square(2, 6, 3, 20, 3, 1, 1, 1, 1))
	clear(c.b)
	want := c.run(t, simd.Best(), 1)
	c.b = nil
	got := c.run(t, simd.Best(), 1)
	identical(t, "y", got.y, want.y)
	identical(t, "dw", got.dw, want.dw)
}

// convKernels is every kernel of a geometry.
func convKernels(s ConvShape) []plan.Kernel {
	return []plan.Kernel{
		&ConvPack{s}, &ConvPackTransposed{s}, &ConvForward{ConvShape: s}, &ConvBackwardData{s}, &ConvBackwardWeights{s},
		&ConvTransposed{ConvShape: s},
	}
}

func denseKernels(s DenseShape) []plan.Kernel {
	return []plan.Kernel{
		&DensePack{s}, &DenseDirect{DenseShape: s}, &DenseForward{DenseShape: s}, &DenseBackwardData{s}, &DenseBackwardWeights{s},
	}
}

// Call forwards the operands in their order, allocates nothing, and an operand
// of any other length is refused.
func TestConvOperands(t *testing.T) {
	p := pool(t, 2)
	kernels := append(convKernels(square(3, 28, 3, 20, 3, 1, 1, 1, 1)), convKernels(square(2, 9, 40, 40, 3, 1, 1, 1, 40))...)
	kernels = append(kernels, winogradKernels(square(3, 17, 20, 33, 3, 1, 1, 1, 1), 4)...)
	kernels = append(kernels, winogradKernels(square(3, 28, 1, 40, 5, 1, 2, 1, 1), 2)...)
	kernels = append(kernels, winogradKernels(square(3, 15, 6, 20, 5, 1, 2, 1, 1), 2)...)
	kernels = append(kernels, poolingKernels(square(3, 15, 6, 20, 5, 1, 2, 1, 1))...)
	kernels = append(kernels, poolingKernels(square(3, 28, 1, 40, 5, 1, 2, 1, 1))...)
	for _, s := range []DenseShape{{70, 130, 40}, {8, 130, 40}, {1, 130, 40}} {
		kernels = append(kernels, denseKernels(s)...)
	}
	for _, k := range kernels {
		if s, ok := k.(plan.Scratcher); ok {
			p.Reserve(s.Scratch())
		}
		views, check := bind(k)
		if n := allocations(func() { k.Call(p, views) }); n != 0 {
			t.Errorf("%T: %v allocations", k, n)
		}
		check(t)
		for i, o := range k.Operands() {
			for j, v := range views[i].F32 {
				if v != v && o.Name != "work" {
					t.Fatalf("%T: %s[%d] is NaN", k, o.Name, j)
				}
			}
			bad := append([]plan.View(nil), views...)
			bad[i].F32 = make([]float32, o.Len+1)
			if !panics(func() { k.Call(p, bad) }) {
				t.Errorf("%T takes %s one element too long", k, o.Name)
			}
		}
	}
}
