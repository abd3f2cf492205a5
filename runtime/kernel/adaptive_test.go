package kernel

import (
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
)

// updateRule applies one of the recorded optimizers; states are its tensors by
// the names of the record.
type updateRule struct {
	pattern string
	states  []string
	run     func(a *goldenAttrs, p *par.Pool, w, dw []float32, s [][]float32, step []int64)
}

func adamRule(decoupled bool) func(*goldenAttrs, *par.Pool, []float32, []float32, [][]float32, []int64) {
	return func(a *goldenAttrs, p *par.Pool, w, dw []float32, s [][]float32, step []int64) {
		k := Adam{len(w), a.Betas[0], a.Betas[1], a.Eps, float64(a.Decay), decoupled, a.AMSGrad, false}
		var largest []float32
		if a.AMSGrad {
			largest = s[2]
		}
		k.Run(p, w, s[0], s[1], largest, dw, []float32{a.Rate}, nil, step)
	}
}

func rmspropRule(a *goldenAttrs, p *par.Pool, w, dw []float32, s [][]float32, _ []int64) {
	k := RMSProp{Len: len(w), Alpha: a.Alpha, Eps: float32(a.Eps), Decay: a.Decay, Momentum: a.Momentum}
	var momentum []float32
	if len(s) > 1 {
		momentum = s[1]
	}
	k.Run(p, w, s[0], nil, momentum, dw, []float32{a.Rate})
}

var updateRules = []updateRule{
	{"opt_adam", []string{"exp_avg", "exp_avg_sq"}, adamRule(false)},
	{"opt_adam_l2", []string{"exp_avg", "exp_avg_sq"}, adamRule(false)},
	{"opt_adam_amsgrad", []string{"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}, adamRule(false)},
	{"opt_adamw", []string{"exp_avg", "exp_avg_sq"}, adamRule(true)},
	{"opt_rmsprop", []string{"square_avg"}, rmspropRule},
	{"opt_rmsprop_mom_wd", []string{"square_avg", "momentum_buffer"}, rmspropRule},
	{"opt_adagrad", []string{"sum"}, func(a *goldenAttrs, p *par.Pool, w, dw []float32, s [][]float32, step []int64) {
		k := AdaGrad{Len: len(w), Eps: float32(a.Eps), Decay: a.Decay}
		k.Run(p, w, s[0], dw, []float32{a.Rate}, step)
	}},
	{"opt_adadelta", []string{"square_avg", "acc_delta"}, func(a *goldenAttrs, p *par.Pool, w, dw []float32, s [][]float32, _ []int64) {
		k := AdaDelta{len(w), a.Rho, float32(a.Eps), a.Decay}
		k.Run(p, w, s[0], s[1], dw, []float32{a.Rate})
	}},
}

func TestAdaptiveGoldens(t *testing.T) {
	p := pool(t, 1)
	for _, rule := range updateRules {
		g := goldens(t, rule.pattern)[0]
		for _, name := range []string{"p", "q"} {
			w := g.flat(name + "0")
			states := make([][]float32, len(rule.states))
			for i := range states {
				states[i] = make([]float32, len(w))
			}
			for i := 1; i <= 6; i++ {
				rule.run(&g.attrs, p, w, g.flat(fmt.Sprint("g", name, i)), states, []int64{int64(i - 1)})
				g.compare(t, fmt.Sprint(name, i), w)
				for j, s := range rule.states {
					if name == "p" {
						g.compare(t, fmt.Sprint("p_", s, i), states[j])
					}
				}
			}
		}
	}
}

// Kernels without a recorded case, against their formulas in float64.
func TestUpdatesAgainstFloat64(t *testing.T) {
	const steps, rate = 5, 0.1
	norm := func(x []float64) float64 {
		s := 0.0
		for _, v := range x {
			s += v * v
		}
		return math.Sqrt(s)
	}
	decayed := func(dw, w []float64, decay float64) []float64 {
		g := make([]float64, len(w))
		for i := range g {
			g[i] = dw[i] + decay*w[i]
		}
		return g
	}
	tests := []struct {
		name string
		run  func(p *par.Pool, w, dw []float32, s [2][]float32, step []int64)
		ref  func(w, dw []float64, s [2][]float64, step int)
	}{
		{"centered rmsprop", func(p *par.Pool, w, dw []float32, s [2][]float32, _ []int64) {
			(&RMSProp{Len: len(w), Alpha: 0.9, Eps: 1e-3, Decay: 0.02, Centered: true}).Run(p, w, s[0], s[1], nil, dw, []float32{rate})
		}, func(w, dw []float64, s [2][]float64, _ int) {
			for i, g := range decayed(dw, w, 0.02) {
				s[0][i] = 0.9*s[0][i] + 0.1*g*g
				s[1][i] = 0.9*s[1][i] + 0.1*g
				w[i] -= rate * g / (math.Sqrt(s[0][i]-s[1][i]*s[1][i]) + 1e-3)
			}
		}},
		{"adagrad with falling rate", func(p *par.Pool, w, dw []float32, s [2][]float32, step []int64) {
			(&AdaGrad{len(w), 1e-3, 0.02, 0.5}).Run(p, w, s[0], dw, []float32{rate}, step)
		}, func(w, dw []float64, s [2][]float64, step int) {
			for i, g := range decayed(dw, w, 0.02) {
				s[0][i] += g * g
				w[i] -= rate / (1 + 0.5*float64(step)) * g / (math.Sqrt(s[0][i]) + 1e-3)
			}
		}},
		{"lars", func(p *par.Pool, w, dw []float32, s [2][]float32, _ []int64) {
			(&LARS{len(w), 0.9, 0.02, 0.5, true}).Run(p, w, s[0], dw, []float32{rate})
		}, func(w, dw []float64, s [2][]float64, _ int) {
			local := 0.5 * norm(w) / (norm(dw) + 0.02*norm(w))
			for i, g := range decayed(dw, w, 0.02) {
				s[0][i] = 0.9*s[0][i] + rate*local*g
				w[i] -= s[0][i]
			}
		}},
		{"lamb", func(p *par.Pool, w, dw []float32, s [2][]float32, step []int64) {
			(&LAMB{len(w), 0.9, 0.99, 1e-3, 0.02, true}).Run(p, w, s[0], s[1], dw, []float32{rate}, step)
		}, func(w, dw []float64, s [2][]float64, step int) {
			u, t := make([]float64, len(w)), float64(step+1)
			for i, g := range dw {
				s[0][i] = 0.9*s[0][i] + 0.1*g
				s[1][i] = 0.99*s[1][i] + 0.01*g*g
				m, v := s[0][i]/(1-math.Pow(0.9, t)), s[1][i]/(1-math.Pow(0.99, t))
				u[i] = m/(math.Sqrt(v)+1e-3) + 0.02*w[i]
			}
			ratio := norm(w) / norm(u)
			for i := range w {
				w[i] -= rate * ratio * u[i]
			}
		}},
	}
	p := pool(t, 2)
	for _, tt := range tests {
		for _, n := range []int{1, 7, 8, 33, elemTile + 3} {
			w, want := random(n, 1), make([]float64, n)
			for i, v := range w {
				want[i] = float64(v)
			}
			s := [2][]float32{make([]float32, n), make([]float32, n)}
			ref := [2][]float64{make([]float64, n), make([]float64, n)}
			for step := range steps {
				dw, grad := random(n, uint64(step)+2), make([]float64, n)
				for i, v := range dw {
					grad[i] = float64(v)
				}
				tt.run(p, w, dw, s, []int64{int64(step)})
				tt.ref(want, grad, ref, step)
			}
			near(t, fmt.Sprintf("%s of %d", tt.name, n), w, want, 2e-5)
			near(t, tt.name+" state", s[0], ref[0], 2e-5)
			near(t, tt.name+" state", s[1], ref[1], 2e-5)
		}
	}
}

// A weight or a gradient of 0 has no direction to adapt to.
func TestLayerwiseRatioOfZero(t *testing.T) {
	p := pool(t, 1)
	w, m, v := []float32{0, 0}, make([]float32, 2), make([]float32, 2)
	(&LARS{2, 0.9, 0, 1e-3, true}).Run(p, w, m, []float32{1, -2}, []float32{0.5})
	if w[0] != -0.5 || w[1] != 1 {
		t.Errorf("lars from zero weights: %v, want -0.5, 1", w)
	}
	w, m = []float32{1, 2}, make([]float32, 2)
	(&LAMB{2, 0.9, 0.999, 1e-6, 0, true}).Run(p, w, m, v, []float32{0, 0}, []float32{0.5}, []int64{0})
	if w[0] != 1 || w[1] != 2 {
		t.Errorf("lamb without gradient: %v, want 1, 2", w)
	}
}

func TestClipNormGolden(t *testing.T) {
	p := pool(t, 1)
	g := goldens(t, "grad_clip_norm")[0]
	sum := []int64{0}
	for _, name := range []string{"g1", "g2"} {
		x := g.flat(name)
		(&SumSquares{len(x)}).Run(p, sum, x)
	}
	g.compare(t, "norm", []float32{float32(math.Sqrt(bitsFloat(sum[0])))})
	for _, names := range [][2]string{{"g1", "c1"}, {"g2", "c2"}} {
		x := g.flat(names[0])
		(&ClipNorm{len(x), g.attrs.MaxNorm}).Run(p, x, sum)
		g.compare(t, names[1], x)
		long := g.flat(names[0])
		(&ClipNorm{len(long), 1e6}).Run(p, long, sum)
		for i, v := range g.flat(names[0]) {
			if long[i] != v {
				t.Errorf("a norm below the bound changes %v to %v", v, long[i])
			}
		}
	}
}

func TestClipKeepsNaN(t *testing.T) {
	p := pool(t, 1)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x := []float32{nan, inf, -inf, 0.25}
	(&ClipValue{4, 0.5}).Run(p, x)
	if x[0] == x[0] || x[1] != 0.5 || x[2] != -0.5 || x[3] != 0.25 {
		t.Errorf("clipped to %v, want NaN, 0.5, -0.5, 0.25", x)
	}
	for _, bad := range []float32{nan, inf} {
		y, sum := []float32{bad, 1}, []int64{0}
		(&SumSquares{2}).Run(p, sum, y)
		(&ClipNorm{2, 1}).Run(p, y, sum)
		if y[0] == y[0] {
			t.Errorf("%v clipped to %v, want NaN", bad, y[0])
		}
	}
}

func BenchmarkAdam(b *testing.B) {
	const n = 61706 // LeNet-5
	p := pool(b, 1)
	k := Adam{Len: n, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
	w, m, v, dw := random(n, 1), make([]float32, n), make([]float32, n), random(n, 2)
	for b.Loop() {
		k.Run(p, w, m, v, nil, dw, []float32{1e-3}, nil, []int64{100})
	}
	perElement(b, n)
}
