package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
)

// rowShapes has rows around the number of lanes, of several pieces, and as many
// as give several blocks.
var rowShapes = []RowNorm{
	{1, 1, 1e-3}, {3, 2, 1e-3}, {5, 31, 1e-3}, {4, 32, 1e-3}, {700, 33, 1e-3}, {256, 96, 1e-3}, {3, 2100, 1e-3},
	{2, 3*chunkMax*lanes + 45, 1e-3},
}

func runRowNorm(p *par.Pool, k RowNorm, x, dy, w, b []float32) layer {
	n := k.Rows * k.C
	l := layer{make([]float32, n), make([]float32, 2*k.Rows), make([]float32, n), make([]float32, k.C), make([]float32, k.C)}
	k.Run(p, l.y, l.moments, x, w, b)
	back := &RowNormBackward{k.Rows, k.C}
	back.Run(p, l.dx, l.dw, l.db, dy, x, l.moments, w, make([]float32, back.WorkLen()))
	return l
}

func TestRowNormAgainstNaive(t *testing.T) {
	p := pool(t, 2)
	for _, k := range rowShapes {
		name := fmt.Sprintf("%+v", k)
		n := k.Rows * k.C
		x, dy, w, b := random(n, 1), random(n, 2), random(k.C, 3), random(k.C, 4)
		rows := make([][]int, k.Rows)
		for i := range x {
			x[i] = 2*x[i] + 10
			rows[i/k.C] = append(rows[i/k.C], i)
		}
		got := runRowNorm(p, k, x, dy, w, b)
		y, dx, dw, db := naiveNorm(rows, func(i int) int { return i % k.C }, float64(k.Eps), x, dy, w, b)
		near(t, name+" y", got.y, y, 1e-5)
		near(t, name+" dw", got.dw, dw, 1e-5)
		near(t, name+" db", got.db, db, 1e-5)
		if k.C > 2 { // of two values dx is what cancellation leaves
			near(t, name+" dx", got.dx, dx, 1e-5)
		}
		back := &RowNormBackward{k.Rows, k.C}
		back.Run(p, dy, nil, nil, dy, x, got.moments, w, make([]float32, back.WorkLen()))
		near(t, name+" dx in place", dy, wide(got.dx), 0)
		k.Run(p, x, got.moments, x, w, b)
		near(t, name+" y in place", x, wide(got.y), 0)
	}
}

func TestRowNormWithoutLearnedNumbers(t *testing.T) {
	p := pool(t, 1)
	k := RowNorm{9, 70, 1e-5}
	x, dy := random(9*70, 1), random(9*70, 2)
	ones := make([]float32, k.C)
	for i := range ones {
		ones[i] = 1
	}
	want := runRowNorm(p, k, x, dy, ones, make([]float32, k.C))
	got := runRowNorm(p, k, x, dy, nil, nil)
	near(t, "y", got.y, wide(want.y), 0)
	near(t, "dx", got.dx, wide(want.dx), 0)
}

// A value that is no number reaches its own row and no other.
func TestRowNormSpecialValues(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		x := random(3*40, 1)
		x[40+3] = bad
		got := runRowNorm(pool(t, 1), RowNorm{3, 40, 1e-5}, x, random(3*40, 2), nil, nil)
		for i := range x {
			if own := i/40 == 1; (got.y[i] != got.y[i]) != own || (got.dx[i] != got.dx[i]) != own {
				t.Fatalf("%v: y[%d] = %v, dx %v", bad, i, got.y[i], got.dx[i])
			}
		}
	}
}

func TestLayerNormGoldens(t *testing.T) {
	p := pool(t, 2)
	for _, g := range goldens(t, "layernorm*") {
		s := g.tensors["x"].shape
		n, c, hw := s[0], s[1], s[2]*s[3]
		k := RowNorm{n * hw, c, 1e-6}
		w, b := g.flat("w"), g.flat("b")
		order := func(v []float64) []float64 { return v }
		if g.name == "layernorm_chw" {
			k = RowNorm{n, c * hw, 1e-5}
			w, b = toNHWC(w, 1, c, hw), toNHWC(b, 1, c, hw)
			order = func(v []float64) []float64 { return toNHWC(v, 1, c, hw) }
		}
		got := runRowNorm(p, k, g.nhwc("x"), g.nhwc("dy"), w, b)
		g.compareNHWC(t, "y", got.y)
		g.compareNHWC(t, "d_x", got.dx)
		g.compareTo(t, "d_w", got.dw, order(g.tensors["f64/d_w"].values))
		g.compareTo(t, "d_b", got.db, order(g.tensors["f64/d_b"].values))
	}
}

func TestGroupNormGolden(t *testing.T) {
	p := pool(t, 2)
	for _, g := range goldens(t, "groupnorm_*") {
		a := g.tensors["x"].shape
		s := NormShape{a[0], a[2] * a[3], a[1], g.attrs.Groups}
		got := runNorm(p, s, float32(g.attrs.Eps), g.nhwc("x"), g.nhwc("dy"), g.flat("w"), g.flat("b"))
		g.compareNHWC(t, "y", got.y)
		g.compareNHWC(t, "d_x", got.dx)
		g.compare(t, "d_w", got.dw)
		g.compare(t, "d_b", got.db)
	}
}
