package simd

// Depthwise is N sums of products channel by channel: outputs of a depthwise
// convolution, or its weights where the outputs are what is summed over. All
// strides count elements.
//
//	Y[n·YN + c] = (Z[n·YN + c] if Z) + (B[c] if B) +
//	    Σ_r Σ_s X[n·XN + r·XR + s·XS + c] · W[r·WR + s·WS + c]
//
// for 0 ≤ n < N and 0 ≤ c < C. The sum starts from zero and takes its terms in
// the order written, one rounding a term (fused multiply-add); B and then Z are
// added last, and the result is clamped where that is asked for. No terms (R or
// S zero) make a sum of zero. Z may be Y.
type Depthwise struct {
	X, W, Y    []float32
	B          []float32 // C values, or nil
	N, C, R, S int
	XN, XR, XS int
	WR, WS     int
	YN         int
	Z          []float32
	Clamp
}

// Run computes the sums; N and C are at least 1.
func (d *Depthwise) Run() {
	if !depthwiseVec(d) {
		d.run()
	}
}

// run is Run in plain Go.
func (d *Depthwise) run() {
	for n := range d.N {
		for c := range d.C {
			var sum float32
			for r := range d.R {
				for s := range d.S {
					sum = fma(d.X[n*d.XN+r*d.XR+s*d.XS+c], d.W[r*d.WR+s*d.WS+c], sum)
				}
			}
			if len(d.B) > 0 {
				sum += d.B[c]
			}
			if len(d.Z) > 0 {
				sum += d.Z[n*d.YN+c]
			}
			d.Y[n*d.YN+c] = d.limit(sum)
		}
	}
}
