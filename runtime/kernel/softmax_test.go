package kernel

import (
	"fmt"
	"math"
	"testing"
)

// softmaxOf returns forward and backward of softmax or its logarithm.
func softmaxOf(t *testing.T, logarithm bool, n, classes int, x, dy []float32) (y, dx []float32) {
	p := pool(t, 2)
	y, dx = make([]float32, len(x)), make([]float32, len(x))
	if logarithm {
		(&LogSoftmax{n, classes}).Run(p, y, x)
		(&LogSoftmaxBackward{n, classes}).Run(p, dx, dy, y)
	} else {
		(&Softmax{n, classes}).Run(p, y, x)
		(&SoftmaxBackward{n, classes}).Run(p, dx, dy, y)
	}
	return y, dx
}

func TestSoftmaxGoldens(t *testing.T) {
	for _, name := range []string{"softmax_*", "log_softmax_*"} {
		for _, g := range goldens(t, name) {
			s := g.rows()
			y, dx := softmaxOf(t, name == "log_softmax_*", s.Rows, s.C, g.channelsLast("x"), g.channelsLast("dy"))
			g.compareLast(t, "y", y)
			g.compareLast(t, "d_x", dx)
		}
	}
}

func TestSoftmaxAgainstNaive(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {3, 2}, {64, 10}, {5, 17}, {700, 21}, {2, 5000}} {
		n, classes := s[0], s[1]
		x, dy := random(n*classes, 1), random(n*classes, 2)
		for i := range x {
			x[i] = 10*x[i] + 200 // whose exponentials overflow
		}
		y, dx := make([]float64, len(x)), make([]float64, len(x))
		logY, logDX := make([]float64, len(x)), make([]float64, len(x))
		for at := 0; at < len(x); at += classes {
			z, dot, sum := 0.0, 0.0, 0.0
			for j := at; j < at+classes; j++ {
				z += math.Exp(float64(x[j]) - 200)
			}
			for j := at; j < at+classes; j++ {
				y[j] = math.Exp(float64(x[j])-200) / z
				logY[j] = float64(x[j]) - 200 - math.Log(z)
				dot += y[j] * float64(dy[j])
				sum += float64(dy[j])
			}
			for j := at; j < at+classes; j++ {
				dx[j] = y[j] * (float64(dy[j]) - dot)
				logDX[j] = float64(dy[j]) - y[j]*sum
			}
		}
		for _, logarithm := range []bool{false, true} {
			name := fmt.Sprintf("%v, logarithm %v", s, logarithm)
			gotY, gotDX := softmaxOf(t, logarithm, n, classes, x, dy)
			if logarithm {
				y, dx = logY, logDX
			}
			near(t, name+" y", gotY, y, 1e-6)
			if classes > 1 { // of one class the gradient is 0 but for rounding
				near(t, name+" dx", gotDX, dx, 2e-6)
			}
		}
	}
}

func TestSoftmaxInPlace(t *testing.T) {
	p := pool(t, 1)
	x, dy := random(7*33, 1), random(7*33, 2)
	y, dx := softmaxOf(t, false, 7, 33, x, dy)
	logY, logDX := softmaxOf(t, true, 7, 33, x, dy)
	same := func(what string, got, want []float32) { t.Helper(); near(t, what, got, wide(want), 0) }
	v := append([]float32(nil), x...)
	(&Softmax{7, 33}).Run(p, v, v)
	same("softmax", v, y)
	copy(v, dy)
	(&SoftmaxBackward{7, 33}).Run(p, v, v, y)
	same("softmax backward", v, dx)
	copy(v, x)
	(&LogSoftmax{7, 33}).Run(p, v, v)
	same("log softmax", v, logY)
	copy(v, dy)
	(&LogSoftmaxBackward{7, 33}).Run(p, v, v, logY)
	same("log softmax backward", v, logDX)
}

// A class that is ruled out has probability 0; NaN and +Inf make their row NaN
// and no other.
func TestSoftmaxSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, logarithm := range []bool{false, true} {
		y, _ := softmaxOf(t, logarithm, 2, 3, []float32{-inf, 0, 0, 1, 2, 3}, make([]float32, 6))
		want := float32(0)
		if logarithm {
			want = -inf
		}
		if y[0] != want || y[1] != y[2] {
			t.Errorf("logarithm %v: a logit of -Inf gives %v", logarithm, y)
		}
		for _, bad := range []float32{inf, nan} {
			y, dx := softmaxOf(t, logarithm, 2, 3, []float32{bad, 0, 0, 1, 2, 3}, []float32{1, 2, 3, 4, 5, 6})
			for i := range y {
				if (y[i] != y[i]) != (i < 3) || (dx[i] != dx[i]) != (i < 3) {
					t.Errorf("logarithm %v, logit %v: y %v, dx %v", logarithm, bad, y, dx)
				}
			}
		}
	}
}
