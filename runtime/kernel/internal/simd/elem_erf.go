package simd

import "math"

// The functions of this file have no vector loop: one definition of single
// float32 operations in a fixed order, as in elem_exp.go, for every CPU.

// Expm1 sets y = exp(x) - 1 within 2.5 ulp for x ≤ 88, and for larger x gives
// its value there.
func Expm1(y, x []float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] = expm1(x[i])
	}
}

// Log1p sets y = ln(1 + x) within 2 ulp for 0 ≤ x ≤ 1.
func Log1p(y, x []float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] = log1p(x[i])
	}
}

// Erf sets y to the error function of x within 2.5 ulp.
func Erf(y, x []float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] = erf(x[i])
	}
}

func expm1(x float32) float32 {
	const low, high = -30, 88 // exp is lost beside 1 below; the result is finite
	if x < low {
		x = low
	}
	if x > high {
		x = high
	}
	em1, n := reduce(x)
	s := pow2(n)
	return float32(em1*s) + (s - 1)
}

// log1p is 2·artanh s with s = x/(2+x), at most 1/3. Its polynomial is
// (2·artanh s - 2s)/s³ in s², interpolated at the Chebyshev nodes, error 7e-9.
func log1p(x float32) float32 {
	s := x / (2 + x)
	z := float32(s * s)
	q := float32(0.23224329224*z) + 0.217065758009
	q = float32(q*z) + 0.285923579943
	q = float32(q*z) + 0.399997063319
	q = float32(q*z) + 0.666666673205
	return float32(float32(s*z)*q) + (s + s)
}

// erf is x·p(x²) up to 1, and 1 - exp(-x²)·t·q(t) with t = 2/(2+|x|) above: both
// interpolated at the Chebyshev nodes, error 1.3e-9.
func erf(x float32) float32 {
	bits := math.Float32bits(x)
	a := math.Float32frombits(bits &^ signBit)
	z := float32(a * a)
	if a < 1 {
		p := float32(7.87587506269e-5*z) - 0.000801686428717
		p = float32(p*z) + 0.00518908742343
		p = float32(p*z) - 0.0268542120106
		p = float32(p*z) + 0.112835947152
		p = float32(p*z) - 0.376126266667
		p = float32(p*z) + 1.12837916585
		return p * x
	}
	if a > 4 {
		return math.Float32frombits(math.Float32bits(1) | bits&signBit)
	}
	t := 2 / (2 + a)
	q := float32(0.094896343769*t) - 0.385767631269
	q = float32(q*t) + 0.436527588113
	q = float32(q*t) - 0.00014390887072
	q = float32(q*t) + 0.297612692337
	q = float32(q*t) + 0.274151574478
	q = float32(q*t) + 0.282619889755
	r := 1 - float32(exp(-z)*float32(t*q))
	return math.Float32frombits(math.Float32bits(r) | bits&signBit)
}
