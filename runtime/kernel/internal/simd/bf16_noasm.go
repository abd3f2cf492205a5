//go:build !amd64 || noasm

package simd

const hasBF16 = false

// Run computes the first m rows, m ≥ 1.
func (t *PairTile) Run(m int) { t.run(m) }

// Widen sets dst to src as float32.
func Widen(dst []float32, src []uint16) { widen(dst, src) }

// Narrow sets dst to src rounded as BF16 does.
func Narrow(dst []uint16, src []float32) { narrow(dst, src) }

// PairRows makes pairs of two rows of numbers, rounded as BF16 does: dst[i] is
// a[i] and b[i].
func PairRows(dst, a, b []float32) { pairRowsGo(dst, a, b) }

// GatherPairs makes pairs of rows of n channels: pair p is of the rows that start
// at off[2p] and off[2p+1], a negative one standing for zeros. Sixteen channels at
// a time, channel c of pair p goes to dst[p·row + c/16·chunk + c%16]; the last
// sixteen are filled up with zeros.
func GatherPairs(dst []float32, src []uint16, off []int, n, row, chunk int) {
	gatherPairsGo(dst, src, off, n, row, chunk)
}
