package kernel

import (
	"math"
	"testing"
)

// recorded names the recorded cases of functions that are called otherwise there.
var recorded = map[Fn]string{
	HardSigmoid: "hardsigmoid", HardTanh: "hardtanh", HardSwish: "hardswish",
	ScaledTanh: "lenet_scaled_tanh", GELU: "gelu_erf", GELUTanh: "gelu_tanh",
}

func TestActivationGoldens(t *testing.T) {
	p := pool(t, 1)
	for fn, row := range activations {
		name, other := recorded[Fn(fn)]
		if !other {
			name = row.name
		}
		if Fn(fn) == Mish || Fn(fn) == Linear {
			continue // none recorded; TestActivationsAgainstFloat64 has it
		}
		for _, g := range goldens(t, "act_"+name) {
			y, at, dx := g.flat("x"), g.flat("x"), g.flat("dy") // in place
			(&Activation{Fn(fn), len(y)}).Run(p, y, y)
			g.compare(t, "y", y)
			if !row.fromInput {
				at = y
			}
			(&ActivationBackward{Fn(fn), len(y)}).Run(p, dx, dx, at)
			g.compare(t, "d_x", dx)
		}
	}
}

func sigmoid64(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// activations64 has the functions in float64, with what their error is a
// multiple of, in units of the last place: the result, or x.
var activations64 = map[Fn]struct {
	f   func(x float64) float64
	ulp float64
	ofX bool
}{
	Linear:      {func(x float64) float64 { return x }, 0, false},
	ReLU:        {func(x float64) float64 { return max(x, 0) }, 0, false},
	Tanh:        {math.Tanh, 2.5, false},
	Sigmoid:     {sigmoid64, 2.5, false},
	ReLU6:       {func(x float64) float64 { return min(max(x, 0), 6) }, 0, false},
	HardTanh:    {func(x float64) float64 { return min(max(x, -1), 1) }, 0, false},
	HardSigmoid: {func(x float64) float64 { return min(max(x+3, 0), 6) / 6 }, 1.5, true},
	HardSwish:   {func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 }, 3, true},
	ELU: {func(x float64) float64 {
		if x > 0 {
			return x
		}
		return math.Expm1(x)
	}, 2.5, false},
	SELU: {func(x float64) float64 {
		if x > 0 {
			return seluScale * x
		}
		return seluScale * seluAlpha * math.Expm1(x)
	}, 4, false},
	Softplus:   {func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }, 4, false},
	ScaledTanh: {func(x float64) float64 { return 1.7159 * math.Tanh(2*x/3) }, 5, false},
	SiLU:       {func(x float64) float64 { return x * sigmoid64(x) }, 3.5, false},
	GELU:       {func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }, 3, true},
	GELUTanh: {func(x float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}, 4, true},
	Mish: {func(x float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(x))) }, 8, false},
}

// Every function keeps its bound, and its gradient is the slope of the function
// in float64.
func TestActivationsAgainstFloat64(t *testing.T) {
	p := pool(t, 1)
	var x []float32
	for i := range 4001 {
		x = append(x, float32(i-2000)*0.0101) // no kink among them but 0
	}
	dy := make([]float32, len(x))
	for i := range dy {
		dy[i] = 1
	}
	for fn, row := range activations {
		ref := activations64[Fn(fn)]
		y, dx := make([]float32, len(x)), make([]float32, len(x))
		(&Activation{Fn(fn), len(x)}).Run(p, y, x)
		at := y
		if row.fromInput {
			at = x
		}
		(&ActivationBackward{Fn(fn), len(x)}).Run(p, dx, dy, at)
		for i, v := range x {
			want := ref.f(float64(v))
			unit := math.Abs(want)
			if ref.ofX {
				unit = max(unit, math.Abs(float64(v)), 1)
			}
			if unit = float64(math.Nextafter32(float32(unit), 200) - float32(unit)); !(math.Abs(float64(y[i])-want) <= ref.ulp*unit) {
				t.Errorf("%s(%v) = %v, want %v", row.name, v, y[i], want)
				break
			}
			const h = 1e-5
			slope := (ref.f(float64(v)+h) - ref.f(float64(v)-h)) / (2 * h)
			if v != 0 && !(math.Abs(float64(dx[i])-slope) <= 3e-6) {
				t.Errorf("%s: slope %v at %v, want %v", row.name, dx[i], v, slope)
				break
			}
		}
	}
}

func TestActivationsKeepNaN(t *testing.T) {
	p := pool(t, 1)
	nan := float32(math.NaN())
	for fn, row := range activations {
		y := []float32{nan, 1, nan, nan, nan, nan, nan, nan, nan}
		(&Activation{Fn(fn), len(y)}).Run(p, y, y)
		if y[0] == y[0] || y[8] == y[8] || y[1] != y[1] {
			t.Errorf("%s of NaN is %v and %v, of 1 %v", row.name, y[0], y[8], y[1])
		}
	}
}

func BenchmarkActivation(b *testing.B) {
	const n = 64 * 28 * 28 * 6
	p := pool(b, 1)
	x, y := random(n, 1), make([]float32, n)
	for fn, row := range activations {
		b.Run(row.name, func(b *testing.B) {
			for b.Loop() {
				(&Activation{Fn(fn), n}).Run(p, y, x)
			}
			perElement(b, n)
		})
		b.Run(row.name+"Backward", func(b *testing.B) {
			for b.Loop() {
				(&ActivationBackward{Fn(fn), n}).Run(p, y, x, x)
			}
			perElement(b, n)
		})
	}
}
