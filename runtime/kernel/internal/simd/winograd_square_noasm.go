//go:build !amd64 || noasm

package simd

func (d *Deal) vec() bool { return false }

// Run computes the first m tiles, m ≥ 1.
func (t *SquareTile) Run(m int) { t.run(m) }
