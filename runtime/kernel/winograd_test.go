package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// winogradShapes are geometries around the sizes at which the kernels change
// way.
func winogradShapes() []ConvShape {
	all := []ConvShape{
		square(1, 1, 1, 1, 3, 1, 1, 1, 1), // smaller than the filter
		square(2, 8, 4, 6, 3, 1, 1, 1, 1), // whole tiles
		square(1, 9, 3, 5, 3, 1, 0, 1, 1), // without padding
		square(2, 7, 5, 7, 3, 1, 2, 1, 1), // more padding
		square(1, 3, 2, 2, 3, 1, 3, 1, 1), // outputs of padding alone
		square(1, 30, 3, 4, 3, 1, 1, 1, 1),
		square(3, 17, 20, 33, 3, 1, 1, 1, 1),  // several blocks
		square(1, 14, 64, 130, 3, 1, 1, 1, 1), // several parts
		square(9, 5, 33, 65, 3, 1, 1, 1, 1),
		square(4, 47, 1, 2, 3, 1, 1, 1, 1), // several chunks
		square(1, 5, 300, 9, 3, 1, 1, 1, 1),
		{N: 2, H: 6, W: 11, C: 3, K: 4, R: 3, S: 3, P: 6, Q: 10, StrideH: 1, StrideW: 1, PadT: 1, PadL: 0, DilH: 1, DilW: 1, Groups: 1},
		{N: 1, H: 4, W: 13, C: 9, K: 17, R: 3, S: 3, P: 5, Q: 12, StrideH: 1, StrideW: 1, PadT: 0, PadL: 2, DilH: 1, DilW: 1, Groups: 1}, // padding below only
		{N: 1, H: 9, W: 9, C: 2, K: 3, R: 3, S: 3, P: 2, Q: 3, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1},                      // rows no output reads
	}
	all = append(all,
		square(1, 2, 3, 2, 5, 1, 2, 1, 1), // smaller than the filter
		square(2, 8, 4, 6, 5, 1, 2, 1, 1),
		square(2, 14, 6, 16, 5, 1, 0, 1, 1), // LeNet-5
		square(2, 28, 1, 6, 5, 1, 2, 1, 1),  // and its first, as planes
		square(1, 33, 1, 37, 5, 1, 2, 1, 1), // an odd row and column, several panels
		square(1, 71, 1, 3, 5, 1, 0, 1, 1),  // several vectors
		square(1, 16, 1, 4, 5, 1, 7, 1, 1),  // outputs of padding alone
		square(1, 21, 5, 1, 5, 1, 2, 1, 1),  // as planes on the way back
		square(1, 21, 5, 1, 5, 1, 7, 1, 1),  // and a border cut off
		square(2, 7, 5, 7, 5, 1, 4, 1, 1),
		square(1, 14, 2, 40, 5, 1, 1, 1, 1), // of few channels, with an odd border, several panels
		square(1, 150, 3, 5, 5, 1, 3, 1, 1), // more tiles in a row than are listed at once
		square(1, 15, 8, 17, 5, 1, 0, 1, 1), // odd rows and columns
		square(1, 12, 9, 3, 5, 1, 7, 1, 1),  // on the way back, and a border cut off
		square(1, 3, 2, 2, 5, 1, 5, 1, 1),   // outputs of padding alone
		square(3, 17, 20, 33, 5, 1, 2, 1, 1),
		square(1, 13, 64, 130, 5, 1, 2, 1, 1),
		square(9, 47, 1, 2, 5, 1, 2, 1, 1),
		square(1, 5, 300, 9, 5, 1, 2, 1, 1),
		ConvShape{N: 2, H: 6, W: 11, C: 3, K: 4, R: 5, S: 5, P: 6, Q: 8, StrideH: 1, StrideW: 1, PadT: 3, PadL: 0, DilH: 1, DilW: 1, Groups: 1},
		ConvShape{N: 1, H: 4, W: 13, C: 9, K: 17, R: 5, S: 5, P: 5, Q: 12, StrideH: 1, StrideW: 1, PadT: 0, PadL: 3, DilH: 1, DilW: 1, Groups: 1},
		ConvShape{N: 1, H: 4, W: 3, C: 1, K: 3, R: 5, S: 5, P: 4, Q: 60, StrideH: 1, StrideW: 1, PadL: 40, PadT: 9, DilH: 1, DilW: 1, Groups: 1}, // taps outside alone
		ConvShape{N: 1, H: 9, W: 9, C: 2, K: 3, R: 5, S: 5, P: 2, Q: 3, StrideH: 1, StrideW: 1, DilH: 1, DilW: 1, Groups: 1},
	)
	for i, c := range []int{1, 7, 8, 15, 16, 17, 31, 32, 33, 48, 64} {
		all = append(all, square(1+i%2, 6+i%3, c, 65-c, 3, 1, 1, 1, 1), square(1+i%2, 6+i%3, c, 65-c, 5, 1, 2, 1, 1))
	}
	return all
}

// winogradKernels is every kernel of a geometry.
func winogradKernels(s ConvShape, tile int) []plan.Kernel {
	return []plan.Kernel{
		&WinogradPack{s, tile}, &WinogradPackTransposed{s, tile},
		&WinogradForward{ConvShape: s, Tile: tile}, &WinogradBackwardData{s, tile}, &WinogradBackwardWeights{s, tile},
	}
}

// winograd computes all passes by minimal filtering at a level, on threads with
// just the scratch memory that the kernels ask for, filled with NaN.
func (c *convCase) winograd(t *testing.T, tile int, level simd.Level, threads int) *convCase {
	t.Helper()
	restore, ok := simd.Force(level)
	if !ok {
		t.Fatalf("no %v here", level)
	}
	defer restore()
	p := par.New(threads)
	defer p.Close()
	for _, k := range winogradKernels(c.ConvShape, tile) {
		if s, ok := k.(plan.Scratcher); ok {
			p.Reserve(s.Scratch())
		}
	}
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
	pack, packT := WinogradPack{c.ConvShape, tile}, WinogradPackTransposed{c.ConvShape, tile}
	fwd, bwd, grad := WinogradForward{ConvShape: c.ConvShape, Tile: tile}, WinogradBackwardData{c.ConvShape, tile}, WinogradBackwardWeights{c.ConvShape, tile}
	r := *c
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

// rms is the root mean square of got - want.
func rms(got []float32, want []float64) float64 {
	sum := 0.0
	for i, w := range want {
		sum += (float64(got[i]) - w) * (float64(got[i]) - w)
	}
	return math.Sqrt(sum / float64(len(want)))
}

// accurate checks that the error of got is at most 10 times that of the direct
// kernel, and of a rounding of a value where that one has hardly any.
func accurate(t *testing.T, what string, got, direct []float32, want []float64) {
	t.Helper()
	size := rms(make([]float32, len(want)), want)
	if e, d := rms(got, want), rms(direct, want); !(e <= 10*max(d, 0x1p-23*size)) {
		t.Errorf("%s: error %.2e, of the direct kernel %.2e, of values about %.2e", what, e, d, size)
	}
}

// Every pass is as near to the float64 reference as is promised, writes its
// result and nothing else, and has the same bits at every level and number of
// threads.
func TestWinograd(t *testing.T) {
	for i, s := range winogradShapes() {
		c := newConvCase(s)
		want, direct := c.reference(), c.run(t, simd.Best(), 1)
		for _, tile := range s.Tiles()[1:] {
			t.Run(fmt.Sprintf("%d/%d", i, tile), func(t *testing.T) {
				got := c.winograd(t, tile, simd.Best(), 1)
				accurate(t, "y", got.y, direct.y, want.y)
				accurate(t, "dx", got.dx, direct.dx, want.dx)
				accurate(t, "dw", got.dw, direct.dw, want.dw)
				accurate(t, "db", got.db, direct.db, want.db)
				for level := simd.Portable; level <= simd.Best(); level++ {
					more := c.winograd(t, tile, level, 1+int(level))
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
}

// The bias and its gradient may be absent, and their absence changes nothing
// else.
func TestWinogradWithoutBias(t *testing.T) {
	c := newConvCase(square(2, 6, 3, 20, 3, 1, 1, 1, 1))
	clear(c.b)
	want := c.winograd(t, 4, simd.Best(), 1)
	c.b = nil
	got := c.winograd(t, 4, simd.Best(), 1)
	identical(t, "y", got.y, want.y)
	identical(t, "dw", got.dw, want.dw)
}

// The recorded convolutions to which minimal filtering applies come out.
func TestWinogradGoldens(t *testing.T) {
	n := 0
	for _, g := range goldens(t, "conv2d_*") {
		c := &convCase{ConvShape: goldenConv(&g), x: g.nhwc("x"), dy: g.nhwc("dy"), w: g.flat("w")}
		if !c.minimal() {
			continue
		}
		n++
		_, bias := g.tensors["b"]
		if c.b = make([]float32, c.K); bias {
			c.b = g.flat("b")
		}
		for _, tile := range c.Tiles()[1:] {
			r := c.winograd(t, tile, simd.Best(), 2)
			g.compare(t, "y", toNCHW(r.y, c.N, c.K, c.P*c.Q))
			g.compare(t, "d_x", toNCHW(r.dx, c.N, c.C, c.H*c.W))
			g.compare(t, "d_w", r.dw)
			if bias {
				g.compare(t, "d_b", r.db)
			}
		}
	}
	if n == 0 {
		t.Error("minimal filtering applies to no recorded convolution")
	}
}

// A convolution to which minimal filtering does not apply is refused.
func TestWinogradRefuses(t *testing.T) {
	for _, k := range []WinogradForward{
		{square(1, 8, 2, 2, 5, 1, 1, 1, 1), 4, Linear, 0}, {square(1, 8, 2, 2, 7, 1, 1, 1, 1), 2, Linear, 0}, {square(1, 8, 2, 2, 3, 2, 1, 1, 1), 4, Linear, 0},
		{square(1, 8, 2, 2, 3, 1, 1, 2, 1), 4, Linear, 0}, {square(1, 8, 2, 2, 3, 1, 1, 1, 2), 4, Linear, 0},
		{square(1, 8, 2, 2, 3, 1, 1, 1, 1), 3, Linear, 0},
	} {
		if !panics(func() { k.Operands() }) {
			t.Errorf("%+v is taken", k)
		}
	}
}
