package simd

// Peak does multiply-adds on registers alone, at the active level, and returns
// how many floating-point operations they are, two each.
func Peak(rounds int) int64 {
	switch Active() {
	case AVX512:
		peakAVX512(rounds)
		return 2 * 24 * 16 * int64(rounds)
	case AVX2:
		peakAVX2(rounds)
		return 2 * 12 * 8 * int64(rounds)
	}
	return peakPortable(rounds)
}

// peakPortable keeps four sums, as a compiler's scalar code may.
func peakPortable(rounds int) int64 {
	var s [4]float32
	for i := range rounds {
		x := float32(i & 7)
		s[0] += x * 0.5
		s[1] += x * 0.25
		s[2] += x * 0.125
		s[3] += x
	}
	if s[0]+s[1]+s[2]+s[3] < 0 {
		return 0 // never: it keeps the sums from being dropped
	}
	return 2 * 4 * int64(rounds)
}
