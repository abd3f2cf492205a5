package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// The activations made of an exponential or a hyperbolic tangent whose gradient
// follows from the output.

// actBlock is the number of elements that an activation of several passes takes
// through all of them at a time: its buffers stay in the level-1 cache.
const actBlock = 256

// The constants of SELU, which make zero mean and unit variance a fixed point.
const (
	seluScale = 1.0507009873554805
	seluAlpha = 1.6732632423543772
)

func elu(y, x []float32)  { eluOf(y, x, 1, 1) }
func selu(y, x []float32) { eluOf(y, x, seluScale, seluScale*seluAlpha) }

// eluOf is above·x where x > 0, and below·(exp x - 1) elsewhere.
func eluOf(y, x []float32, above, below float32) {
	var buf [actBlock]float32
	for len(y) > 0 {
		n := min(len(y), actBlock)
		e, xs := buf[:n], x[:n]
		simd.Expm1(e, xs)
		for i, v := range xs {
			if v > 0 {
				y[i] = above * v
			} else {
				y[i] = below * e[i]
			}
		}
		y, x = y[n:], x[n:]
	}
}

func eluGrad(dx, dy, y []float32)  { eluOfGrad(dx, dy, y, 1, 1) }
func seluGrad(dx, dy, y []float32) { eluOfGrad(dx, dy, y, seluScale, seluScale*seluAlpha) }

func eluOfGrad(dx, dy, y []float32, above, below float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	for i, v := range y {
		d := above
		if !(v > 0) {
			d = v + below
		}
		dx[i] = dy[i] * d
	}
}

func softplus(y, x []float32) {
	var buf [actBlock]float32
	for len(y) > 0 {
		n := min(len(y), actBlock)
		e, xs, ys := buf[:n], x[:n], y[:n]
		for i, v := range xs {
			e[i] = min(v, -v)
		}
		simd.Exp(e, e, 0)
		simd.Log1p(e, e)
		for i, v := range xs {
			ys[i] = max(v, 0) + e[i]
		}
		y, x = y[n:], x[n:]
	}
}

// softplusGrad has the slope 1 - exp(-y), the logistic function of x.
func softplusGrad(dx, dy, y []float32) {
	var buf [actBlock]float32
	for len(dx) > 0 {
		n := min(len(dx), actBlock)
		e := buf[:n]
		for i, v := range y[:n] {
			e[i] = -v
		}
		simd.Expm1(e, e)
		for i, v := range dy[:n] {
			dx[i] = -v * e[i]
		}
		dx, dy, y = dx[n:], dy[n:], y[n:]
	}
}

// The constants of LeNet-5's squashing function A·tanh(S·x), chosen so that
// f(1) = 1.
const (
	squashA = 1.7159
	squashS = 2. / 3
)

func scaledTanh(y, x []float32) {
	simd.Scale(y, x, squashS)
	simd.Tanh(y, y)
	simd.Scale(y, y, squashA)
}

func scaledTanhGrad(dx, dy, y []float32) {
	dy, y = dy[:len(dx)], y[:len(dx)]
	for i, v := range y {
		dx[i] = dy[i] * (squashA*squashS - float32(float32(squashS/squashA*v)*v))
	}
}
