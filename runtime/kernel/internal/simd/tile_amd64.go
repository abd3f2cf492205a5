//go:build amd64 && !noasm

package simd

// Run computes the first m rows, m ≥ 1.
func (t *Tile) Run(m int) {
	switch Active() {
	case AVX512:
		switch h := height(m, Rows); {
		case t.N > 16:
			tileAVX512x32(t, m, h)
		case t.N > 8:
			tileAVX512x16(t, m, h)
		default:
			tileAVX512x8(t, m, h)
		}
	case AVX2:
		if t.N <= 8 {
			tileAVX2x8(t, m, height(m, Rows))
			return
		}
		t.runAVX2x16(m)
	default:
		t.run(m)
	}
}

// height is the number of rows of the blocks that m rows fall into, as equal as
// can be, none above most.
func height(m, most int) int {
	blocks := (m + most - 1) / most
	return (m + blocks - 1) / blocks
}

// from is v from element j on, or none of it where there is none.
func from(v []float32, j int) []float32 {
	if len(v) == 0 {
		return nil
	}
	return v[j:]
}

// runAVX2x16 takes sixteen columns at a time.
func (t *Tile) runAVX2x16(m int) {
	const rows, cols = 6, 16
	u := *t
	for j := 0; j < t.N; j += cols {
		u.N = min(cols, t.N-j)
		u.W, u.Y, u.Z, u.B = t.W[j:], t.Y[j:], from(t.Z, j), from(t.B, j)
		tileAVX2x16(&u, m, height(m, rows))
	}
}

// The functions below are Tile.Run at one level and panel width, in blocks of h
// rows and a last one of what is left of m:
//
//	for i := range m {
//		for r, s, t := range … { // in this order
//			for j := range N {
//				acc[i][j] = fma(X[XOff[i]+r*XR+s*XS+t*XT], W[r*WR+s*WS+t*WT+j], acc[i][j])
//			}
//		}
//		for j := range N {
//			Y[YOff[i]+j] = limit(acc[i][j] + B[j] + Z[YOff[i]+j]) // all but the first where asked for
//		}
//	}
//
// with 1 ≤ h ≤ 12 (6 for tileAVX2x16) and N at most the number in the name.
// They read and write nothing beyond column N.

//go:noescape
func tileAVX512x32(t *Tile, m, h int)

//go:noescape
func tileAVX512x16(t *Tile, m, h int)

//go:noescape
func tileAVX512x8(t *Tile, m, h int)

//go:noescape
func tileAVX2x16(t *Tile, m, h int)

//go:noescape
func tileAVX2x8(t *Tile, m, h int)
