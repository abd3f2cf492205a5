package rng

import "math"

// Normal returns a number of the standard normal distribution, rounded from
// float64. Its magnitude is at most 6.67.
//
// Formula: numbers 2j and 2j+1 are √(-2 ln u) times cos 2πv and sin 2πv, with u
// in (0, 1] and v in [0, 1), the lower and the upper half of Uint64(j). The
// operations are rounded one by one, so every CPU gives the same bits; the
// error before the last rounding is below 1e-9.
// Source: G. Box and M. Muller, "A note on the generation of random normal
// deviates", Annals of Mathematical Statistics 29(2), 1958.
func (k Key) Normal(i uint64) float32 {
	b := k.Uint64(i / 2)
	even, odd := boxMuller(uint32(b), uint32(b>>32))
	if i%2 == 0 {
		return even
	}
	return odd
}

// Normals sets dst[j] = Normal(from + j), sooner than one by one.
func (k Key) Normals(dst []float32, from uint64) {
	for len(dst) > 0 && from%4 != 0 {
		dst[0] = k.Normal(from)
		dst, from = dst[1:], from+1
	}
	for ; len(dst) >= 4; dst, from = dst[4:], from+4 {
		w0, w1, w2, w3 := k.Block(from / 4)
		dst[0], dst[1] = boxMuller(w0, w1)
		dst[2], dst[3] = boxMuller(w2, w3)
	}
	for j := range dst {
		dst[j] = k.Normal(from + uint64(j))
	}
}

func boxMuller(lo, hi uint32) (even, odd float32) {
	u := (float64(lo) + 1) * 0x1p-32
	r := math.Sqrt(-2 * ln(u))
	cos, sin := turn(float64(hi) * 0x1p-32)
	return float32(r * cos), float32(r * sin)
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
	a = float64(a*z) + 1.0/15
	a = float64(a*z) + 1.0/13
	a = float64(a*z) + 1.0/11
	a = float64(a*z) + 1.0/9
	a = float64(a*z) + 1.0/7
	a = float64(a*z) + 1.0/5
	a = float64(a*z) + 1.0/3
	a = float64(a*z) + 1
	return float64(2*s*a) + float64(float64(e)*math.Ln2)
}

// turn is cos 2πv and sin 2πv for v in [0, 1).
//
// Formula: with t the distance of v to its nearest multiple q of ¼, |t| ≤ ⅛, the
// power series of both at 2πt, turned by q; the first terms left out are below
// 1e-12.
func turn(v float64) (cos, sin float64) {
	q := math.Floor(4*v + 0.5)
	x := 2 * math.Pi * (v - q/4)
	z := x * x
	c := 1.0 / 479001600 // 1/12!
	c = float64(c*z) - 1.0/3628800
	c = float64(c*z) + 1.0/40320
	c = float64(c*z) - 1.0/720
	c = float64(c*z) + 1.0/24
	c = float64(c*z) - 1.0/2
	c = float64(c*z) + 1
	s := -1.0 / 39916800 // 1/11!
	s = float64(s*z) + 1.0/362880
	s = float64(s*z) - 1.0/5040
	s = float64(s*z) + 1.0/120
	s = float64(s*z) - 1.0/6
	s = float64(s*z) + 1
	s *= x
	switch q {
	case 1:
		return -s, c
	case 2:
		return -c, -s
	case 3:
		return s, -c
	}
	return c, s
}
