package simd

import (
	"fmt"
	"math"
	"testing"
)

// windows has every count of channels around the vector widths, windows of one
// tap, of none and of many, and clipped ones.
func windows() []Row {
	var all []Row
	for c := 1; c <= 40; c++ {
		all = append(all,
			Row{N: 3, C: c, YStep: c, XStep: 2 * c, R: 2, RStep: 9 * c, S: 2, SStep: c},
			Row{N: 1, C: c, YStep: c + 3, XStep: c, R: 1, RStep: 5 * c, S: 1, SStep: c, Tap: 4, TapSkip: 2},
			Row{N: 4, C: c, YStep: c + 3, XStep: c + 1, R: 3, RStep: 5*c + 2, S: 2, SStep: c + 1, Tap: 1, TapSkip: 1},
			Row{N: 2, C: c, YStep: c})
	}
	return all
}

// each calls f for every tap of every channel, with the places of the output
// and of the input and the number of the tap.
func (w *Row) each(f func(out, in, tap int)) {
	for q := range w.N {
		for c := range w.C {
			for r := range w.R {
				for s := range w.S {
					f(q*w.YStep+c, q*w.XStep+r*w.RStep+s*w.SStep+c, w.Tap+r*(w.S+w.TapSkip)+s)
				}
			}
		}
	}
}

// outputs calls f for the place of every output.
func (w *Row) outputs(f func(out int)) {
	for q := range w.N {
		for c := range w.C {
			f(q*w.YStep + c)
		}
	}
}

func TestWindows(t *testing.T) {
	for _, level := range []Level{Portable, AVX2} {
		if restore, ok := Force(level); ok {
			t.Run(level.String(), testWindows)
			restore()
		}
	}
}

func testWindows(t *testing.T) {
	const size, count = 2000, 3
	for _, w := range windows() {
		for _, special := range []bool{false, true} {
			x, dy := make([]float32, size), make([]float32, size)
			for i := range x {
				x[i], dy[i] = float32(i*7%11-5), float32(i*5%13-6)
			}
			if special {
				x, dy = numbers(size, 1), numbers(size, 2)
			}
			y, index := make([]float32, size), make([]int32, size)
			max, at, mean := make([]float32, size), make([]int32, size), make([]float32, size)
			w.outputs(func(out int) { max[out], at[out] = float32(math.Inf(-1)), int32(w.Tap) })
			w.each(func(out, in, tap int) {
				if v := x[in]; v > max[out] || v != v {
					max[out], at[out] = v, int32(tap)
				}
				mean[out] += x[in]
			})
			w.outputs(func(out int) { mean[out] /= count })
			name := fmt.Sprintf("%+v special=%v", w, special)

			w.Max(y, x)
			equal(t, name+" Max", y, max)
			clear(y)
			w.MaxIndex(y, index, x)
			equal(t, name+" MaxIndex", y, max)
			for i := range at {
				if index[i] != at[i] {
					t.Fatalf("%s: index[%d] = %d, want %d", name, i, index[i], at[i])
				}
			}
			clear(y)
			w.Mean(y, x, count)
			equal(t, name+" Mean", y, mean)

			dx, want := make([]float32, size), make([]float32, size)
			w.each(func(out, in, tap int) {
				if int32(tap) == at[out] {
					want[in] += dy[out]
				}
			})
			w.MaxGrad(dx, dy, at)
			equal(t, name+" MaxGrad", dx, want)
			clear(dx)
			clear(want)
			w.each(func(out, in, tap int) { want[in] += dy[out] / count })
			w.MeanGrad(dx, dy, count)
			equal(t, name+" MeanGrad", dx, want)
		}
	}
}

// equal asks for the same bits, so also that nothing else was written.
func equal(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if !same(got[i], want[i]) {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// Windows that leave their slices panic before anything is touched.
func TestWindowsOutsideOfSlices(t *testing.T) {
	w := Row{N: 2, C: 3, YStep: 3, XStep: 6, R: 2, RStep: 12, S: 2, SStep: 3}
	const out, in = 6, 24
	tests := map[string]func(y, x []float32, index []int32){
		"Max":      func(y, x []float32, index []int32) { w.Max(y, x) },
		"MaxIndex": func(y, x []float32, index []int32) { w.MaxIndex(y, index, x) },
		"MaxGrad":  func(y, x []float32, index []int32) { w.MaxGrad(x, y, index) },
		"Mean":     func(y, x []float32, index []int32) { w.Mean(y, x, 1) },
		"MeanGrad": func(y, x []float32, index []int32) { w.MeanGrad(x, y, 1) },
	}
	for name, f := range tests {
		f(make([]float32, out), make([]float32, in), make([]int32, out))
		for _, short := range [][2]int{{out - 1, in}, {out, in - 1}} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s accepts slices of %v elements, needs %d and %d", name, short, out, in)
					}
				}()
				f(make([]float32, short[0]), make([]float32, short[1]), make([]int32, out))
			}()
		}
	}
}
