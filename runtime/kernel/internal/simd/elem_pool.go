package simd

import (
	"fmt"
	"math"
)

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

// check panics unless the slices of output and input size hold all elements of
// the windows. It returns whether there are any.
func (w *Row) check(y, x int) bool {
	if w.N < 1 || w.C < 1 {
		return false
	}
	out := (w.N-1)*w.YStep + w.C
	in := 0
	if w.taps() {
		in = (w.N-1)*w.XStep + (w.R-1)*w.RStep + (w.S-1)*w.SStep + w.C
	}
	if out > y || in > x {
		panic(fmt.Sprintf("simd: windows reach element %d of %d, and %d of %d in their input", out, y, in, x))
	}
	return true
}

// taps returns whether the windows have any.
func (w *Row) taps() bool { return w.R > 0 && w.S > 0 }

// Max sets y to the maximum of each window: the first of equals, and NaN if
// there is one. A window of no taps gives -Inf.
func (w *Row) Max(y, x []float32) {
	if !w.check(len(y), len(x)) || w.taps() && maxRow(y, x, w) {
		return
	}
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
	if !w.check(min(len(y), len(index)), len(x)) || w.taps() && maxIndexRow(y, index, x, w) {
		return
	}
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
	if !w.check(min(len(dy), len(index)), len(dx)) || !w.taps() || maxGradRow(dx, dy, index, w) {
		return
	}
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
	if !w.check(len(y), len(x)) || w.taps() && meanRow(y, x, count, w) {
		return
	}
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
	if !w.check(len(dy), len(dx)) || !w.taps() || meanGradRow(dx, dy, count, w) {
		return
	}
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
