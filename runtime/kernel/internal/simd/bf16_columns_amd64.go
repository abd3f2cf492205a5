//go:build amd64 && !noasm

package simd

// The functions of bf16_columns.go by assembly; they say whether there was any.

// halfRowCount is the number of rows, 0 where no assembly may run on them.
func halfRowCount(elems, n int) int {
	if n == 0 || !HasBF16() {
		return 0
	}
	return elems / n
}

func halfSumFast(sum []float32, x []uint16) bool {
	rows := halfRowCount(len(x), len(sum))
	if rows == 0 {
		return false
	}
	halfSum(&x[0], &sum[0], len(sum), rows)
	return true
}

func halfSquaresFast(sum []float32, x []uint16, mean []float32) bool {
	rows := halfRowCount(len(x), len(sum))
	if rows == 0 {
		return false
	}
	_ = mean[len(sum)-1]
	halfSquares(&x[0], &sum[0], &mean[0], len(sum), rows)
	return true
}

func halfNormFast(y, x []uint16, mean, a, b []float32, z []uint16, clamp Clamp) bool {
	n := len(mean)
	rows := halfRowCount(len(x), n)
	if rows == 0 {
		return false
	}
	_, _, _ = y[len(x)-1], a[n-1], b[n-1]
	if z == nil {
		halfNorm(&y[0], &x[0], &mean[0], &a[0], &b[0], n, rows, clamp.Lo, clamp.Hi)
		return true
	}
	_ = z[len(x)-1]
	halfNormAdd(&y[0], &x[0], &z[0], &mean[0], &a[0], &b[0], n, rows, clamp.Lo, clamp.Hi)
	return true
}

func halfDotsFast(sum, dot []float32, dy, x []uint16, mean, a, b []float32) bool {
	n := len(sum)
	rows := halfRowCount(len(x), n)
	if rows == 0 {
		return false
	}
	_, _, _ = dot[n-1], dy[len(x)-1], mean[n-1]
	if a == nil {
		halfDots(&dy[0], &x[0], &sum[0], &dot[0], &mean[0], n, rows)
		return true
	}
	_, _ = a[n-1], b[n-1]
	halfDotsGate(&dy[0], &x[0], &sum[0], &dot[0], &mean[0], &a[0], &b[0], n, rows)
	return true
}

func halfGradFast(dx, dy, x []uint16, mean, c, q, p, a, b []float32) bool {
	n := len(mean)
	rows := halfRowCount(len(x), n)
	if rows == 0 {
		return false
	}
	_, _, _, _, _ = dx[len(x)-1], dy[len(x)-1], c[n-1], q[n-1], p[n-1]
	if a == nil {
		halfGrad(&dx[0], &dy[0], &x[0], &mean[0], &c[0], &q[0], &p[0], n, rows)
		return true
	}
	_, _ = a[n-1], b[n-1]
	halfGradGate(&dx[0], &dy[0], &x[0], &mean[0], &c[0], &q[0], &p[0], &a[0], &b[0], n, rows)
	return true
}

func halfAddFast(y, a, b []uint16) bool {
	n := len(y)
	if n == 0 || !HasBF16() {
		return false
	}
	_, _ = a[n-1], b[n-1]
	halfAdd(&y[0], &a[0], &b[0], n)
	return true
}

func halfReLUGradFast(dx, dy, y []uint16) bool {
	n := len(dx)
	if n == 0 || !HasBF16() {
		return false
	}
	_, _ = dy[n-1], y[n-1]
	halfReLUGrad(&dx[0], &dy[0], &y[0], n)
	return true
}

// The functions below take n ≥ 1 columns and rows ≥ 1, or n ≥ 1 elements.

//go:noescape
func halfSum(x *uint16, sum *float32, n, rows int)

//go:noescape
func halfSquares(x *uint16, sum, mean *float32, n, rows int)

//go:noescape
func halfNorm(y, x *uint16, mean, a, b *float32, n, rows int, lo, hi float32)

//go:noescape
func halfNormAdd(y, x, z *uint16, mean, a, b *float32, n, rows int, lo, hi float32)

//go:noescape
func halfDots(dy, x *uint16, sum, dot, mean *float32, n, rows int)

//go:noescape
func halfDotsGate(dy, x *uint16, sum, dot, mean, a, b *float32, n, rows int)

//go:noescape
func halfGrad(dx, dy, x *uint16, mean, c, q, p *float32, n, rows int)

//go:noescape
func halfGradGate(dx, dy, x *uint16, mean, c, q, p, a, b *float32, n, rows int)

//go:noescape
func halfAdd(y, a, b *uint16, n int)

//go:noescape
func halfReLUGrad(dx, dy, y *uint16, n int)
