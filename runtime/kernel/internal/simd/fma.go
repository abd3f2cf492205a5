package simd

import "math"

// fma is x·y + z rounded once to float32, as the hardware's fused multiply-add.
//
// The product of two float32 is exact in float64, and the sum is rounded to
// float64 first. Rounding that again to float32 errs only where the first
// result lies half way between two float32, or where float32 is subnormal;
// there the sum is redone with rounding to odd, after which a second rounding
// is harmless (Boldo and Melquiond, 2008).
func fma(x, y, z float32) float32 {
	const half = 1 << 28 // the bits that float32 drops, when exactly half way
	p := float64(float64(x) * float64(y))
	s := p + float64(z)
	bits := math.Float64bits(s)
	exp := bits >> 52 & 0x7ff
	if bits&(2*half-1) != half && exp > 1023-126 || s == 0 {
		return float32(s)
	}
	return float32(sumToOdd(p, float64(z)))
}

// sumToOdd is a + b with the last bit set where bits were lost.
func sumToOdd(a, b float64) float64 {
	s := a + b
	if math.IsNaN(s) || math.IsInf(s, 0) {
		return s
	}
	bb := s - a
	lost := (a - (s - bb)) + (b - bb)
	bits := math.Float64bits(s)
	if lost == 0 || bits&1 == 1 {
		return s
	}
	if (lost > 0) == (s > 0) {
		return math.Float64frombits(bits + 1)
	}
	return math.Float64frombits(bits - 1)
}
