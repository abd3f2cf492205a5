package simd

// Minimal filtering along rows, F(1×2, r×5): the taps of a row are filtered as
// those of F(2×2, 5×5) are each way, and rows are added as they are. Two outputs
// side by side take six products for each row of taps, where a direct convolution
// takes ten. The maps are a third of those of F(2×2, 5×5) and hold vectors of
// elements, so that few channels fill them.

// RowMap is a map of a tile of a row, Input4 or Filter25, for N tiles whose
// elements lie next to each other: of tile n, element j at n + ⌊j/2⌋·XStep, and XOdd
// more where j is odd, of X, and place i of its image at n + i·YStep of Y; and that for
// so many rows, XRow and YRow apart.
type RowMap struct {
	X, Y         []float32
	N            int
	XStep, YStep int
	XOdd         int
	Rows         int
	XRow, YRow   int
}

// Run applies the map, N and Rows ≥ 1.
func (f *RowMap) Run(m Winograd) {
	if !rowMapVec(f, m) {
		f.run(&maps[m])
	}
}

// run is Run in plain Go.
func (f *RowMap) run(l *linear) {
	for at := range f.Rows * f.N {
		row, n := at/f.N, at%f.N
		var x [6]float32
		for j := range l.in {
			x[j] = f.X[row*f.XRow+n+j/2*f.XStep+j%2*f.XOdd]
		}
		y := l.apply(x)
		for i := range l.out {
			f.Y[row*f.YRow+n+i*f.YStep] = y[i]
		}
	}
}

// The sizes of a RowTile.
const (
	RowPlaces  = 6
	RowOutputs = 2
	RowCols    = 16
)

// RowTile is pairs of outputs of a convolution by rows, from inputs and weights
// that are mapped. All offsets and strides count elements. Of pair i, place p and
// column j < N
//
//	M[p] = Σ_r Σ_t X[XOff[i] + r·XR + t + p·XP] · W[((r·T + t)·6 + p)·16 + j]
//
// is a sum from zero in the order written, one rounding a term, and Output25 of
// these is the outputs at YOff[i] + j and, without One, YOff[i] + YQ + j of Y. They
// get B[j] and then Z at the same place, and are clamped where that is asked for. Z may be Y.
type RowTile struct {
	X, W, Y    []float32
	B, Z       []float32 // or nil
	XOff, YOff []int     // one for each pair
	R, T       int       // at least 1
	XR, XP     int
	YQ         int
	N          int // columns, 1 … RowCols; W has all
	One        int // 1 if the second outputs are left out
	Clamp
}

// run is Run in plain Go.
func (t *RowTile) run(m int) {
	for i := range m {
		for j := range t.N {
			var acc [6]float32
			for r := range t.R {
				for c := range t.T {
					for p := range acc {
						acc[p] = fma(t.X[t.XOff[i]+r*t.XR+c+p*t.XP], t.W[((r*t.T+c)*RowPlaces+p)*RowCols+j], acc[p])
					}
				}
			}
			y := output25(acc)
			for q := range RowOutputs - t.One {
				at, v := t.YOff[i]+q*t.YQ+j, y[q]
				if len(t.B) > 0 {
					v += t.B[j]
				}
				if len(t.Z) > 0 {
					v += t.Z[at]
				}
				t.Y[at] = t.limit(v)
			}
		}
	}
}
