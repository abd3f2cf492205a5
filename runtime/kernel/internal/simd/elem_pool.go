package simd

import "math"

// Row describes windows over channels-last pixels that differ by a fixed step:
// a run along one row of a pooling layer's output. All counts and steps are in
// elements. Output q of N has its C channels at q·YStep, and tap (r, s) of its
// window has them at q·XStep + r·RStep + s·SStep.
type Row struct {
	N, C         int
	YStep, XStep int
	R, RStep     int
	S, SStep     int
	Tap          int // number of the first tap
	TapSkip      int // numbers that lie between the rows of a clipped window
}

// Max sets y to the maximum of each window: the first of equals, and NaN if
// there is one. A window of no taps gives -Inf.
func (w *Row) Max(y, x []float32) {
	for q := range w.N {
		for c := range w.C {
			best := float32(math.Inf(-1))
			for r := range w.R {
				for s := range w.S {
					if v := x[q*w.XStep+r*w.RStep+s*w.SStep+c]; v > best || v != v {
						best = v
					}
				}
			}
			y[q*w.YStep+c] = best
		}
	}
}

// MaxIndex is Max, and sets index to the number of the tap that was taken:
// the first of equals, the last NaN. Taps are numbered by rows from Tap, with
// TapSkip left out after each row.
func (w *Row) MaxIndex(y []float32, index []int32, x []float32) {
	for q := range w.N {
		for c := range w.C {
			best, at := float32(math.Inf(-1)), int32(w.Tap)
			tap := int32(w.Tap)
			for r := range w.R {
				for s := range w.S {
					if v := x[q*w.XStep+r*w.RStep+s*w.SStep+c]; v > best || v != v {
						best, at = v, tap
					}
					tap++
				}
				tap += int32(w.TapSkip)
			}
			y[q*w.YStep+c] = best
			index[q*w.YStep+c] = at
		}
	}
}

// MaxGrad adds dy to dx at the tap that index names, and
// nothing where it names none.
func (w *Row) MaxGrad(dx, dy []float32, index []int32) {
	for q := range w.N {
		for c := range w.C {
			at := int(index[q*w.YStep+c]) - w.Tap
			if at < 0 {
				continue
			}
			r, s := at/(w.S+w.TapSkip), at%(w.S+w.TapSkip)
			if r < w.R && s < w.S {
				dx[q*w.XStep+r*w.RStep+s*w.SStep+c] += dy[q*w.YStep+c]
			}
		}
	}
}

// Mean sets y to the sum of each window, added in order of the taps, over
// count.
func (w *Row) Mean(y, x []float32, count float32) {
	for q := range w.N {
		for c := range w.C {
			sum := float32(0)
			for r := range w.R {
				for s := range w.S {
					sum += x[q*w.XStep+r*w.RStep+s*w.SStep+c]
				}
			}
			y[q*w.YStep+c] = sum / count
		}
	}
}

// MeanGrad adds dy over count to each tap of dx.
func (w *Row) MeanGrad(dx, dy []float32, count float32) {
	for q := range w.N {
		for c := range w.C {
			g := dy[q*w.YStep+c] / count
			for r := range w.R {
				for s := range w.S {
					dx[q*w.XStep+r*w.RStep+s*w.SStep+c] += g
				}
			}
		}
	}
}
