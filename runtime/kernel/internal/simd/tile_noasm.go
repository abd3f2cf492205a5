//go:build !amd64 || noasm

package simd

// Run computes the first m rows, m ≥ 1.
func (t *Tile) Run(m int) { t.run(m) }
