package simd

// Minimal filtering F(2×2, 5×5) of few channels: the products of a tile are added up
// over channels and turned into its outputs in registers, a row of places after the
// other, so that nothing is stored between.

// Deal takes rows of pixels apart, into those of even and of odd columns: of row i,
// the C ≤ 8 elements of pixel h < N go to
//
//	Y[i·YRow + Even + h/2·C]   or   Y[i·YRow + Odd + h/2·C]
//
// Elements up to the eighth of a pixel of Y become zero, before the next one is
// written. All strides count elements.
type Deal struct {
	X, Y       []float32
	Rows, N, C int // at least 1
	XRow, YRow int
	Even, Odd  int
}

// Run deals the pixels.
func (d *Deal) Run() {
	if !d.vec() {
		d.run()
	}
}

// run is Run in plain Go.
func (d *Deal) run() {
	for i := range d.Rows {
		for h := range d.N {
			to := d.Y[i*d.YRow+[...]int{d.Even, d.Odd}[h%2]+h/2*d.C:][:8]
			clear(to[copy(to, d.X[i*d.XRow+h*d.C:][:d.C]):])
		}
	}
}

// The sizes of a SquareTile.
const (
	SquarePlaces = 6 // each way
	SquareCols   = 16
)

// SquareTile is tiles of 2×2 outputs of a convolution, from inputs and weights that
// are mapped. All offsets and strides count elements. Of tile n, place i, j and column k < N
//
//	M[i][j] = Σ_t X[XOff[n] + i·XI + j·XJ + t] · W[((i·T + t)·6 + j)·16 + k]
//
// is a sum in the order written, one rounding a term. Output25 of each row of M gives
// H[i], and of these the outputs are
//
//	Y[YOff[n] + q + k] = (((H[0] + H[1]) + H[2]) + H[3]) + H[4]
//	Y[YOff[n] + YP + q + k] = α·H[1] - α·H[2] + β·H[3] - β·H[4] + H[5]
//
// with one rounding a term, q of 0 and YQ. They get B[k] and then Z at the same place,
// and are clamped where that is asked for. OneP and OneQ leave out the second rows and
// columns. With Pool, the largest of the four, NaN if one of them is, is the output
// of a tile, at YOff[n] + k. Z may be Y.
type SquareTile struct {
	X, W, Y    []float32
	B, Z       []float32 // or nil
	XOff, YOff []int     // one for each tile
	T          int       // at least 1
	XI, XJ     int
	YP, YQ     int
	N          int // columns, 1 … SquareCols; W has all
	OneP, OneQ int // or 0
	Pool       int // or 0; then without Z
	Clamp
}

// run is Run in plain Go.
func (t *SquareTile) run(m int) {
	for n := range m {
		for k := range t.N {
			out := t.outputs(t.XOff[n], k)
			if t.Pool != 0 {
				t.store(t.YOff[n]+k, k, most(most(out[0][0], out[0][1]), most(out[1][0], out[1][1])))
				continue
			}
			for p := range 2 - t.OneP {
				for q := range 2 - t.OneQ {
					t.store(t.YOff[n]+p*t.YP+q*t.YQ+k, k, out[p][q])
				}
			}
		}
	}
}

// outputs are those of a tile in a column.
func (t *SquareTile) outputs(at, k int) (y [2][2]float32) {
	var h [SquarePlaces][6]float32
	for i := range h {
		var m [6]float32
		for j := range m {
			x, w := t.X[at+i*t.XI+j*t.XJ:], t.W[(i*t.T*SquarePlaces+j)*SquareCols+k:]
			m[j] = float32(x[0] * w[0])
			for c := 1; c < t.T; c++ {
				m[j] = fma(x[c], w[c*SquarePlaces*SquareCols], m[j])
			}
		}
		h[i] = output25(m)
	}
	for q := range 2 {
		y[0][q] = h[0][q] + h[1][q] + h[2][q] + h[3][q] + h[4][q]
		y[1][q] = madd(-beta, h[4][q], madd(beta, h[3][q], madd(-alpha, h[2][q], scaled(alpha, h[1][q])))) + h[5][q]
	}
	return y
}

func (t *SquareTile) store(at, k int, v float32) {
	if len(t.B) > 0 {
		v += t.B[k]
	}
	if len(t.Z) > 0 {
		v += t.Z[at]
	}
	t.Y[at] = t.limit(v)
}
