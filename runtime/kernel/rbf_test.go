package kernel

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/plan"
)

var rbfShapes = []RBFShape{{1, 1, 1}, {2, 7, 3}, {5, 84, 10}, {33, 9, 17}, {300, 84, 10}}

// TestRBF compares scores and both gradients with sums in float64 taken in
// another order.
func TestRBF(t *testing.T) {
	p := pool(t, 2)
	for _, s := range rbfShapes {
		x, w, dy := random(s.N*s.C, 1), random(s.K*s.C, 2), random(s.N*s.K, 3)
		y, dx, dw := make([]float32, len(dy)), make([]float32, len(x)), make([]float32, len(w))
		(&RBF{s}).Run(p, y, x, w)
		(&RBFBackward{s}).Run(p, dx, dy, x, w)
		(&RBFBackwardWeights{s}).Run(p, dw, dy, x, w)
		wantY, wantX, wantW := make([]float64, len(y)), make([]float64, len(x)), make([]float64, len(w))
		for c := range s.C {
			for n := range s.N {
				for k := range s.K {
					d, g := float64(x[n*s.C+c])-float64(w[k*s.C+c]), float64(dy[n*s.K+k])
					wantY[n*s.K+k] -= d * d
					wantX[n*s.C+c] -= 2 * g * d
					wantW[k*s.C+c] += 2 * g * d
				}
			}
		}
		near(t, "y", y, wantY, 1e-7)
		near(t, "dx", dx, wantX, 1e-7)
		near(t, "dw", dw, wantW, 1e-7)
	}
}

// The codes must be far apart for the classes to be: at least 6 of 84 cells, as
// an 8 and a 9 or a 6 have.
func TestDigitCodes(t *testing.T) {
	w := make([]float32, Digits*DigitCells)
	(&FillDigits{}).Run(pool(t, 1), w, []int64{0})
	for a := range Digits {
		ink := 0
		for i := range DigitCells {
			switch w[a*DigitCells+i] {
			case 1:
				ink++
			case -1:
			default:
				t.Fatalf("cell %d of digit %d is %v", i, a, w[a*DigitCells+i])
			}
		}
		if ink < 20 || ink > 48 {
			t.Errorf("digit %d has ink in %d cells", a, ink)
		}
		for b := range a {
			apart := 0
			for i := range DigitCells {
				if w[a*DigitCells+i] != w[b*DigitCells+i] {
					apart++
				}
			}
			if apart < 6 {
				t.Errorf("digits %d and %d differ in %d cells", a, b, apart)
			}
		}
	}
}

// TestMAPCriterion compares the loss with its formula in float64, and the
// gradient with differences of that.
func TestMAPCriterion(t *testing.T) {
	p := pool(t, 1)
	label := []int32{2, 0, 3}
	for _, j := range []float64{0, 0.5, 3, 1000} {
		x := random(12, 4)
		x[5], x[9] = -200, 150 // beyond what e^x holds in float32
		formula := func(x []float32) float64 {
			loss := 0.0
			for n, at := range label {
				row := x[4*n:][:4]
				loss -= float64(row[at])
				if j > 0 {
					sum := math.Exp(-j)
					for _, v := range row {
						sum += math.Exp(float64(v))
					}
					loss += math.Log(sum)
				}
			}
			return 0.4 / 3 * loss
		}
		loss, dx := runLoss(p, &MAPCriterion{3, 4, j, 0.4}, x, plan.View{I32: label})
		near(t, "loss", loss, []float64{formula(x)}, 1e-6)
		for i := range x {
			const h = 1.0 / 256
			was := x[i]
			x[i] = was + h
			up := formula(x)
			x[i] = was - h
			down := formula(x)
			x[i] = was
			if want := (up - down) / (2 * h); math.Abs(float64(dx[i])-want) > 1e-5 {
				t.Errorf("j=%v: dx[%d] is %v, differences give %v", j, i, dx[i], want)
			}
		}
		without := make([]float32, 1)
		(&MAPCriterion{3, 4, j, 0.4}).Run(p, without, nil, x, label)
		if without[0] != loss[0] {
			t.Errorf("j=%v: loss %v without gradient, %v with", j, without[0], loss[0])
		}
	}
	if !panics(func() { (&MAPCriterion{1, 2, 1, 1}).Run(p, make([]float32, 1), nil, []float32{1, 2}, []int32{2}) }) {
		t.Error("a label that is no class is accepted")
	}
}
