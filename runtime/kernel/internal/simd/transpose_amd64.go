//go:build amd64 && !noasm

package simd

// interleaveVec does the rows and columns that make whole blocks of eight, and
// returns how many of each.
func interleaveVec(dst, src []float32, off []int, n, stride int) (rows, cols int) {
	rows, cols = len(off)&^7, n&^7
	if Active() < AVX2 || rows == 0 || cols == 0 {
		return 0, 0
	}
	for j := 0; j < cols; j += 8 {
		interleaveAVX2(&dst[j], &src[j*stride], &off[0], rows/8, stride)
	}
	return rows, cols
}

func deinterleaveVec(dst, src []float32, off []int, n, stride int) (rows, cols int) {
	rows, cols = len(off)&^7, n&^7
	if Active() < AVX2 || rows == 0 || cols == 0 {
		return 0, 0
	}
	for j := 0; j < cols; j += 8 {
		deinterleaveAVX2(&dst[j*stride], &src[j], &off[0], rows/8, stride)
	}
	return rows, cols
}

// interleaveAVX2 is
//
//	for e := range 8*blocks {
//		for j := range 8 {
//			dst[off[e]+j] = src[j*stride+e]
//		}
//	}
//
//go:noescape
func interleaveAVX2(dst, src *float32, off *int, blocks, stride int)

// deinterleaveAVX2 is
//
//	for e := range 8*blocks {
//		for j := range 8 {
//			dst[j*stride+e] = src[off[e]+j]
//		}
//	}
//
//go:noescape
func deinterleaveAVX2(dst, src *float32, off *int, blocks, stride int)
