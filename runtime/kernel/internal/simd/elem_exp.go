package simd

import "math"

// The exponential family has one definition, made of single float32
// operations in a fixed order: no fused multiply-add, and conversions around
// products so that no compiler forms one. The assembly does the same
// operations, so every CPU gives the same bits. NaN gives NaN.

// The reduction of exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2. ln2Hi has nine
// bits, so that n·ln2Hi is exact.
const (
	log2E = 1.44269504088896340736
	ln2Hi = 0.693359375
	ln2Lo = -2.12194440054690582e-4
	magic = 3 << 22 // adding it rounds a small float32 to an integer

	expMin = -104 // exp is 0 here
	expMax = 89   // exp is +Inf here
	bias   = 127  // of the exponent field
)

// The coefficients of (exp r - 1 - r)/r², lowest power first: interpolation at
// the Chebyshev nodes of |r| ≤ ln 2 / 2, error 1.4e-9.
const (
	exp2 = 0.50000000135
	exp3 = 0.166666666817
	exp4 = 0.041666464602
	exp5 = 0.00833331088958
	exp6 = 0.00139336858626
	exp7 = 0.000198910306544
)

// reduce returns exp r - 1 and n for x = n·ln 2 + r.
func reduce(x float32) (em1 float32, n int32) {
	t := float32(x*log2E) + magic
	f := t - magic
	r := x - float32(f*ln2Hi)
	r -= float32(f * ln2Lo)
	z := float32(r * r)
	q := float32(exp7*r) + exp6
	q = float32(q*z) + (float32(exp5*r) + exp4)
	q = float32(q*z) + (float32(exp3*r) + exp2)
	return float32(z*q) + r, int32(math.Float32bits(t) - math.Float32bits(magic))
}

// pow2 is 2ⁿ for -127 < n < 128.
func pow2(n int32) float32 { return math.Float32frombits(uint32(n+bias) << 23) }

// exp is eˣ within 1 ulp, denormal results included.
func exp(x float32) float32 {
	if x < expMin {
		x = expMin
	}
	if x > expMax {
		x = expMax
	}
	em1, n := reduce(x)
	half := n >> 1
	return float32((em1+1)*pow2(half)) * pow2(n-half)
}

// tanhMax is where tanh rounds to 1.
const tanhMax = 10

const signBit = 1 << 31

// tanh is the hyperbolic tangent within 2.5 ulp, by e/(e+2) with e = exp 2|x| - 1,
// which loses nothing near 0.
func tanh(x float32) float32 {
	bits := math.Float32bits(x)
	a := math.Float32frombits(bits &^ signBit)
	if a > tanhMax {
		a = tanhMax
	}
	em1, n := reduce(a + a)
	s := pow2(n)
	e := float32(em1*s) + (s - 1)
	return math.Float32frombits(math.Float32bits(e/(e+2)) | bits&signBit)
}

// sigmoid is 1/(1+exp(-x)) within 2.5 ulp, by way of exp(-|x|), which keeps the
// small values of negative x.
func sigmoid(x float32) float32 {
	bits := math.Float32bits(x)
	z := exp(math.Float32frombits(bits | signBit))
	num := float32(1)
	if bits&signBit != 0 {
		num = z
	}
	return num / (z + 1)
}
