package simd

import (
	"fmt"
	"math"
	"testing"
)

// columnTests call each function of this file with its results first.
var columnTests = []struct {
	name      string
	toColumns int // results that have one element a column; 0 when the result has rows
	f         func(dst [2][]float32, x, dy []float32, v [4][]float32)
}{
	{"Sum", 1, func(dst [2][]float32, x, dy []float32, v [4][]float32) { ColumnSum(dst[0], x) }},
	{"Squares", 1, func(dst [2][]float32, x, dy []float32, v [4][]float32) { ColumnSquares(dst[0], x, v[0]) }},
	{"Dots", 2, func(dst [2][]float32, x, dy []float32, v [4][]float32) { ColumnDots(dst[0], dst[1], dy, x, v[0]) }},
	{"Affine", 0, func(dst [2][]float32, x, dy []float32, v [4][]float32) { ColumnAffine(dst[0], x, v[0], v[1], v[2]) }},
	{"Norm", 0, func(dst [2][]float32, x, dy []float32, v [4][]float32) {
		ColumnNorm(dst[0], x, v[0], v[1], v[2], nil, Clamp{})
	}},
	{"NormAdd", 0, func(dst [2][]float32, x, dy []float32, v [4][]float32) {
		ColumnNorm(dst[0], x, v[0], v[1], v[2], dy, Clamp{1, -0.25, 0.5})
	}},
	{"DotsGate", 2, func(dst [2][]float32, x, dy []float32, v [4][]float32) {
		ColumnDotsGate(dst[0], dst[1], dy, x, v[0], v[1], v[2])
	}},
	{"GradGate", 0, func(dst [2][]float32, x, dy []float32, v [4][]float32) {
		ColumnGradGate(dst[0], dy, x, v[0], v[1], v[2], v[3], v[2], v[1])
	}},
	{"Grad", 0, func(dst [2][]float32, x, dy []float32, v [4][]float32) {
		ColumnGrad(dst[0], dy, x, v[0], v[1], v[2], v[3])
	}},
}

// moderate is numbers of about unit size.
func moderate(n, from int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32((i*i+from*7)%23)/8 - 1
	}
	return v
}

// Every width of columns and number of rows gives the bits of the Go loops, and
// nothing behind the results changes.
func TestColumnsGiveTheBitsOfTheGoLoops(t *testing.T) {
	for _, tt := range columnTests {
		for n := 1; n <= 300; n++ {
			if n > 75 && n%61 > 2 {
				continue // some of many columns
			}
			for _, rows := range []int{0, 1, 2, 7} {
				for _, data := range []func(n, from int) []float32{moderate, numbers} {
					run := func(l Level) [2][]float32 {
						restore, ok := Force(l)
						defer restore()
						if !ok {
							return [2][]float32{}
						}
						size := n * rows
						if tt.toColumns > 0 {
							size = n
						}
						dst := [2][]float32{data(size+16, 5), data(size+16, 6)}
						v := [4][]float32{data(n, 1), data(n, 2), data(n, 3), data(n, 4)}
						tt.f([2][]float32{dst[0][:size], dst[1][:size]}, data(n*rows, 7), data(n*rows, 8), v)
						return dst
					}
					want, got := run(Portable), run(AVX2)
					for i := range got {
						for j := range got[i] {
							if !same(got[i][j], want[i][j]) {
								t.Fatalf("%s, %d columns, %d rows: result %d[%d] = %v, want %v", tt.name, n, rows, i, j, got[i][j], want[i][j])
							}
						}
					}
				}
			}
		}
	}
}

func TestColumnValues(t *testing.T) {
	x, dy := []float32{1, 2, 3, 4, 5, 9}, []float32{1, 10, 2, 20, 3, 30}
	mean, a, q, p := []float32{3, 5}, []float32{2, 3}, []float32{0.5, 4}, []float32{1, 7}
	sum, dot, y := make([]float32, 2), make([]float32, 2), make([]float32, 6)
	check := func(what string, got []float32, want ...float32) {
		t.Helper()
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	ColumnSum(sum, x)
	check("sums", sum, 9, 15)
	ColumnSquares(sum, x, mean)
	check("squares", sum, 8, 26)
	ColumnDots(sum, dot, dy, x, mean)
	check("sums of dy", sum, 6, 60)
	check("dots", dot, 4, 70)
	ColumnAffine(y, x, mean, a, q)
	check("affine", y, -3.5, -5, 0.5, 1, 4.5, 16)
	ColumnGrad(y, dy, x, mean, a, q, p)
	check("gradient", y, 2, 35, 3, 57, 4, 67)
	ColumnNorm(y, x, mean, a, q, dy, Clamp{1, 0, 20})
	check("norm", y, 0, 5, 2.5, 20, 7.5, 20)
	ColumnDotsGate(sum, dot, dy, x, mean, a, q)
	check("gated sums of dy", sum, 5, 50)
	check("gated dots", dot, 6, 100)
	ColumnGradGate(y, dy, x, mean, a, q, p, a, q)
	check("gated gradient", y, 0, 5, 3, 57, 4, 67)
}

// The stated bounds, over the range of float32.
func TestPowers(t *testing.T) {
	for bits := uint32(1); bits < 0x7f800000; bits += 100003 {
		x := math.Float32frombits(bits)
		if got, want := log(x), math.Log(float64(x)); math.Abs(got-want) > 1e-13*math.Abs(want)+1e-15 {
			t.Fatalf("log(%v) = %v, want %v", x, got, want)
		}
		y := []float32{0}
		PowM34(y, []float32{x})
		if want := math.Pow(float64(x), -0.75); math.Abs(float64(y[0])-want) > 2.5*want/(1<<23) {
			t.Fatalf("PowM34(%v) = %v, want %v", x, y[0], want)
		}
		for _, e := range []float32{-0.5, -0.75, 0.3} {
			Pow(y, []float32{x}, e)
			want := math.Pow(float64(x), float64(e))
			if bound := math.Abs(float64(e)*math.Log(float64(x))) + 2; math.Abs(float64(y[0])-want) > bound*want/(1<<23) {
				t.Fatalf("Pow(%v, %v) = %v, want %v", x, e, y[0], want)
			}
		}
	}
	inf := float32(math.Inf(1))
	y := make([]float32, 4)
	Pow(y, []float32{0, inf, float32(math.NaN()), -1}, -0.5)
	if y[0] != inf || y[1] != 0 || y[2] == y[2] || y[3] == y[3] {
		t.Errorf("powers of 0, +Inf, NaN, -1 are %v", y)
	}
}
