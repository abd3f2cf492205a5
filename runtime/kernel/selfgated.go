package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// The activations that multiply x by a smooth gate of itself. They fall and
// rise again, so their gradient needs the input.

func silu(y, x []float32) {
	var buf [actBlock]float32
	for len(y) > 0 {
		n := min(len(y), actBlock)
		s := buf[:n]
		simd.Sigmoid(s, x[:n])
		for i, v := range x[:n] {
			y[i] = v * s[i]
		}
		y, x = y[n:], x[n:]
	}
}

func siluGrad(dx, dy, x []float32) {
	var buf [actBlock]float32
	for len(dx) > 0 {
		n := min(len(dx), actBlock)
		s := buf[:n]
		simd.Sigmoid(s, x[:n])
		for i, v := range x[:n] {
			dx[i] = dy[i] * float32(s[i]*(1+float32(v*(1-s[i]))))
		}
		dx, dy, x = dx[n:], dy[n:], x[n:]
	}
}

const (
	invSqrt2   = 0.70710678118654752440
	invSqrt2Pi = 0.39894228040143267794
	geluA      = 0.79788456080286535588 // √(2/π)
	geluB      = 0.044715
)

func gelu(y, x []float32) {
	var buf [actBlock]float32
	for len(y) > 0 {
		n := min(len(y), actBlock)
		e := buf[:n]
		simd.Scale(e, x[:n], invSqrt2)
		simd.Erf(e, e)
		for i, v := range x[:n] {
			y[i] = float32(0.5*v) * (1 + e[i])
		}
		y, x = y[n:], x[n:]
	}
}

func geluGrad(dx, dy, x []float32) {
	var erfs, densities [actBlock]float32
	for len(dx) > 0 {
		n := min(len(dx), actBlock)
		e, d := erfs[:n], densities[:n]
		simd.Scale(e, x[:n], invSqrt2)
		for i, v := range e {
			d[i] = -float32(v * v)
		}
		simd.Erf(e, e)
		simd.Exp(d, d, 0)
		for i, v := range x[:n] {
			dx[i] = dy[i] * (float32(0.5*(1+e[i])) + float32(float32(invSqrt2Pi*v)*d[i]))
		}
		dx, dy, x = dx[n:], dy[n:], x[n:]
	}
}

// geluTanhGate sets t = tanh(√(2/π)·(x + 0.044715·x³)).
func geluTanhGate(t, x []float32) {
	for i, v := range x {
		t[i] = float32(geluA*v) * (1 + float32(float32(geluB*v)*v))
	}
	simd.Tanh(t, t)
}

func geluTanh(y, x []float32) {
	var buf [actBlock]float32
	for len(y) > 0 {
		n := min(len(y), actBlock)
		t := buf[:n]
		geluTanhGate(t, x[:n])
		for i, v := range x[:n] {
			y[i] = float32(0.5*v) * (1 + t[i])
		}
		y, x = y[n:], x[n:]
	}
}

func geluTanhGrad(dx, dy, x []float32) {
	var buf [actBlock]float32
	for len(dx) > 0 {
		n := min(len(dx), actBlock)
		t := buf[:n]
		geluTanhGate(t, x[:n])
		for i, v := range x[:n] {
			inner := float32(geluA * (1 + float32(float32(3*geluB*v)*v)))
			slope := float32(float32(0.5*v)*(1-float32(t[i]*t[i]))) * inner
			dx[i] = dy[i] * (float32(0.5*(1+t[i])) + slope)
		}
		dx, dy, x = dx[n:], dy[n:], x[n:]
	}
}

// mishMax is where mish rounds to x, and its slope to 1.
const mishMax = 20

// mishExp sets e = exp(min(x, mishMax)). With w = e·(e+2) the gate tanh(ln(1+e))
// is w/(w+2).
func mishExp(e, x []float32) {
	for i, v := range x {
		e[i] = min(v, mishMax)
	}
	simd.Exp(e, e, 0)
}

func mish(y, x []float32) {
	var buf [actBlock]float32
	for len(y) > 0 {
		n := min(len(y), actBlock)
		e := buf[:n]
		mishExp(e, x[:n])
		for i, v := range x[:n] {
			w := float32(e[i] * (e[i] + 2))
			y[i] = v * (w / (w + 2))
		}
		y, x = y[n:], x[n:]
	}
}

// mishGrad has the slope g + x·4e(e+1)/(w+2)², g the gate.
func mishGrad(dx, dy, x []float32) {
	var buf [actBlock]float32
	for len(dx) > 0 {
		n := min(len(dx), actBlock)
		e := buf[:n]
		mishExp(e, x[:n])
		for i, v := range x[:n] {
			w := float32(e[i] * (e[i] + 2))
			q := 1 / (w + 2)
			slope := float32(float32(4*e[i]*q)*float32((e[i]+1)*q)) * min(v, mishMax)
			dx[i] = dy[i] * (float32(w*q) + slope)
		}
		dx, dy, x = dx[n:], dy[n:], x[n:]
	}
}
