package ir

import "math"

// Overflow is the count of anything that does not fit in int64. Sums and
// products keep it, so that a total is either exact or known to be too large.
const Overflow = math.MaxInt64

// Mul returns the product of counts, none of them negative.
func Mul(counts ...int64) int64 {
	n := int64(1)
	for _, c := range counts {
		if c == 0 {
			return 0
		}
	}
	for _, c := range counts {
		var ok bool
		if n, ok = mul(n, c); !ok {
			return Overflow
		}
	}
	return n
}

// Sum returns the sum of counts, none of them negative.
func Sum(counts ...int64) int64 {
	n := int64(0)
	for _, c := range counts {
		if c > Overflow-n {
			return Overflow
		}
		n += c
	}
	return n
}

func mul(a, b int64) (int64, bool) {
	if a == 0 || b == 0 {
		return 0, true
	}
	if a > math.MaxInt64/b {
		return 0, false
	}
	return a * b, true
}
