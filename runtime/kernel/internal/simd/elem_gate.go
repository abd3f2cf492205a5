package simd

import "math"

// The primitives of this file work on rows as those of ColumnSum do. They are
// normalisation followed by a sum and limits, and its gradient where the limits
// are those of a rectifier, for which the output is computed again.

// ColumnNorm sets y[j] = (x[j] - mean[j])·a[j] + b[j] + z[j], clamped where that
// is asked for; without z where it is nil. y may be x or z.
func ColumnNorm(y, x, mean, a, b, z []float32, c Clamp) {
	n := len(mean)
	rows := rowsOf(n, y, x)
	a, b = a[:n], b[:n]
	if z != nil {
		z = z[:len(y)]
	}
	if rows == 0 {
		return
	}
	first := columnNormVec(y, x, mean, a, b, z, &c, rows)
	for i := 0; i < len(y) && first < n; i += n {
		for j := first; j < n; j++ {
			v := float32((x[i+j]-mean[j])*a[j]) + b[j]
			if z != nil {
				v += z[i+j]
			}
			y[i+j] = c.limit(v)
		}
	}
}

// bounds are the limits of a clamp, infinite where there is none.
func (c *Clamp) bounds() (lo, hi float32) {
	if c.On == 0 {
		return float32(math.Inf(-1)), float32(math.Inf(1))
	}
	return c.Lo, c.Hi
}

// ColumnDotsGate is ColumnDots of g for dy, which is 0 where (x[j] - mean[j])·a[j]
// + b[j] ≤ 0, and dy[j] elsewhere.
func ColumnDotsGate(sum, dot, dy, x, mean, a, b []float32) {
	n := len(sum)
	rows := rowsOf(n, dy, x)
	dot, mean, a, b = dot[:n], mean[:n], a[:n], b[:n]
	if rows == 0 {
		clear(sum)
		clear(dot)
		return
	}
	for j := columnDotsGateVec(sum, dot, dy, x, mean, a, b, rows); j < n; j++ {
		s, d := float32(0), float32(0)
		for i := j; i < len(dy); i += n {
			c := x[i] - mean[j]
			g := gate(dy[i], float32(c*a[j])+b[j])
			s += g
			d += float32(g * c)
		}
		sum[j], dot[j] = s, d
	}
}

// gate is 0 where v ≤ 0, and dy elsewhere.
func gate(dy, v float32) float32 {
	if v <= 0 {
		return 0
	}
	return dy
}

// ColumnGradGate sets dx[j] = (g·c[j] - (x[j] - mean[j])·q[j]) - p[j] with the g of
// ColumnDotsGate. dx may be dy or x.
func ColumnGradGate(dx, dy, x, mean, c, q, p, a, b []float32) {
	n := len(mean)
	rows := rowsOf(n, dx, dy, x)
	c, q, p, a, b = c[:n], q[:n], p[:n], a[:n], b[:n]
	if rows == 0 {
		return
	}
	first := columnGradGateVec(dx, dy, x, mean, c, q, p, a, b, rows)
	for i := 0; i < len(dx) && first < n; i += n {
		for j := first; j < n; j++ {
			d := x[i+j] - mean[j]
			g := gate(dy[i+j], float32(d*a[j])+b[j])
			dx[i+j] = float32(g*c[j]) - float32(d*q[j]) - p[j]
		}
	}
}
