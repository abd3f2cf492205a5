package kernel

import (
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// runDense computes all passes of a dense layer.
func runDense(p *par.Pool, s DenseShape, x, dy, w, b []float32) (y, dx, dw, db []float32) {
	pack := &DensePack{s}
	fwd, bwd, grad := &DenseForward{DenseShape: s}, &DenseBackwardData{s}, &DenseBackwardWeights{s}
	p.Reserve(fwd.Scratch())
	packed := make([]float32, pack.PackedLen())
	y, dx, dw = make([]float32, s.N*s.K), make([]float32, s.N*s.C), make([]float32, s.K*s.C)
	if b != nil {
		db = make([]float32, s.K)
	}
	pack.Run(p, packed, w, nil)
	fwd.Run(p, y, x, packed, b, nil)
	bwd.Run(p, dx, dy, w)
	grad.Run(p, dw, db, x, dy)
	return
}

func TestDenseGoldens(t *testing.T) {
	for _, g := range goldens(t, "linear*") {
		x, w := g.tensors["x"].shape, g.tensors["w"].shape
		var b []float32
		if _, ok := g.tensors["b"]; ok {
			b = g.flat("b")
		}
		y, dx, dw, db := runDense(pool(t, 2), DenseShape{x[0], x[1], w[0]}, g.flat("x"), g.flat("dy"), g.flat("w"), b)
		g.compare(t, "y", y)
		g.compare(t, "d_x", dx)
		g.compare(t, "d_w", dw)
		if b != nil {
			g.compare(t, "d_b", db)
		}
	}
}

// A dense layer has the bits of the 1×1 convolution, at every level, whether its
// weights are packed or not.
func TestDenseIsConv(t *testing.T) {
	for _, s := range []DenseShape{{1, 400, 120}, {64, 84, 10}, {33, 1024, 97}, {13, 33, 17}, {5, 1024, 9}, {600, 3, 2}, {8, 400, 120}, {48, 70, 33}, {2, 9, 300}, {1, 1024, 70}} {
		c := newConvCase(s.conv())
		want := c.run(t, simd.Portable, 1)
		y, dx, dw, db := runDense(pool(t, 3), s, c.x, c.dy, c.w, c.b)
		identical(t, "y", y, want.y)
		for level := simd.Portable; level <= simd.Best(); level++ {
			restore, _ := simd.Force(level)
			p := pool(t, 1+int(level))
			_, dxAt, dwAt, dbAt := runDense(p, s, c.x, c.dy, c.w, c.b)
			for _, fn := range []Fn{Linear, ReLU, Sigmoid} {
				direct, check := guarded(t, len(y))
				k := DenseDirect{s, fn}
				p.Reserve(k.Scratch())
				k.Run(p, direct, c.x, c.w, c.b, make([]float32, k.WorkLen()))
				check()
				withFn := make([]float32, len(y))
				(&Activation{fn, len(y)}).Run(p, withFn, y)
				identical(t, "direct y", direct, withFn)
			}
			restore()
			identical(t, "dx", dxAt, dx)
			identical(t, "dw", dwAt, dw)
			identical(t, "db", dbAt, db)
		}
	}
}
