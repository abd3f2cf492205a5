package simd

import "math"

// Minimal filtering along rows, F(1×2, r×5), of one channel: vectors run over the
// pairs of outputs of a row, so that few output channels fill them as well as many
// do, and the first and the second outputs of the pairs are vectors of their own.

// PairLanes is the number of pairs of a vector in the layout of mapped rows.
const PairLanes = 16

// PlaneMap is the map Input4 of rows of pixels, those of a pair of outputs at a
// time. All strides count elements. Of row i, place p of pair l of vector v is
//
//	Y[i·YRow + (v·6 + p)·16 + l] = place p of Input4 of pixels j … j+5
//
// for i < Rows and v < N, where j = 2·(16·v + l) - Left; pixel h is X[i·XRow + h] for
// 0 ≤ h < W and 0 elsewhere.
type PlaneMap struct {
	X, Y       []float32
	Rows, W    int // Rows at least 1
	XRow, YRow int
	Left, N    int
}

// Run applies the map.
func (m *PlaneMap) Run() {
	if !m.vec() {
		m.run()
	}
}

// run is Run in plain Go.
func (m *PlaneMap) run() {
	for i := range m.Rows {
		for q := range m.N * PairLanes {
			var x [6]float32
			for j := range x {
				if h := 2*q - m.Left + j; h >= 0 && h < m.W {
					x[j] = m.X[i*m.XRow+h]
				}
			}
			v, l := q/PairLanes, q%PairLanes
			for p, y := range input4(x) {
				m.Y[i*m.YRow+(v*RowPlaces+p)*PairLanes+l] = y
			}
		}
	}
}

// PlanePairs is rows of outputs of a convolution of one channel, from rows that
// PlaneMap made and from mapped weights, each channel of them a plane. All strides
// count elements. Of row i, channel k, and pair l of vector v, place p
//
//	M[p] = Σ_r X[(i+r)·XRow + (v·6 + p)·16 + l] · W[(r·6 + p)·16 + k]
//
// is a sum from zero in the order written, one rounding a term, and Output25 of
// these is Y[k·YK + i·YRow + 2·(16·v + l)] and the next, for i < P, k < K ≤ RowCols and
// v < N. They get B[k] and are clamped where that is asked for. With Pool, row i of
// Y has at 16·v + l the largest output of the pairs of rows 2·i and 2·i+1, NaN if one of
// them is, which then gets B[k] and is clamped.
type PlanePairs struct {
	X, W, B, Y []float32 // B or nil
	P, K, R, N int       // at least 1
	XRow       int
	YK, YRow   int
	Pool       int // or 0
	Clamp
}

// Run computes the outputs.
func (t *PlanePairs) Run() {
	if !t.vec() {
		t.run()
	}
}

// run is Run in plain Go.
func (t *PlanePairs) run() {
	for k := range t.K {
		for i := range t.P {
			y := t.Y[k*t.YK+i*t.YRow:]
			for q := range t.N * PairLanes {
				if t.Pool == 0 {
					a := t.pair(i, k, q)
					y[2*q], y[2*q+1] = t.finish(a[0], k), t.finish(a[1], k)
					continue
				}
				a, b := t.pair(2*i, k, q), t.pair(2*i+1, k, q)
				y[q] = t.finish(most(most(a[0], a[1]), most(b[0], b[1])), k)
			}
		}
	}
}

// pair is the two outputs of pair q of a row.
func (t *PlanePairs) pair(row, k, q int) [6]float32 {
	var sums [6]float32
	x := t.X[row*t.XRow+q/PairLanes*RowPlaces*PairLanes+q%PairLanes:]
	for r := range t.R {
		for p := range sums {
			sums[p] = fma(x[r*t.XRow+p*PairLanes], t.W[(r*RowPlaces+p)*RowCols+k], sums[p])
		}
	}
	return output25(sums)
}

func (t *PlanePairs) finish(v float32, k int) float32 {
	if len(t.B) > 0 {
		v += t.B[k]
	}
	return t.limit(v)
}

// most is the larger of two numbers, b of equal ones, NaN if one of them is.
func most(a, b float32) float32 {
	switch {
	case a != a || b != b:
		return float32(math.NaN())
	case a > b:
		return a
	}
	return b
}
