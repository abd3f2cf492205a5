package kernel

// The piecewise linear activations. At a kink the gradient is that of the side
// without one, as PyTorch has it.

func linear(y, x []float32) { copy(y, x) }

func linearGrad(dx, dy, _ []float32) { copy(dx, dy) }

func relu6(y, x []float32) { clamp(y, x, 0, 6) }

func hardTanh(y, x []float32) { clamp(y, x, -1, 1) }

// clamp limits x to lo … hi. NaN stays.
func clamp(y, x []float32, lo, hi float32) {
	x = x[:len(y)]
	for i, v := range x {
		if v < lo {
			v = lo
		}
		if v > hi {
			v = hi
		}
		y[i] = v
	}
}

func relu6Grad(dx, dy, y []float32) { clampGrad(dx, dy, y, 0, 6, 1) }

func hardTanhGrad(dx, dy, y []float32) { clampGrad(dx, dy, y, -1, 1, 1) }

func hardSigmoidGrad(dx, dy, y []float32) { clampGrad(dx, dy, y, 0, 1, 1./6) }

// clampGrad gives slope·dy where lo < y < hi or y is NaN, else 0.
func clampGrad(dx, dy, y []float32, lo, hi, slope float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	for i, v := range y {
		g := slope * dy[i]
		if v <= lo || v >= hi {
			g = 0
		}
		dx[i] = g
	}
}

func hardSigmoid(y, x []float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] = hardGate(v) / 6
	}
}

func hardSwish(y, x []float32) {
	x = x[:len(y)]
	for i, v := range x {
		y[i] = float32(v*hardGate(v)) / 6
	}
}

// hardGate is min(max(x+3, 0), 6).
func hardGate(x float32) float32 {
	x += 3
	if x < 0 {
		x = 0
	}
	if x > 6 {
		x = 6
	}
	return x
}

func hardSwishGrad(dx, dy, x []float32) {
	dy, x = dy[:len(dx)], x[:len(dx)]
	for i, v := range x {
		d := float32(2*v+3) / 6
		if v < -3 {
			d = 0
		}
		if v >= 3 {
			d = 1
		}
		dx[i] = dy[i] * d
	}
}
