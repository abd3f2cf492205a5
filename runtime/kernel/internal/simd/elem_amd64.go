//go:build amd64 && !noasm

package simd

//go:generate go run -C _gen ./elem -out ../elem_amd64.s.new -stubs ../elem_stub_amd64.go.new -pkg simd
//go:generate mv elem_amd64.s.new elem_amd64.s
//go:generate mv elem_stub_amd64.go.new elem_stub_amd64.go

// The vector loops do the whole vectors at the start of their slices and
// return how many elements that is; the Go loops do the rest. There are none
// wider than AVX2: these primitives wait for memory or for the divider.

// vectors is the part of n elements that the vector loops do.
func vectors(n int) int {
	if Active() < AVX2 {
		return 0
	}
	return n &^ 7
}

func reluVec(y, x []float32) int {
	n := vectors(len(y))
	if n > 0 {
		reluAVX2(&y[0], &x[0], n)
	}
	return n
}

func reluGradVec(dx, dy, y []float32) int {
	n := vectors(len(dx))
	if n > 0 {
		reluGradAVX2(&dx[0], &dy[0], &y[0], n)
	}
	return n
}

func tanhVec(y, x []float32) int {
	n := vectors(len(y))
	if n > 0 {
		tanhAVX2(&y[0], &x[0], n)
	}
	return n
}

func tanhGradVec(dx, dy, y []float32) int {
	n := vectors(len(dx))
	if n > 0 {
		tanhGradAVX2(&dx[0], &dy[0], &y[0], n)
	}
	return n
}

func sigmoidVec(y, x []float32) int {
	n := vectors(len(y))
	if n > 0 {
		sigmoidAVX2(&y[0], &x[0], n)
	}
	return n
}

func sigmoidGradVec(dx, dy, y []float32) int {
	n := vectors(len(dx))
	if n > 0 {
		sigmoidGradAVX2(&dx[0], &dy[0], &y[0], n)
	}
	return n
}

func expVec(y, x []float32, shift float32) int {
	n := vectors(len(y))
	if n > 0 {
		expAVX2(&y[0], &x[0], shift, n)
	}
	return n
}

func scaleVec(y, x []float32, a float32) int {
	n := vectors(len(y))
	if n > 0 {
		scaleAVX2(&y[0], &x[0], a, n)
	}
	return n
}

func addVec(y, a, b []float32) int {
	n := vectors(len(y))
	if n > 0 {
		addAVX2(&y[0], &a[0], &b[0], n)
	}
	return n
}

func stepVec(w, dw []float32, d *Descent) int {
	n := vectors(len(w))
	if n > 0 {
		stepAVX2(&w[0], &dw[0], d.Rate, d.Decay, n)
	}
	return n
}

func stepMomentumVec(w, m, dw []float32, d *Descent) int {
	n := vectors(len(w))
	if n > 0 {
		stepMomentumAVX2(&w[0], &m[0], &dw[0], d.Rate, d.Decay, d.Momentum, d.Fresh, n)
	}
	return n
}

func stepNesterovVec(w, m, dw []float32, d *Descent) int {
	n := vectors(len(w))
	if n > 0 {
		stepNesterovAVX2(&w[0], &m[0], &dw[0], d.Rate, d.Decay, d.Momentum, d.Fresh, n)
	}
	return n
}

func mulVec(y, a, b []float32) int {
	n := vectors(len(y))
	if n > 0 {
		mulAVX2(&y[0], &a[0], &b[0], n)
	}
	return n
}

func divVec(y, a, b []float32) int {
	n := vectors(len(y))
	if n > 0 {
		divAVX2(&y[0], &a[0], &b[0], n)
	}
	return n
}

func affineVec(y, x []float32, a, b float32) int {
	n := vectors(len(y))
	if n > 0 {
		affineAVX2(&y[0], &x[0], a, b, n)
	}
	return n
}

func addScaledVec(y, x []float32, a float32) int {
	n := vectors(len(y))
	if n > 0 {
		addScaledAVX2(&y[0], &x[0], a, n)
	}
	return n
}

func powM34Vec(y, x []float32) int {
	n := vectors(len(y))
	if n > 0 {
		powM34AVX2(&y[0], &x[0], n)
	}
	return n
}

// The loops over columns do the whole vectors of columns of every row and
// return how many columns that is. There is at least one row. Sums of a few
// columns stay in registers, four vectors of columns at a time; those of many
// stay in the cache, so that the rows are read from memory in one stream.

const manyColumns = 128

func columnSumVec(sum, x []float32, rows, pitch int) int {
	n := vectors(len(sum))
	if n >= manyColumns {
		clear(sum[:n])
		columnSumRowsAVX2(&sum[0], &x[0], n, pitch, rows)
	} else if n > 0 {
		columnSumAVX2(&sum[0], &x[0], n, pitch, rows)
	}
	return n
}

func columnSquaresVec(sum, x, mean []float32, rows, pitch int) int {
	n := vectors(len(sum))
	if n >= manyColumns {
		clear(sum[:n])
		columnSquaresRowsAVX2(&sum[0], &x[0], &mean[0], n, pitch, rows)
	} else if n > 0 {
		columnSquaresAVX2(&sum[0], &x[0], &mean[0], n, pitch, rows)
	}
	return n
}

func columnDotsVec(sum, dot, dy, x, mean []float32, rows int) int {
	n := vectors(len(sum))
	if n >= manyColumns {
		clear(sum[:n])
		clear(dot[:n])
		columnDotsRowsAVX2(&sum[0], &dot[0], &dy[0], &x[0], &mean[0], n, len(sum), rows)
	} else if n > 0 {
		columnDotsAVX2(&sum[0], &dot[0], &dy[0], &x[0], &mean[0], n, len(sum), rows)
	}
	return n
}

func columnAffineVec(y, x, mean, a, b []float32, rows int) int {
	n := vectors(len(mean))
	if n > 0 {
		columnAffineAVX2(&y[0], &x[0], &mean[0], &a[0], &b[0], n, len(mean), rows)
	}
	return n
}

func columnGradVec(dx, dy, x, mean, a, q, p []float32, rows int) int {
	n := vectors(len(mean))
	if n > 0 {
		columnGradAVX2(&dx[0], &dy[0], &x[0], &mean[0], &a[0], &q[0], &p[0], n, len(mean), rows)
	}
	return n
}

func columnNormVec(y, x, mean, a, b, z []float32, c *Clamp, rows int) int {
	n := vectors(len(mean))
	if n == 0 {
		return 0
	}
	lo, hi := c.bounds()
	if z == nil {
		columnNormAVX2(&y[0], &x[0], &mean[0], &a[0], &b[0], n, len(mean), rows, lo, hi)
	} else {
		columnNormAddAVX2(&y[0], &x[0], &z[0], &mean[0], &a[0], &b[0], n, len(mean), rows, lo, hi)
	}
	return n
}

func columnDotsGateVec(sum, dot, dy, x, mean, a, b []float32, rows int) int {
	n := vectors(len(sum))
	if n >= manyColumns {
		clear(sum[:n])
		clear(dot[:n])
		columnDotsGateRowsAVX2(&sum[0], &dot[0], &dy[0], &x[0], &mean[0], &a[0], &b[0], n, len(sum), rows)
	} else if n > 0 {
		columnDotsGateAVX2(&sum[0], &dot[0], &dy[0], &x[0], &mean[0], &a[0], &b[0], n, len(sum), rows)
	}
	return n
}

func columnGradGateVec(dx, dy, x, mean, c, q, p, a, b []float32, rows int) int {
	n := vectors(len(mean))
	if n > 0 {
		columnGradGateAVX2(&dx[0], &dy[0], &x[0], &mean[0], &c[0], &q[0], &p[0], &a[0], &b[0], n, len(mean), rows)
	}
	return n
}

// The loops over windows do all or nothing. Their callers have checked that
// every element lies in its slice, and that there are windows and channels.

func maxRow(y, x []float32, w *Row) bool {
	if Active() < AVX2 {
		return false
	}
	maxAVX2(&y[0], &x[0], &w.N)
	return true
}

func maxIndexRow(y []float32, index []int32, x []float32, w *Row) bool {
	if Active() < AVX2 {
		return false
	}
	maxIndexAVX2(&y[0], &index[0], &x[0], &w.N)
	return true
}

func maxGradRow(dx, dy []float32, index []int32, w *Row) bool {
	if Active() < AVX2 {
		return false
	}
	maxGradAVX2(&dx[0], &dy[0], &index[0], &w.N)
	return true
}

func meanRow(y, x []float32, count float32, w *Row) bool {
	if Active() < AVX2 {
		return false
	}
	meanAVX2(&y[0], &x[0], count, &w.N)
	return true
}

func meanGradRow(dx, dy []float32, count float32, w *Row) bool {
	if Active() < AVX2 {
		return false
	}
	meanGradAVX2(&dx[0], &dy[0], count, &w.N)
	return true
}
