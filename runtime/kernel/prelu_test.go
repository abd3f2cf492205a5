package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/rng"
)

func TestLeakyReLUGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "act_leaky_relu") {
		y, dx := g.flat("x"), g.flat("dy")
		(&LeakyReLU{len(y), 0.01}).Run(p, y, y)
		g.compare(t, "y", y)
		(&LeakyReLUBackward{len(y), 0.01}).Run(p, dx, dx, y)
		g.compare(t, "d_x", dx)
	}
}

func TestPReLUGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "act_prelu") {
		s := g.tensors["x"].shape
		k := PReLU{s[0] * s[2] * s[3], s[1]}
		sums := ChannelSums{1, k.Rows, k.C, true}
		x, dx, dy := g.nhwc("x"), g.nhwc("dy"), g.nhwc("dy")
		y, dw := make([]float32, len(x)), make([]float32, k.C)
		k.Run(p, y, x, g.flat("w"))
		g.compareNHWC(t, "y", y)
		(*PReLUBackward)(&k).Run(p, dx, dx, x, g.flat("w"))
		g.compareNHWC(t, "d_x", dx)
		sums.Run(p, dw, nil, x, dy, make([]float32, sums.WorkLen()))
		g.compare(t, "d_w", dw)
	}
}

func TestScale(t *testing.T) {
	p := pool(t, 2)
	for _, s := range channelShapes {
		k := Scale{s[0] * s[1], s[2]}
		x, w, b := random(k.Rows*k.C, 1), random(k.C, 2), random(k.C, 3)
		y, want := make([]float32, len(x)), make([]float64, len(x))
		for i, v := range x {
			want[i] = float64(v) * float64(w[i%k.C])
		}
		k.Run(p, y, x, w, nil)
		near(t, fmt.Sprint(k), y, want, 1e-7)
		for i := range x {
			want[i] += float64(b[i%k.C])
		}
		k.Run(p, x, x, w, b)
		near(t, fmt.Sprint(k, " with bias"), x, want, 2e-7)
	}
}

// Samples are dropped whole, as the words of the step's key say.
func TestDropPath(t *testing.T) {
	p := pool(t, 2)
	for _, n := range []int{1, 7, elemTile/3 + 1, elemTile + 3} {
		k := DropPath{N: 20, Len: n, Rate: 0.25, Stream: 5}
		key, x := rng.New(11, 5).Fold(13), make([]float32, 20*n)
		for i := range x {
			x[i] = 3
		}
		k.Run(p, x, x, []int64{11}, []int64{13})
		for i, v := range x {
			want := 0.0
			if key.Uint32(uint64(i/n)) >= 1<<30 {
				want = 4
			}
			if math.Abs(float64(v)-want) > 1e-6 {
				t.Fatalf("%d elements: element %d of sample %d is %v, want %v", n, i%n, i/n, v, want)
			}
		}
	}
}
