//go:build !amd64 || noasm

package simd

// Run computes the first m rows, 1 ≤ m ≤ Rows.
func (t *Tile) Run(m int) { t.run(m) }
