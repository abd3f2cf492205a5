package simd

// planeRows is the number of rows of outputs of a Plane; PlaneLanes divides the
// number of outputs of each.
const (
	PlaneRows  = 2
	PlaneLanes = 16
)

// Plane is two rows of outputs of a convolution of one channel without stride,
// each channel of them a plane. All strides count elements.
//
//	Y[k·YK + i·YRow + x] = (B[k] if B) +
//	    Σ_r Σ_s X[(i+r)·XRow + x + s] · W[(r·S+s)·WT + k]
//
// for i < 2, k < K and x < N. N is a multiple of PlaneLanes; R and S are at
// least 1. The sum starts from zero and takes its terms in the order written, r
// outermost, one rounding a term (fused multiply-add); B is added last, and the
// result is clamped where that is asked for.
type Plane struct {
	X, W, B, Y []float32 // B or nil
	N, K       int
	R, S       int
	XRow, WT   int
	YK, YRow   int
	Clamp
}

// Run computes the outputs.
func (t *Plane) Run() {
	if !t.vec() {
		t.run()
	}
}

// run is Run in plain Go.
func (t *Plane) run() {
	for k := range t.K {
		for i := range PlaneRows {
			y := t.Y[k*t.YK+i*t.YRow:][:t.N]
			clear(y)
			for r := range t.R {
				for s := range t.S {
					w := t.W[(r*t.S+s)*t.WT+k]
					for x, v := range t.X[(i+r)*t.XRow+s:][:t.N] {
						y[x] = fma(v, w, y[x])
					}
				}
			}
			for x := range y {
				if len(t.B) > 0 {
					y[x] += t.B[k]
				}
				y[x] = t.limit(y[x])
			}
		}
	}
}

// Pixels writes planes as pixels, of so many rows, XNext and YNext apart:
// Y[i·YN + k] = X[k·XK + i] for i < N and k < K or, with Pool, the largest of X[k·XK + r·XRow + 2·i + s] for r, s < 2, NaN if
// one of them is. Of X, so many elements of a row are read as N rounded up to a
// multiple of eight asks for.
type Pixels struct {
	X, Y     []float32
	N, K     int
	XK, XRow int
	YN       int
	Pool     int // or 0

	Rows         int
	XNext, YNext int
}

// Run writes the pixels; N, K and Rows are at least 1.
func (t *Pixels) Run() {
	if !t.vec() {
		t.run()
	}
}

// run is Run in plain Go.
func (t *Pixels) run() {
	for at := range t.Rows * t.K {
		row, k := at/t.K, at%t.K
		x, y := t.X[row*t.XNext+k*t.XK:], t.Y[row*t.YNext+k:]
		for i := range t.N {
			v := x[i]
			if t.Pool != 0 {
				a, b := x[2*i:][:2], x[t.XRow+2*i:][:2]
				v = larger(larger(a[0], b[0]), larger(a[1], b[1]))
			}
			y[i*t.YN] = v
		}
	}
}

// larger is a where it is more than b or no number, else b.
func larger(a, b float32) float32 {
	if a > b || a != a {
		return a
	}
	return b
}
