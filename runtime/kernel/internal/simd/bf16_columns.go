package simd

import "math"

// What normalisation and its neighbours do with bf16. The rows of x, and of y, z
// and dy, have as many columns as the vectors of float32 beside them. Arithmetic is
// float32, one rounding an operation in the order written; a result in bf16 is
// rounded as BF16 does.

func wide(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }

// halfRows calls a function for the columns of each row.
func halfRows(elems, n int, row func(at int)) {
	for at := 0; at < elems; at += n {
		row(at)
	}
}

// HalfSum adds the rows of x to sum, in order.
func HalfSum(sum []float32, x []uint16) {
	if halfSumFast(sum, x) {
		return
	}
	halfRows(len(x), len(sum), func(at int) {
		for j := range sum {
			sum[j] += wide(x[at+j])
		}
	})
}

// HalfSquares adds (x-mean)² of the rows to sum, in order.
func HalfSquares(sum []float32, x []uint16, mean []float32) {
	if halfSquaresFast(sum, x, mean) {
		return
	}
	halfRows(len(x), len(sum), func(at int) {
		for j := range sum {
			d := wide(x[at+j]) - mean[j]
			sum[j] += float32(d * d)
		}
	})
}

// HalfNorm sets y to (x-mean)·a + b + z, limited as the clamp says; z may be nil.
func HalfNorm(y, x []uint16, mean, a, b []float32, z []uint16, clamp Clamp) {
	if clamp.On == 0 {
		clamp = Clamp{1, float32(math.Inf(-1)), float32(math.Inf(1))}
	}
	if halfNormFast(y, x, mean, a, b, z, clamp) {
		return
	}
	halfRows(len(x), len(mean), func(at int) {
		for j := range mean {
			v := float32((wide(x[at+j])-mean[j])*a[j]) + b[j]
			if z != nil {
				v += wide(z[at+j])
			}
			y[at+j] = BF16(clamp.limit(v))
		}
	})
}

// halfGate is dy where (x-mean)·a + b is above 0 or NaN, else 0; a nil a lets all
// pass.
func halfGate(dy, x, mean float32, a, b []float32, j int) float32 {
	if a != nil && float32((x-mean)*a[j])+b[j] <= 0 {
		return 0
	}
	return dy
}

// HalfDots adds g and g·(x-mean) of the rows to sum and dot, in order: g is dy, or
// where a is not nil dy where (x-mean)·a + b is above 0 or NaN.
func HalfDots(sum, dot []float32, dy, x []uint16, mean, a, b []float32) {
	if halfDotsFast(sum, dot, dy, x, mean, a, b) {
		return
	}
	halfRows(len(x), len(sum), func(at int) {
		for j := range sum {
			v := wide(x[at+j])
			g := halfGate(wide(dy[at+j]), v, mean[j], a, b, j)
			sum[j] += g
			dot[j] += float32(g * (v - mean[j]))
		}
	})
}

// HalfGrad sets dx to g·c - (x-mean)·q - p, with g as in HalfDots.
func HalfGrad(dx, dy, x []uint16, mean, c, q, p, a, b []float32) {
	if halfGradFast(dx, dy, x, mean, c, q, p, a, b) {
		return
	}
	halfRows(len(x), len(mean), func(at int) {
		for j := range mean {
			v := wide(x[at+j])
			g := halfGate(wide(dy[at+j]), v, mean[j], a, b, j)
			dx[at+j] = BF16(float32(float32(g*c[j])-float32((v-mean[j])*q[j])) - p[j])
		}
	})
}

// HalfAdd sets y to a + b.
func HalfAdd(y, a, b []uint16) {
	if halfAddFast(y, a, b) {
		return
	}
	for i := range y {
		y[i] = BF16(wide(a[i]) + wide(b[i]))
	}
}

// HalfReLUGrad sets dx to dy where y is above 0 or NaN, else to 0.
func HalfReLUGrad(dx, dy, y []uint16) {
	if halfReLUGradFast(dx, dy, y) {
		return
	}
	for i := range dx {
		g := wide(dy[i])
		if wide(y[i]) <= 0 {
			g = 0
		}
		dx[i] = BF16(g)
	}
}
