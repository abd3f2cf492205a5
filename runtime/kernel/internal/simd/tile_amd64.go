//go:build amd64 && !noasm

package simd

// Run computes the first m rows, 1 ≤ m ≤ Rows.
func (t *Tile) Run(m int) {
	switch Active() {
	case AVX512:
		switch {
		case t.N > 16:
			tileAVX512x32(t, m)
		case t.N > 8:
			tileAVX512x16(t, m)
		default:
			tileAVX512x8(t, m)
		}
	case AVX2:
		if t.N <= 8 {
			tileAVX2x8(t, m)
			return
		}
		t.runAVX2x16(m)
	default:
		t.run(m)
	}
}

// runAVX2x16 covers the tile with blocks of 6 rows by 16 columns.
func (t *Tile) runAVX2x16(m int) {
	const rows, cols = 6, 16
	u := *t
	for j := 0; j < t.N; j += cols {
		u.N = min(cols, t.N-j)
		u.W, u.Y = t.W[j:], t.Y[j:]
		if len(t.B) > 0 {
			u.B = t.B[j:]
		}
		for i := 0; i < m; i += rows {
			u.XOff, u.YOff = t.XOff[i:], t.YOff[i:]
			tileAVX2x16(&u, min(rows, m-i))
		}
	}
}

// The functions below are Tile.Run at one level and panel width:
//
//	for i := range m {
//		for r, s, t := range … { // in this order
//			for j := range N {
//				acc[i][j] = fma(X[XOff[i]+r*XR+s*XS+t*XT], W[r*WR+s*WS+t*WT+j], acc[i][j])
//			}
//		}
//		for j := range N {
//			Y[YOff[i]+j] = acc[i][j] + B[j] + Y[YOff[i]+j] // the last two where asked for
//		}
//	}
//
// with 1 ≤ m ≤ 12 (6 for tileAVX2x16) and N at most the number in the name.
// They read and write nothing beyond column N.

//go:noescape
func tileAVX512x32(t *Tile, m int)

//go:noescape
func tileAVX512x16(t *Tile, m int)

//go:noescape
func tileAVX512x8(t *Tile, m int)

//go:noescape
func tileAVX2x16(t *Tile, m int)

//go:noescape
func tileAVX2x8(t *Tile, m int)
