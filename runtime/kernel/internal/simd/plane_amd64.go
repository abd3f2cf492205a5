//go:build amd64 && !noasm

package simd

//go:generate go run -C _gen ./plane -out ../plane_amd64.s.new
//go:generate mv plane_amd64.s.new plane_amd64.s

// planeChannels is the most channels that the assembly takes at once.
const planeChannels = 6

func (t *Plane) vec() bool {
	level := Active()
	if level < AVX2 {
		return false
	}
	parts := (t.K + planeChannels - 1) / planeChannels
	for i := range parts {
		k := i * t.K / parts
		n := (i+1)*t.K/parts - k
		if level == AVX2 {
			for x := 0; x < t.N; x += 8 {
				planeAVX2(t, k, n, x, 1)
			}
			continue
		}
		for x := 0; x < t.N; x += 32 {
			planeAVX512(t, k, n, x, min(2, (t.N-x)/16))
		}
	}
	return true
}

func (t *Pixels) vec() bool {
	level := Active()
	for k := 0; k < t.K && level >= AVX2; k += 8 {
		if n := min(8, t.K-k); level == AVX2 {
			pixelsAVX2(t, k, n)
		} else {
			pixelsAVX512(t, k, n)
		}
	}
	return level >= AVX2
}

// The functions below are Plane.run on channels k … k+n-1, n ≤ 6, and v vectors
// of 16 or 8 pixels from pixel x on, v at most 2 or 1.

//go:noescape
func planeAVX512(t *Plane, k, n, x, v int)

//go:noescape
func planeAVX2(t *Plane, k, n, x, v int)

// The functions below are Pixels.run on channels k … k+n-1, n ≤ 8.

//go:noescape
func pixelsAVX512(t *Pixels, k, n int)

//go:noescape
func pixelsAVX2(t *Pixels, k, n int)
