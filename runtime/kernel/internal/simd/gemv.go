package simd

// Gemv is the product of a vector and a matrix in panels of Cols columns. All
// strides count elements.
//
//	Y[j] = (Z[j] if Z) + (B[j] if B) + Σ_t X[t] · W[j/Cols·WP + t·Cols + j%Cols]
//
// for j < N, and t < T, which is at least 1. The sum starts from zero and takes
// its terms in order, one rounding a term (fused multiply-add); B and then Z are
// added last, and the result is clamped where that is asked for. All columns of
// the last panel are read. Z may be Y.
type Gemv struct {
	X, W, Y []float32
	B, Z    []float32 // N values, or nil
	T, WP   int
	N       int
	Clamp
}

// Run computes the product. It takes several panels at once: the sums of one
// alone would wait for each other.
func (t *Gemv) Run() {
	if !t.vec() {
		t.run()
	}
}

// run is Run in plain Go.
func (t *Gemv) run() {
	for at := 0; at < t.N; at += Cols {
		sums, w := [Cols]float32{}, t.W[at/Cols*t.WP:]
		for i, x := range t.X[:t.T] {
			for j, v := range w[i*Cols:][:Cols] {
				sums[j] = fma(x, v, sums[j])
			}
		}
		y := t.Y[at:min(at+Cols, t.N)]
		for j := range y {
			v := sums[j]
			if len(t.B) > 0 {
				v += t.B[at+j]
			}
			if len(t.Z) > 0 {
				v += t.Z[at+j]
			}
			y[j] = t.limit(v)
		}
	}
}
