package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A dense layer, forward and backward, is within the stated bounds of gonum's
// float64 BLAS: n+1 roundings of 2⁻²⁴ over sums of n terms, with the sum of
// their magnitudes computed the same way.
func TestDenseIsBLAS(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := pool(t, 2)
	shapes := []DenseShape{{600, 40, 3}, {50, 70, 200}}
	for range 40 {
		shapes = append(shapes, DenseShape{N: 1 + r.IntN(40), C: 1 + r.IntN(150), K: 1 + r.IntN(70)})
	}
	for _, s := range shapes {
		x, w, b, dy := randomMatrix(r, s.N, s.C), randomMatrix(r, s.K, s.C), randomMatrix(r, 1, s.K), randomMatrix(r, s.N, s.K)
		y, dx, dw, db := runDense(p, s, narrow(x), narrow(dy), narrow(w), narrow(b))
		ones := blas64.General{Rows: s.N, Cols: 1, Stride: 1, Data: make([]float64, s.N)}
		for i := range ones.Data {
			ones.Data[i] = 1
		}
		for _, c := range []struct {
			name       string
			got        []float32
			tA, tB     blas.Transpose
			a, b, plus blas64.General
			terms      int
		}{
			{"y", y, blas.NoTrans, blas.Trans, x, w, outer(ones, b), s.C + 1},
			{"dx", dx, blas.NoTrans, blas.NoTrans, dy, w, zeros(s.N, s.C), s.K},
			{"dw", dw, blas.Trans, blas.NoTrans, dy, x, zeros(s.K, s.C), s.N},
			{"db", db, blas.Trans, blas.NoTrans, ones, dy, zeros(1, s.K), s.N},
		} {
			want, size := clone(c.plus), magnitudes(c.plus)
			blas64.Gemm(c.tA, c.tB, 1, c.a, c.b, 1, want)
			blas64.Gemm(c.tA, c.tB, 1, magnitudes(c.a), magnitudes(c.b), 1, size)
			for i, got := range c.got {
				if bound := float64(c.terms+1) * 0x1p-24 * size.Data[i]; !(math.Abs(float64(got)-want.Data[i]) <= bound) {
					t.Fatalf("%+v: %s[%d] is %v, expected %v within %.2g", s, c.name, i, got, want.Data[i], bound)
				}
			}
		}
	}
}

// randomMatrix is a matrix of numbers that float32 holds exactly.
func randomMatrix(r *rand.Rand, rows, cols int) blas64.General {
	m := zeros(rows, cols)
	for i := range m.Data {
		m.Data[i] = float64(float32(r.NormFloat64()))
	}
	return m
}

func zeros(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

func clone(m blas64.General) blas64.General {
	m.Data = append([]float64(nil), m.Data...)
	return m
}

func magnitudes(m blas64.General) blas64.General {
	m = clone(m)
	for i, v := range m.Data {
		m.Data[i] = math.Abs(v)
	}
	return m
}

// outer is the product of a column and a row.
func outer(column, row blas64.General) blas64.General {
	m := zeros(column.Rows, row.Cols)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, column, row, 0, m)
	return m
}

func narrow(m blas64.General) []float32 {
	out := make([]float32, len(m.Data))
	for i, v := range m.Data {
		out[i] = float32(v)
	}
	return out
}
