//go:build amd64 && !noasm

package simd

// rowMapVec applies a map in assembly, where there is any.
func rowMapVec(f *RowMap, m Winograd) bool {
	level := Active()
	switch {
	case level == AVX512 && m == Input4:
		rowInputAVX512(f)
	case level == AVX512:
		rowFilterAVX512(f)
	case level == AVX2 && m == Input4:
		rowInputAVX2(f)
	case level == AVX2:
		rowFilterAVX2(f)
	default:
		return false
	}
	return true
}

// Run computes the first m pairs, m ≥ 1.
func (t *RowTile) Run(m int) {
	switch Active() {
	case AVX512:
		rowTileAVX512(t, m)
	case AVX2:
		t.runAVX2(m)
	default:
		t.run(m)
	}
}

// runAVX2 takes eight columns at a time.
func (t *RowTile) runAVX2(m int) {
	const cols = 8
	u := *t
	for j := 0; j < t.N; j += cols {
		u.N = min(cols, t.N-j)
		u.W, u.Y, u.Z, u.B = t.W[j:], t.Y[j:], from(t.Z, j), from(t.B, j)
		rowTileAVX2(&u, m)
	}
}

// The functions below are RowMap.run of one map and RowTile.run, of which
// rowTileAVX2 takes N ≤ 8. They read and write nothing beyond element N.

//go:noescape
func rowInputAVX512(f *RowMap)

//go:noescape
func rowInputAVX2(f *RowMap)

//go:noescape
func rowFilterAVX512(f *RowMap)

//go:noescape
func rowFilterAVX2(f *RowMap)

//go:noescape
func rowTileAVX512(t *RowTile, m int)

//go:noescape
func rowTileAVX2(t *RowTile, m int)
