package simd

import "fmt"

// The primitives of this file work on rows of pixels: n elements each, one
// after another, n the length of the vectors with one element a column. The
// number of rows follows from the first slice of rows. Sums start at 0 and go
// in order of the rows, one rounding an operation, so that no instruction set
// changes their bits.

// rowsOf is the number of rows of n elements in x. It panics when some are
// incomplete or the slices beside it are shorter.
func rowsOf(n int, x []float32, others ...[]float32) int {
	if n == 0 || len(x)%n != 0 {
		panic(fmt.Sprintf("simd: %d elements are no rows of %d", len(x), n))
	}
	for _, o := range others {
		if len(o) < len(x) {
			panic(fmt.Sprintf("simd: rows of %d elements beside %d", len(o), len(x)))
		}
	}
	return len(x) / n
}

// ColumnSum sets sum[j] = Σ x[j].
func ColumnSum(sum, x []float32) { ColumnSumApart(sum, x, rowsOf(len(sum), x), len(sum)) }

// ColumnSumApart is ColumnSum of so many rows, pitch elements apart.
func ColumnSumApart(sum, x []float32, rows, pitch int) {
	n := len(sum)
	if rows == 0 {
		clear(sum)
		return
	}
	x = x[:(rows-1)*pitch+n]
	for j := columnSumVec(sum, x, rows, pitch); j < n; j++ {
		s := float32(0)
		for i := j; i < len(x); i += pitch {
			s += x[i]
		}
		sum[j] = s
	}
}

// ColumnSquares sets sum[j] = Σ (x[j] - mean[j])².
func ColumnSquares(sum, x, mean []float32) {
	ColumnSquaresApart(sum, x, mean, rowsOf(len(sum), x), len(sum))
}

// ColumnSquaresApart is ColumnSquares of so many rows, pitch elements apart.
func ColumnSquaresApart(sum, x, mean []float32, rows, pitch int) {
	n := len(sum)
	mean = mean[:n]
	if rows == 0 {
		clear(sum)
		return
	}
	x = x[:(rows-1)*pitch+n]
	for j := columnSquaresVec(sum, x, mean, rows, pitch); j < n; j++ {
		s := float32(0)
		for i := j; i < len(x); i += pitch {
			d := x[i] - mean[j]
			s += float32(d * d)
		}
		sum[j] = s
	}
}

// ColumnDots sets sum[j] = Σ dy[j] and dot[j] = Σ dy[j]·(x[j] - mean[j]).
func ColumnDots(sum, dot, dy, x, mean []float32) {
	n := len(sum)
	rows := rowsOf(n, dy, x)
	dot, mean = dot[:n], mean[:n]
	if rows == 0 {
		clear(sum)
		clear(dot)
		return
	}
	for j := columnDotsVec(sum, dot, dy, x, mean, rows); j < n; j++ {
		s, d := float32(0), float32(0)
		for i := j; i < len(dy); i += n {
			s += dy[i]
			d += float32(dy[i] * (x[i] - mean[j]))
		}
		sum[j], dot[j] = s, d
	}
}

// ColumnAffine sets y[j] = (x[j] - mean[j])·a[j] + b[j]. y may be x.
func ColumnAffine(y, x, mean, a, b []float32) {
	n := len(mean)
	rows := rowsOf(n, y, x)
	a, b = a[:n], b[:n]
	if rows == 0 {
		return
	}
	first := columnAffineVec(y, x, mean, a, b, rows)
	for i := 0; i < len(y) && first < n; i += n {
		for j := first; j < n; j++ {
			y[i+j] = float32((x[i+j]-mean[j])*a[j]) + b[j]
		}
	}
}

// ColumnGrad sets dx[j] = (dy[j]·a[j] - (x[j] - mean[j])·q[j]) - p[j]. dx may be
// dy or x.
func ColumnGrad(dx, dy, x, mean, a, q, p []float32) {
	n := len(mean)
	rows := rowsOf(n, dx, dy, x)
	a, q, p = a[:n], q[:n], p[:n]
	if rows == 0 {
		return
	}
	first := columnGradVec(dx, dy, x, mean, a, q, p, rows)
	for i := 0; i < len(dx) && first < n; i += n {
		for j := first; j < n; j++ {
			dx[i+j] = float32(dy[i+j]*a[j]) - float32((x[i+j]-mean[j])*q[j]) - p[j]
		}
	}
}
