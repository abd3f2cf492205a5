package kernel

import (
	"fmt"
	"testing"
)

// channelShapes are samples, rows and channels around the sizes of vectors and
// of tiles.
var channelShapes = [][3]int{
	{1, 1, 1}, {2, 1, 7}, {1, 64, 8}, {3, 5, 9}, {2, 17, 16}, {1, 2500, 3}, {2, 1030, 33}, {1, 3, elemTile + 5}, {5, 1, 17},
}

func TestGate(t *testing.T) {
	p := pool(t, 2)
	for _, s := range channelShapes {
		k := Gate{s[0], s[1], s[2]}
		x, w := random(k.N*k.Pixels*k.C, 1), random(k.N*k.C, 2)
		want := make([]float64, len(x))
		for i, v := range x {
			want[i] = float64(v) * float64(w[i/k.C/k.Pixels*k.C+i%k.C])
		}
		k.Run(p, x, x, w)
		near(t, fmt.Sprint(k), x, want, 1e-7)
	}
}

func TestGateGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "add_broadcast_se") {
		s := g.tensors["x"].shape
		k := Gate{s[0], s[2] * s[3], s[1]}
		sums := ChannelSums{N: k.N, Rows: k.Pixels, C: k.C}
		x, w, dy := g.nhwc("x"), g.flat("s"), g.nhwc("dy")
		y, dx, ds := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(w))
		k.Run(p, y, x, w)
		k.Run(p, dx, dy, w)
		sums.Run(p, ds, nil, x, dy, make([]float32, sums.WorkLen()))
		g.compareNHWC(t, "y", y)
		g.compareNHWC(t, "d_x", dx)
		g.compare(t, "d_s", ds)
	}
}

func TestChannelSums(t *testing.T) {
	p := pool(t, 2)
	for _, s := range channelShapes {
		for _, below := range []bool{false, true} {
			k := ChannelSums{s[0], s[1], s[2], below}
			x, dy := random(k.N*k.Rows*k.C, 1), random(k.N*k.Rows*k.C, 2)
			dw, db := make([]float32, k.N*k.C), make([]float32, k.N*k.C)
			wantW, wantB := make([]float64, len(dw)), make([]float64, len(db))
			for i, v := range x {
				at := i/k.C/k.Rows*k.C + i%k.C
				wantB[at] += float64(dy[i])
				if !below || v <= 0 {
					wantW[at] += float64(dy[i]) * float64(v)
				}
			}
			work := random(k.WorkLen(), 3)
			k.Run(p, dw, db, x, dy, work)
			near(t, fmt.Sprint(k, " dw"), dw, wantW, 1e-5)
			near(t, fmt.Sprint(k, " db"), db, wantB, 1e-5)
			clear(db)
			k.Run(p, nil, db, nil, dy, work)
			near(t, fmt.Sprint(k, " db alone"), db, wantB, 1e-5)
		}
	}
}

func TestConcatGoldens(t *testing.T) {
	p := pool(t, 2)
	for _, g := range goldens(t, "concat_channels") {
		dy := g.nhwc("dy")
		y, at := make([]float32, len(dy)), 0
		for _, name := range []string{"a", "b", "c"} {
			s := g.tensors[name].shape
			k := Concat{Rows: s[0] * s[2] * s[3], C: s[1], Of: g.tensors["y"].shape[1], At: at}
			x := g.nhwc(name)
			k.Run(p, y, x)
			(*ConcatBackward)(&k).Run(p, x, dy)
			g.compareNHWC(t, "d_"+name, x)
			at += k.C
		}
		g.compareNHWC(t, "y", y)
	}
}

// The parts of a concatenation leave each other alone, in any order.
func TestConcatParts(t *testing.T) {
	p := pool(t, 3)
	for _, rows := range []int{1, 5, 2000} {
		y := random(rows*20, 1)
		parts := []Concat{{rows, 8, 20, 12}, {rows, 1, 20, 0}, {rows, 11, 20, 1}}
		for i, k := range parts {
			x := make([]float32, rows*k.C)
			for j := range x {
				x[j] = float32(i*100000 + j)
			}
			k.Run(p, y, x)
		}
		for r := range rows {
			for c := range 20 {
				i := [...]int{1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0}[c]
				if got, want := y[r*20+c], float32(i*100000+r*parts[i].C+c-parts[i].At); got != want {
					t.Fatalf("%d rows: row %d, channel %d is %v, want %v", rows, r, c, got, want)
				}
			}
		}
	}
}
