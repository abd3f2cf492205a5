package rng

import "math"

// Normal returns a number of the standard normal distribution, rounded from
// float64. Its magnitude is at most 6.67.
//
// Formula: √(-2 ln u) · cos 2πv with u in (0, 1] and v in [0, 1), each of 32
// bits. The operations are rounded one by one, so every CPU gives the same
// bits; the error before the last rounding is below 1e-9.
// Source: G. Box and M. Muller, "A note on the generation of random normal
// deviates", Annals of Mathematical Statistics 29(2), 1958.
func (k Key) Normal(i uint64) float32 {
	b := k.Uint64(i)
	u := (float64(uint32(b)) + 1) * 0x1p-32
	v := float64(b>>32) * 0x1p-32
	return float32(math.Sqrt(-2*ln(u)) * cosTurn(v))
}

// ln is the natural logarithm of u in (0, 1].
//
// Formula: u = 2ᵉ·m with m in [√½, √2); ln u = e·ln 2 + 2·artanh s with
// s = (m-1)/(m+1), and artanh by its power series: |s| < 0.172, so that the
// first term left out is below 1e-16.
func ln(u float64) float64 {
	m, e := math.Frexp(u) // m in [½, 1)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	s := (m - 1) / (m + 1)
	z := s * s
	a := 1.0 / 17
	for _, c := range [...]float64{1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1} {
		a = float64(a*z) + c
	}
	return float64(2*s*a) + float64(float64(e)*math.Ln2)
}

// cosTurn is cos 2πv for v in [0, 1).
//
// Formula: with t the distance of v to its nearest multiple of ½, |t| ≤ ¼, the
// power series of ±cos 2πt; the first term left out is below 1e-11.
func cosTurn(v float64) float64 {
	half := math.Floor(2*v + 0.5)
	t := v - half/2
	z := float64(2*math.Pi*t) * float64(2*math.Pi*t)
	a := 1.0 / 20922789888000 // 1/16!
	for _, c := range [...]float64{-1.0 / 87178291200, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720, 1.0 / 24, -1.0 / 2, 1} {
		a = float64(a*z) + c
	}
	if half == 1 {
		return -a
	}
	return a
}
