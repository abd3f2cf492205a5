//go:build !amd64 || noasm

package simd

func rowMapVec(*RowMap, Winograd) bool { return false }

// Run computes the first m pairs, m ≥ 1.
func (t *RowTile) Run(m int) { t.run(m) }
