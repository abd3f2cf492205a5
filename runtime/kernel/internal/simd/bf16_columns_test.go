package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The assembly gives the bits of plain Go at every number of columns and rows, and
// touches nothing else.
func TestHalfColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	vector := func(n int) []float32 {
		v := fenced(t, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	rows := func(n int) []uint16 {
		mem := halves(fenced(t, (n+1)/2))
		v := mem[len(mem)-n:]
		for i := range v {
			v[i] = BF16(float32(r.NormFloat64()))
		}
		return v
	}
	for n := 1; n <= 50; n++ {
		for m := 1; m <= 10; m++ {
			x, dy, z, y := rows(n*m), rows(n*m), rows(n*m), rows(n*m)
			mean, a, b, c, q := vector(n), vector(n), vector(n), vector(n), vector(n)
			sum, dot := vector(n), vector(n)
			for name, f := range map[string]func(){
				"sum":        func() { HalfSum(sum, x) },
				"squares":    func() { HalfSquares(sum, x, mean) },
				"norm":       func() { HalfNorm(y, x, mean, a, b, nil, Clamp{}) },
				"norm relu6": func() { HalfNorm(y, x, mean, a, b, z, Clamp{1, 0, 6}) },
				"dots":       func() { HalfDots(sum, dot, dy, x, mean, nil, nil) },
				"dots gate":  func() { HalfDots(sum, dot, dy, x, mean, a, b) },
				"grad":       func() { HalfGrad(y, dy, x, mean, c, q, b, nil, nil) },
				"grad gate":  func() { HalfGrad(y, dy, x, mean, c, q, b, a, b) },
				"add":        func() { HalfAdd(y, x, z) },
				"relu":       func() { HalfReLUGrad(y, x, z) },
			} {
				state := func() string { return fmt.Sprint(sum, dot, y) }
				s, d, h := append([]float32(nil), sum...), append([]float32(nil), dot...), append([]uint16(nil), y...)
				f()
				got := state()
				copy(sum, s)
				copy(dot, d)
				copy(y, h)
				restore, _ := Force(Portable)
				f()
				restore()
				if want := state(); got != want {
					t.Fatalf("%s of %d rows of %d:\n got %s\nwant %s", name, m, n, got, want)
				}
			}
		}
	}
}
