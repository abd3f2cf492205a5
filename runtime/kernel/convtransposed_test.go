package kernel

import (
	"fmt"
	"testing"
)

// transposedRun computes y with scratch memory and packed weights of its own.
func transposedRun(t *testing.T, s ConvShape, x, w, b []float32) []float32 {
	k, pack := ConvTransposed{ConvShape: s}, ConvPackTransposed{s}
	p := pool(t, 2)
	p.Reserve(k.Scratch())
	packed, y := make([]float32, pack.PackedLen()), random(s.xLen(), 9)
	pack.Run(p, packed, w)
	k.Run(p, y, x, packed, b)
	return y
}

func TestConvTransposedGoldens(t *testing.T) {
	for _, g := range goldens(t, "tconv_*") {
		x, y, w := g.tensors["x"].shape, g.tensors["y"].shape, g.tensors["w"].shape
		s := ConvShape{
			N: x[0], H: y[2], W: y[3], C: y[1], K: x[1], P: x[2], Q: x[3], R: w[2], S: w[3],
			StrideH: g.attrs.Stride[0], StrideW: g.attrs.Stride[1], PadT: g.attrs.Padding[0], PadL: g.attrs.Padding[1],
			DilH: g.attrs.Dilation[0], DilW: g.attrs.Dilation[1], Groups: y[1] / w[1],
		}
		var b []float32
		if _, ok := g.tensors["b"]; ok {
			b = g.flat("b")
		}
		g.compareNHWC(t, "y", transposedRun(t, s, g.nhwc("x"), g.flat("w"), b))

		p, dy := pool(t, 1), g.nhwc("dy")
		pack, fwd, grad := ConvPack{s}, ConvForward{ConvShape: s}, ConvBackwardWeights{s}
		p.Reserve(max(fwd.Scratch(), grad.Scratch()))
		packed, dx, dw := make([]float32, pack.PackedLen()), make([]float32, s.yLen()), make([]float32, s.wLen())
		pack.Run(p, packed, g.flat("w"), nil)
		fwd.Run(p, dx, dy, packed, nil, nil)
		g.compareNHWC(t, "d_x", dx)
		grad.Run(p, dw, nil, dy, g.nhwc("x"), make([]float32, grad.WorkLen()))
		g.compare(t, "d_w", dw)
		if b != nil {
			sums := ChannelSums{N: 1, Rows: s.N * s.H * s.W, C: s.C}
			db := make([]float32, s.C)
			sums.Run(p, nil, db, nil, dy, make([]float32, sums.WorkLen()))
			g.compare(t, "d_b", db)
		}
	}
}

// A transposed convolution is the gradient of the convolution plus the bias,
// also where no tap meets an output.
func TestConvTransposed(t *testing.T) {
	for _, s := range convShapes() {
		c := newConvCase(s)
		ref := c.reference()
		b := random(s.C, 5)
		want := make([]float64, s.xLen())
		for i := range want {
			want[i] = ref.dx[i] + float64(b[i%s.C])
		}
		near(t, fmt.Sprintf("%+v", s), transposedRun(t, s, c.dy, c.w, b), want, 1e-5)
	}
}
