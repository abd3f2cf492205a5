package simd

import "math"

// Mul sets y = a·b.
func Mul(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	for i := mulVec(y, a, b); i < len(y); i++ {
		y[i] = a[i] * b[i]
	}
}

// Div sets y = a/b.
func Div(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	for i := divVec(y, a, b); i < len(y); i++ {
		y[i] = a[i] / b[i]
	}
}

// Affine sets y = a·x + b.
func Affine(y, x []float32, a, b float32) {
	x = x[:len(y)]
	for i := affineVec(y, x, a, b); i < len(y); i++ {
		y[i] = float32(a*x[i]) + b
	}
}

// AddScaled adds a·x to y.
func AddScaled(y, x []float32, a float32) {
	x = x[:len(y)]
	for i := addScaledVec(y, x, a); i < len(y); i++ {
		y[i] += float32(a * x[i])
	}
}

// PowM34 sets y = x^(-3/4) as 1/(r·√r) with r = √x, within 2.5 ulp for x > 0.
func PowM34(y, x []float32) {
	x = x[:len(y)]
	for i := powM34Vec(y, x); i < len(y); i++ {
		r := sqrt(x[i])
		y[i] = 1 / float32(r*sqrt(r))
	}
}

// sqrt is the square root, rounded once: rounding the float64 root again does
// no harm.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// Pow sets y = x^e as exp(e·ln x) for x > 0, within |e·ln x| + 2 ulp. NaN gives
// NaN, +Inf and 0 what the limit of the power is.
func Pow(y, x []float32, e float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] = float32(float64(e) * log(v))
	}
	Exp(y, y, 0)
}

// log is the natural logarithm for x ≥ 0, within 1e-13 of itself or 1e-15. It
// sums atanh's series for f = (m-1)/(m+1), x = m·2ⁿ with √½ ≤ m < √2, by float64
// operations in a fixed order, so that every CPU gives the same bits.
func log(x float32) float64 {
	switch {
	case x != x || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case x > math.MaxFloat32:
		return math.Inf(1)
	}
	bits := math.Float64bits(float64(x)) // float64 has no subnormal here
	n := int(bits>>52) - 1023
	m := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	if m >= math.Sqrt2 {
		m /= 2
		n++
	}
	f := (m - 1) / (m + 1)
	z := float64(f * f)
	s := 1.0 / 15
	for k := 13.0; k >= 1; k -= 2 {
		s = float64(s*z) + 1/k
	}
	return float64(float64(n)*math.Ln2) + float64(2*float64(f*s))
}
