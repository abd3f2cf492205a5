package simd

// Cols is the most columns of a Tile. Rows is a number of rows that is taken at
// once; a tile of many times as many, or of any other number, is as good.
const (
	Rows = 12
	Cols = 32
)

// Tile is a block of a matrix product whose left factor is gathered through an
// offset per row and three strides, so that a convolution needs no copy of its
// input in matrix form. All offsets and strides count elements.
//
//	Y[YOff[i] + j] = (Z[YOff[i] + j] if Z) + (B[j] if B) +
//	    Σ_r Σ_s Σ_t X[XOff[i] + r·XR + s·XS + t·XT] · W[r·WR + s·WS + t·WT + j]
//
// for 0 ≤ i < m and 0 ≤ j < N. The sum starts from zero and takes its terms in
// the order written, r outermost, one rounding a term (fused multiply-add); B
// and then Z are added last, and the result is clamped where that is asked for.
// No terms (R, S or T zero) make a sum of zero. Z may be Y.
type Tile struct {
	X, W, Y    []float32
	B          []float32 // N values, or nil
	XOff, YOff []int     // one for each row
	R, S, T    int
	XR, XS, XT int
	WR, WS, WT int
	N          int // columns, 1 … Cols
	Z          []float32
	Clamp
	Ahead *[2]Ahead // or nil; used up by Run
}

// Ahead is memory that will be read soon: so many pieces of cache lines, Pitch
// elements apart, from element At of From on. Where the machine can, Run fetches
// Each of them for a block of rows into a level-2 cache, while it computes. A piece
// may reach beyond From.
type Ahead struct {
	From   []float32
	At     int
	Pitch  int
	Lines  int
	Pieces int
	Each   int
}

// Pieces are n pieces of so many elements, for as many blocks of rows.
func Pieces(from []float32, at, elements, pitch, n, blocks int) Ahead {
	const line = 16
	return Ahead{from, at, pitch, (elements + line - 1) / line, n, (n + blocks - 1) / blocks}
}

// Clamp limits what is stored to Lo … Hi, where On is not 0; NaN stays.
type Clamp struct {
	On     int
	Lo, Hi float32
}

// limit is v clamped.
func (c *Clamp) limit(v float32) float32 {
	if c.On == 0 {
		return v
	}
	if c.Lo > v {
		v = c.Lo
	}
	if c.Hi < v {
		v = c.Hi
	}
	return v
}

// Panel is the width of the panel of packed columns that holds the first of n
// remaining ones: 8, 16 or 32.
func Panel(n int) int {
	switch {
	case n <= 8:
		return 8
	case n <= 16:
		return 16
	}
	return 32
}
