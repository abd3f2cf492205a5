//go:build amd64 && !noasm

package simd

//go:generate go run -C _gen ./conv -out ../conv_amd64.s.new
//go:generate mv conv_amd64.s.new conv_amd64.s

func depthwiseVec(d *Depthwise) bool {
	if Active() < AVX2 {
		return false
	}
	depthwiseAVX2(d)
	return true
}

// depthwiseAVX2 is the loop of Depthwise.run; N and C are at least 1.
//
//go:noescape
func depthwiseAVX2(d *Depthwise)
