package simd

// The primitives of this file work element by element on slices of one length:
// that of the first argument. The others are at least as long. A destination
// may be one of the sources, but may not overlap one otherwise. All give the
// same bits with and without assembly.

// ReLU sets y = x where x ≥ 0 or x is NaN, and 0 elsewhere. -0 stays.
func ReLU(y, x []float32) {
	x = x[:len(y)]
	for i := reluVec(y, x); i < len(y); i++ {
		v := x[i]
		if 0 > v {
			v = 0
		}
		y[i] = v
	}
}

// ReLUGrad sets dx = 0 where y ≤ 0, and dy elsewhere.
func ReLUGrad(dx, dy, y []float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	for i := reluGradVec(dx, dy, y); i < len(dx); i++ {
		v := dy[i]
		if y[i] <= 0 {
			v = 0
		}
		dx[i] = v
	}
}

// Tanh sets y = tanh x, within 2.5 ulp.
func Tanh(y, x []float32) {
	x = x[:len(y)]
	for i := tanhVec(y, x); i < len(y); i++ {
		y[i] = tanh(x[i])
	}
}

// TanhGrad sets dx = dy·(1 - y²).
func TanhGrad(dx, dy, y []float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	for i := tanhGradVec(dx, dy, y); i < len(dx); i++ {
		dx[i] = dy[i] * (1 - float32(y[i]*y[i]))
	}
}

// Sigmoid sets y = 1/(1+exp(-x)), within 2.5 ulp.
func Sigmoid(y, x []float32) {
	x = x[:len(y)]
	for i := sigmoidVec(y, x); i < len(y); i++ {
		y[i] = sigmoid(x[i])
	}
}

// SigmoidGrad sets dx = dy·(y - y²).
func SigmoidGrad(dx, dy, y []float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	for i := sigmoidGradVec(dx, dy, y); i < len(dx); i++ {
		dx[i] = dy[i] * (y[i] - float32(y[i]*y[i]))
	}
}

// Exp sets y = exp(x - shift); the exponential is within 1 ulp.
func Exp(y, x []float32, shift float32) {
	x = x[:len(y)]
	for i := expVec(y, x, shift); i < len(y); i++ {
		y[i] = exp(x[i] - shift)
	}
}

// Add sets y = a + b.
func Add(y, a, b []float32) {
	a, b = a[:len(y)], b[:len(y)]
	for i := addVec(y, a, b); i < len(y); i++ {
		y[i] = a[i] + b[i]
	}
}

// Descent is one update of stochastic gradient descent.
type Descent struct {
	Rate     float32
	Decay    float32 // of the weights, added to the gradient
	Momentum float32 // the share of the average that stays
	Fresh    float32 // the share of the gradient that enters it
}

// Step does g = dw + Decay·w; w -= Rate·g.
func (d *Descent) Step(w, dw []float32) {
	dw = dw[:len(w)]
	for i := stepVec(w, dw, d); i < len(w); i++ {
		g := dw[i] + float32(d.Decay*w[i])
		w[i] -= float32(d.Rate * g)
	}
}

// StepMomentum does g = dw + Decay·w; m = Momentum·m + Fresh·g; w -= Rate·m.
func (d *Descent) StepMomentum(w, m, dw []float32) {
	m, dw = m[:len(w)], dw[:len(w)]
	for i := stepMomentumVec(w, m, dw, d); i < len(w); i++ {
		g := dw[i] + float32(d.Decay*w[i])
		a := float32(d.Momentum*m[i]) + float32(d.Fresh*g)
		m[i] = a
		w[i] -= float32(d.Rate * a)
	}
}

// StepNesterov does g = dw + Decay·w; m = Momentum·m + Fresh·g;
// w -= Rate·(g + Momentum·m).
func (d *Descent) StepNesterov(w, m, dw []float32) {
	m, dw = m[:len(w)], dw[:len(w)]
	for i := stepNesterovVec(w, m, dw, d); i < len(w); i++ {
		g := dw[i] + float32(d.Decay*w[i])
		a := float32(d.Momentum*m[i]) + float32(d.Fresh*g)
		m[i] = a
		w[i] -= float32(d.Rate * (g + float32(d.Momentum*a)))
	}
}

// Scale sets y = a·x.
func Scale(y, x []float32, a float32) {
	x = x[:len(y)]
	for i := scaleVec(y, x, a); i < len(y); i++ {
		y[i] = a * x[i]
	}
}
