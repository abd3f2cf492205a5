package simd

import (
	"math"
	"unsafe"
)

// A bf16 is the upper half of a float32, kept as uint16: the same exponents and
// eight bits of precision.
//
// Two of them make a pair, the lower one first. Products of pairs are what
// AVX512_BF16 computes, two multiplications a lane at float32's speed of one.
// They are kept in memory of float32, one a word, which is never used as a
// number.

// HasBF16 says that the assembly for bf16 runs: at AVX512 on a machine with
// AVX512_BF16.
func HasBF16() bool { return Active() == AVX512 && hasBF16 }

// PairTile is Tile over pairs: each term is the sum of two products. Offsets and
// strides of X and W count pairs, those of Y and H elements.
//
//	Y[YOff[i] + j] = clamp((Z[YOff[i] + j] if Z) + (B[j] if B) +
//	    Σ_r Σ_s Σ_t X[XOff[i] + r·XR + s·XS + t·XT] · W[r·WR + s·WS + t·WT + j])
//
// The sum starts from zero and takes its terms in the order written, r
// outermost; of a term first the product of the upper halves and then that of
// the lower ones, each with one rounding to nearest, subnormal numbers counting
// as zero and becoming zero. B and then Z are added last. Where H is not nil the
// result is rounded to bf16 and stored there in place of Y.
type PairTile struct {
	X, W, Y    []float32
	B          []float32 // N values, or nil
	XOff, YOff []int     // one for each row
	R, S, T    int
	XR, XS, XT int
	WR, WS, WT int
	N          int       // columns, 1 … Cols
	Z          []float32 // may be Y
	Clamp
	H []uint16
}

// run is Run in plain Go.
func (t *PairTile) run(m int) {
	var acc [Cols]float32
	for i := range m {
		sum := acc[:t.N]
		clear(sum)
		for r := range t.R {
			for s := range t.S {
				x, w := t.XOff[i]+r*t.XR+s*t.XS, r*t.WR+s*t.WS
				for range t.T {
					v, row := math.Float32bits(t.X[x]), t.W[w:w+t.N]
					for j := range sum {
						sum[j] = dot2(sum[j], v, math.Float32bits(row[j]))
					}
					x += t.XT
					w += t.WT
				}
			}
		}
		at := t.YOff[i]
		for j := range sum {
			v := sum[j]
			if len(t.B) > 0 {
				v += t.B[j]
			}
			if len(t.Z) > 0 {
				v += t.Z[at+j]
			}
			v = t.limit(v)
			if t.H != nil {
				t.H[at+j] = BF16(v)
			} else {
				t.Y[at+j] = v
			}
		}
	}
}

// dot2 is one lane of VDPBF16PS: sum plus the products of two pairs.
func dot2(sum float32, x, y uint32) float32 {
	sum = fmaFlush(math.Float32frombits(x&0xffff0000), math.Float32frombits(y&0xffff0000), sum)
	return fmaFlush(math.Float32frombits(x<<16), math.Float32frombits(y<<16), sum)
}

// fmaFlush is fma with subnormal numbers as zero on both sides.
func fmaFlush(x, y, z float32) float32 { return flush(fma(flush(x), flush(y), flush(z))) }

// flush is x, or a zero of its sign where it is subnormal.
func flush(x float32) float32 {
	if bits := math.Float32bits(x); bits&0x7f800000 == 0 {
		return math.Float32frombits(bits & 0x80000000)
	}
	return x
}

// BF16 is x rounded to nearest, ties to even; a subnormal number becomes zero,
// NaN stays NaN.
func BF16(x float32) uint16 {
	bits := math.Float32bits(flush(x))
	if x != x {
		return uint16(bits>>16) | 0x40 // quiet
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// Pairs is the same memory as m, seen as pairs. It panics unless m starts on
// four bytes; the last of an odd number of elements is left out.
func Pairs(m []uint16) []float32 {
	if len(m) < 2 {
		return nil
	}
	start := unsafe.Pointer(&m[0])
	if uintptr(start)%4 != 0 {
		panic("simd: pairs must start on four bytes")
	}
	return unsafe.Slice((*float32)(start), len(m)/2)
}

func widen(dst []float32, src []uint16) {
	for i, v := range src {
		dst[i] = math.Float32frombits(uint32(v) << 16)
	}
}

func narrow(dst []uint16, src []float32) {
	for i, v := range src {
		dst[i] = BF16(v)
	}
}

func pair(lo, hi uint16) float32 { return math.Float32frombits(uint32(hi)<<16 | uint32(lo)) }

func pairRowsGo(dst, a, b []float32) {
	for i := range dst {
		dst[i] = pair(BF16(a[i]), BF16(b[i]))
	}
}

// gatherChunk is the number of channels that GatherPairs moves together.
const gatherChunk = 16

func gatherPairsGo(dst []float32, src []uint16, off []int, n, row, chunk int) {
	at := func(off, c int) uint16 {
		if off < 0 || c >= n {
			return 0
		}
		return src[off+c]
	}
	for p := range len(off) / 2 {
		for c := 0; c < n; c += gatherChunk {
			to := dst[p*row+c/gatherChunk*chunk:][:gatherChunk]
			for i := range to {
				to[i] = pair(at(off[2*p], c+i), at(off[2*p+1], c+i))
			}
		}
	}
}
