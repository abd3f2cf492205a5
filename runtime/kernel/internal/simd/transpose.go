package simd

// Interleave packs n contiguous runs into columns: dst[off[e]+j] =
// src[j*stride+e] for every e of off and 0 ≤ j < n. The rows off[e] … off[e]+n-1
// of dst do not overlap.
func Interleave(dst, src []float32, off []int, n, stride int) {
	rows, cols := interleaveVec(dst, src, off, n, stride)
	for j := range n {
		from := 0
		if j < cols {
			from = rows
		}
		run := src[j*stride : j*stride+len(off)]
		for e := from; e < len(off); e++ {
			dst[off[e]+j] = run[e]
		}
	}
}

// Deinterleave undoes Interleave: dst[j*stride+e] = src[off[e]+j].
func Deinterleave(dst, src []float32, off []int, n, stride int) {
	rows, cols := deinterleaveVec(dst, src, off, n, stride)
	for j := range n {
		from := 0
		if j < cols {
			from = rows
		}
		run := dst[j*stride : j*stride+len(off)]
		for e := from; e < len(off); e++ {
			run[e] = src[off[e]+j]
		}
	}
}
