package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
)

// normShapes has one value a group, one pixel, channels around the vector
// width, groups of every kind, and parts of several chunks.
var normShapes = []NormShape{
	{1, 1, 1, 1}, {1, 4, 3, 3}, {3, 1, 8, 2}, {1, 6, 5, 5}, {1, 130, 7, 7}, {1, 700, 33, 33},
	{2, 12, 6, 3}, {2, 12, 6, 1}, {3, 49, 16, 16}, {4, 81, 20, 5}, {1, 1100, 9, 9}, {1, 65, 520, 520}, {2, 600, 70, 7},
}

// layer runs forward and backward of a normalisation.
type layer struct{ y, moments, dx, dw, db []float32 }

func runNorm(p *par.Pool, s NormShape, eps float32, x, dy, w, b []float32) layer {
	l := layer{
		make([]float32, s.len()), make([]float32, s.momentsLen()),
		make([]float32, s.len()), make([]float32, s.C), make([]float32, s.C),
	}
	m := &Moments{s, eps}
	m.Run(p, l.moments, x, make([]float32, m.WorkLen()))
	(&Normalize{NormShape: s}).Run(p, l.y, x, l.moments, w, b, nil)
	k := &NormalizeBackward{NormShape: s}
	k.Run(p, l.dx, l.dw, l.db, dy, x, l.moments, w, nil, make([]float32, k.WorkLen()))
	return l
}

// naiveNorm is a normalisation as the papers write it, over groups of places
// that share their moments; channel gives the place's learned numbers.
func naiveNorm(groups [][]int, channel func(i int) int, eps float64, x, dy, w, b []float32) (y, dx, dw, db []float64) {
	y, dx = make([]float64, len(x)), make([]float64, len(x))
	dw, db = make([]float64, len(w)), make([]float64, len(w))
	for _, group := range groups {
		m := float64(len(group))
		mean, variance, sum, dot := 0.0, 0.0, 0.0, 0.0
		for _, i := range group {
			mean += float64(x[i]) / m
		}
		for _, i := range group {
			variance += (float64(x[i]) - mean) * (float64(x[i]) - mean) / m
		}
		inv := 1 / math.Sqrt(variance+eps)
		for _, i := range group {
			c := channel(i)
			hat := (float64(x[i]) - mean) * inv
			y[i] = hat*float64(w[c]) + float64(b[c])
			dw[c] += float64(dy[i]) * hat
			db[c] += float64(dy[i])
			sum += float64(dy[i]) * float64(w[c])
			dot += float64(dy[i]) * float64(w[c]) * hat
		}
		for _, i := range group {
			hat := (float64(x[i]) - mean) * inv
			dx[i] = inv * (float64(dy[i])*float64(w[channel(i)]) - sum/m - hat*dot/m)
		}
	}
	return y, dx, dw, db
}

// places lists the elements of each group.
func (s *NormShape) places() [][]int {
	all := make([][]int, s.N*s.Groups)
	for i := range s.len() {
		n, c := i/(s.Rows*s.C), i%s.C
		g := n*s.Groups + c/(s.C/s.Groups)
		all[g] = append(all[g], i)
	}
	return all
}

func TestNormAgainstNaive(t *testing.T) {
	p := pool(t, 2)
	for _, s := range normShapes {
		name := fmt.Sprintf("%+v", s)
		x, dy, w, b := random(s.len(), 1), random(s.len(), 2), random(s.C, 3), random(s.C, 4)
		for i := range x {
			x[i] = 2*x[i] + 10 // far from 0, where squares about 0 would lose the variance
		}
		got := runNorm(p, s, 1e-3, x, dy, w, b)
		y, dx, dw, db := naiveNorm(s.places(), func(i int) int { return i % s.C }, 1e-3, x, dy, w, b)
		near(t, name+" y", got.y, y, 1e-5)
		near(t, name+" dw", got.dw, dw, 1e-5)
		near(t, name+" db", got.db, db, 1e-5)
		if s.Rows*s.C/s.Groups > 1 { // of one value dx is what cancellation leaves
			near(t, name+" dx", got.dx, dx, 1e-5)
		}
	}
}

// Without learned numbers the layer is one with scale 1 and shift 0, and what is
// not wanted is left out without a change to the rest.
func TestNormWithoutLearnedNumbers(t *testing.T) {
	p := pool(t, 1)
	s := NormShape{1, 130, 9, 9}
	x, dy := random(s.len(), 1), random(s.len(), 2)
	ones, zeros := make([]float32, s.C), make([]float32, s.C)
	for i := range ones {
		ones[i] = 1
	}
	want := runNorm(p, s, 1e-5, x, dy, ones, zeros)
	got := runNorm(p, s, 1e-5, x, dy, nil, nil)
	near(t, "y", got.y, wide(want.y), 0)
	near(t, "dx", got.dx, wide(want.dx), 0)

	k := &NormalizeBackward{NormShape: s}
	dw := make([]float32, s.C)
	k.Run(p, nil, dw, nil, dy, x, want.moments, ones, nil, make([]float32, k.WorkLen()))
	near(t, "dw alone", dw, wide(want.dw), 0)
	db := make([]float32, s.C)
	k.Run(p, nil, nil, db, dy, x, want.moments, ones, nil, make([]float32, k.WorkLen()))
	near(t, "db alone", db, wide(want.db), 0)
}

func wide(v []float32) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}

// A value that is no number reaches its own group and no other.
func TestNormSpecialValues(t *testing.T) {
	p := pool(t, 1)
	s := NormShape{2, 100, 4, 2}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		x := random(s.len(), 1)
		x[5] = bad // part 0, channel 1
		got := runNorm(p, s, 1e-5, x, random(s.len(), 2), random(s.C, 3), random(s.C, 4))
		for i, y := range got.y {
			own := i < 100*4 && i%4 < 2
			if nan := y != y; nan != own {
				t.Fatalf("%v: y[%d] = %v", bad, i, y)
			}
			if nan := got.dx[i] != got.dx[i]; nan != own {
				t.Fatalf("%v: dx[%d] = %v", bad, i, got.dx[i])
			}
		}
	}
}

func BenchmarkNorm(b *testing.B) {
	p := pool(b, 1)
	for _, s := range []NormShape{{1, 8 * 112 * 112, 64, 64}, {1, 8 * 28 * 28, 512, 512}, {1, 8 * 7 * 7, 2048, 2048}} {
		x, dy, y, w, v := random(s.len(), 1), random(s.len(), 2), make([]float32, s.len()), random(s.C, 3), random(s.C, 4)
		m, back := &Moments{s, 1e-5}, &NormalizeBackward{NormShape: s}
		moments, work, dw := make([]float32, s.momentsLen()), make([]float32, back.WorkLen()), make([]float32, s.C)
		run := func(name string, f func()) {
			b.Run(fmt.Sprintf("%s/%dx%d", name, s.Rows, s.C), func(b *testing.B) {
				for b.Loop() {
					f()
				}
				perElement(b, s.len())
			})
		}
		run("Moments", func() { m.Run(p, moments, x, work[:m.WorkLen()]) })
		run("Normalize", func() { (&Normalize{NormShape: s}).Run(p, y, x, moments, w, v, nil) })
		run("Backward", func() { back.Run(p, y, dw, dw, dy, x, moments, w, nil, work) })
	}
}

// A sum and a function in Normalize have the bits of kernels of their own, and so
// does the gradient that computes the output again.
func TestNormFused(t *testing.T) {
	p := pool(t, 2)
	for i, s := range normShapes {
		name := fmt.Sprintf("%+v", s)
		x, dy, w, b, z := random(s.len(), 1), random(s.len(), 2), random(s.C, 3), random(s.C, 4), random(s.len(), 5)
		n := runNorm(p, s, 1e-3, x, dy, w, b)
		fn := Fn(1 + i%(len(activations)-1))
		for _, fn := range []Fn{ReLU, fn} {
			want, got := make([]float32, s.len()), make([]float32, s.len())
			p.Reserve((&Normalize{NormShape: s}).Scratch())
			(&Add{len(want)}).Run(p, want, n.y, z)
			(&Activation{fn, len(want)}).Run(p, want, want)
			(&Normalize{s, fn}).Run(p, got, x, n.moments, w, b, z)
			identical(t, name+" y", got, want)
			(&Activation{fn, len(want)}).Run(p, want, n.y)
			(&Normalize{s, fn}).Run(p, got, x, n.moments, w, b, nil)
			identical(t, name+" y without z", got, want)
		}
		y, masked := make([]float32, s.len()), make([]float32, s.len())
		(&Activation{ReLU, len(y)}).Run(p, y, n.y)
		(&ActivationBackward{ReLU, len(y)}).Run(p, masked, dy, y)
		want := runNorm(p, s, 1e-3, x, masked, w, b)
		k := &NormalizeBackward{NormShape: s, Gate: true}
		p.Reserve(k.Scratch())
		dx, dw, db := make([]float32, s.len()), make([]float32, s.C), make([]float32, s.C)
		k.Run(p, dx, dw, db, dy, x, n.moments, w, b, make([]float32, k.WorkLen()))
		identical(t, name+" dx", dx, want.dx)
		identical(t, name+" dw", dw, want.dw)
		identical(t, name+" db", db, want.db)
	}
}
