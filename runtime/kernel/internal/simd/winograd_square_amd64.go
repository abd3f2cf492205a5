//go:build amd64 && !noasm

package simd

func (d *Deal) vec() bool {
	vectors := Active() >= AVX2
	if vectors {
		dealAVX2(d)
	}
	return vectors
}

// Run computes the first m tiles, m ≥ 1.
func (t *SquareTile) Run(m int) {
	switch Active() {
	case AVX512:
		squareTileAVX512(t, m)
	case AVX2:
		t.runAVX2(m)
	default:
		t.run(m)
	}
}

// runAVX2 takes eight columns at a time.
func (t *SquareTile) runAVX2(m int) {
	const cols = 8
	u := *t
	for j := 0; j < t.N; j += cols {
		u.N = min(cols, t.N-j)
		u.W, u.Y, u.Z, u.B = t.W[j:], t.Y[j:], from(t.Z, j), from(t.B, j)
		squareTileAVX2(&u, m)
	}
}

// dealAVX2 is Deal.run.
//
//go:noescape
func dealAVX2(d *Deal)

// The functions below are SquareTile.run, of which the second takes N ≤ 8. They read
// and write nothing beyond element N.

//go:noescape
func squareTileAVX512(t *SquareTile, m int)

//go:noescape
func squareTileAVX2(t *SquareTile, m int)
