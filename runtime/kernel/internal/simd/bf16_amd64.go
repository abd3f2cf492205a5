//go:build amd64 && !noasm

package simd

import "golang.org/x/sys/cpu"

//go:generate go run -C _gen ./bf16 ../bf16_amd64.s.new
//go:generate mv bf16_amd64.s.new bf16_amd64.s

var hasBF16 = cpu.X86.HasAVX512BF16

// Run computes the first m rows, m ≥ 1.
func (t *PairTile) Run(m int) {
	switch {
	case !HasBF16():
		t.run(m)
	case t.N > 16:
		pairTile32(t, m, height(m, Rows))
	default:
		pairTile16(t, m, height(m, Rows))
	}
}

// Widen sets dst to src as float32.
func Widen(dst []float32, src []uint16) {
	if len(src) == 0 {
		return
	}
	if !HasBF16() {
		widen(dst, src)
		return
	}
	_ = dst[len(src)-1]
	widenBF16(&dst[0], &src[0], len(src))
}

// Narrow sets dst to src rounded as BF16 does.
func Narrow(dst []uint16, src []float32) {
	if len(src) == 0 {
		return
	}
	if !HasBF16() {
		narrow(dst, src)
		return
	}
	_ = dst[len(src)-1]
	narrowBF16(&dst[0], &src[0], len(src))
}

// PairRows makes pairs of two rows of numbers, rounded as BF16 does: dst[i] is
// a[i] and b[i].
func PairRows(dst, a, b []float32) {
	n := len(dst)
	if n == 0 {
		return
	}
	if !HasBF16() {
		pairRowsGo(dst, a, b)
		return
	}
	_, _ = a[n-1], b[n-1]
	pairRows(&dst[0], &a[0], &b[0], n)
}

// GatherPairs makes pairs of rows of n channels: pair p is of the rows that start
// at off[2p] and off[2p+1], a negative one standing for zeros. Sixteen channels at
// a time, channel c of pair p goes to dst[p·row + c/16·chunk + c%16]; the last
// sixteen are filled up with zeros.
func GatherPairs(dst []float32, src []uint16, off []int, n, row, chunk int) {
	pairs := len(off) / 2
	if pairs == 0 || n == 0 {
		return
	}
	if !HasBF16() || len(src) == 0 {
		gatherPairsGo(dst, src, off, n, row, chunk)
		return
	}
	gatherPairs(&dst[0], &src[0], &off[0], pairs, n, row, chunk)
}

// The functions below are those above, for n ≥ 1 and the tile for at most as many
// columns as its name says, in blocks of h ≤ 12 rows.

//go:noescape
func pairTile32(t *PairTile, m, h int)

//go:noescape
func pairTile16(t *PairTile, m, h int)

//go:noescape
func widenBF16(dst *float32, src *uint16, n int)

//go:noescape
func narrowBF16(dst *uint16, src *float32, n int)

//go:noescape
func pairRows(dst, a, b *float32, n int)

//go:noescape
func gatherPairs(dst *float32, src *uint16, off *int, pairs, n, row, chunk int)
