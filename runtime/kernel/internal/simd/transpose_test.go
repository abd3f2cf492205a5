package simd

import (
	"math/rand/v2"
	"testing"
)

// Interleave moves every element to its place and no other, at every level and
// size, and Deinterleave brings it back.
func TestInterleave(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for level := Portable; level <= Best(); level++ {
		restore, _ := Force(level)
		for _, rows := range []int{1, 2, 7, 8, 9, 16, 31, 40} {
			for _, n := range []int{1, 5, 8, 12, 16, 31, 32} {
				stride, width := rows+r.IntN(3), n+r.IntN(3)
				src := fenced(t, (n-1)*stride+rows)
				dst := fenced(t, (rows-1)*width+n)
				back := fenced(t, len(src))
				off := r.Perm(rows)
				want := make([]float32, len(dst))
				for i := range dst {
					dst[i], want[i] = -1, -1
				}
				for i := range src {
					src[i] = float32(i)
				}
				for e := range off {
					off[e] *= width
					for j := range n {
						want[off[e]+j] = src[j*stride+e]
					}
				}
				Interleave(dst, src, off, n, stride)
				for i, w := range want {
					if dst[i] != w {
						t.Fatalf("%v, %d×%d: dst[%d] = %v, want %v", level, rows, n, i, dst[i], w)
					}
				}
				Deinterleave(back, dst, off, n, stride)
				for i, v := range back {
					want := src[i]
					if i%stride >= rows {
						want = 0
					}
					if v != want {
						t.Fatalf("%v, %d×%d: back[%d] = %v, want %v", level, rows, n, i, v, want)
					}
				}
			}
		}
		restore()
	}
}
