package kernel

import (
	"testing"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// runDense computes all passes of a dense layer.
func runDense(p *par.Pool, s DenseShape, x, dy, w, b []float32) (y, dx, dw, db []float32) {
	pack, packT := &DensePack{s}, &DensePackTransposed{s}
	fwd, bwd, grad := &DenseForward{DenseShape: s}, &DenseBackwardData{s}, &DenseBackwardWeights{s}
	p.Reserve(max(fwd.Scratch(), bwd.Scratch(), grad.Scratch()))
	packed, packedT := make([]float32, pack.PackedLen()), make([]float32, packT.PackedLen())
	work := make([]float32, grad.WorkLen())
	y, dx, dw = make([]float32, s.N*s.K), make([]float32, s.N*s.C), make([]float32, s.K*s.C)
	if b != nil {
		db = make([]float32, s.K)
	}
	pack.Run(p, packed, w, nil)
	packT.Run(p, packedT, w)
	fwd.Run(p, y, x, packed, b, nil)
	bwd.Run(p, dx, dy, packedT)
	grad.Run(p, dw, db, x, dy, work)
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

// A dense layer has the bits of the 1×1 convolution, at every level.
func TestDenseIsConv(t *testing.T) {
	for _, s := range []DenseShape{{1, 400, 120}, {64, 84, 10}, {13, 33, 17}, {5, 1024, 9}, {600, 3, 2}} {
		c := newConvCase(s.conv())
		want := c.run(t, simd.Portable, 1)
		y, dx, dw, db := runDense(pool(t, 3), s, c.x, c.dy, c.w, c.b)
		identical(t, "y", y, want.y)
		identical(t, "dx", dx, want.dx)
		identical(t, "dw", dw, want.dw)
		identical(t, "db", db, want.db)
	}
}
