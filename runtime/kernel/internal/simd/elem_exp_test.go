package simd

import (
	"math"
	"testing"
)

// ulps is the distance of got from want in units of the last place of want
// rounded to float32.
func ulps(got float32, want float64) float64 {
	w := float32(want)
	if got == w {
		return math.Abs(float64(got)-want) / ulp(w)
	}
	if math.IsInf(float64(w), 0) || math.IsInf(float64(got), 0) {
		return math.Inf(1)
	}
	return math.Abs(float64(got)-want) / ulp(w)
}

func ulp(x float32) float64 {
	a := math.Abs(float64(x))
	if math.IsInf(a, 0) {
		return math.Inf(1)
	}
	return float64(math.Nextafter32(float32(a), float32(math.Inf(1)))) - a
}

func TestExponentialsAgainstFloat64(t *testing.T) {
	tests := []struct {
		name  string
		f     func(float32) float32
		ref   func(float64) float64
		bound float64
	}{
		{"expm1", func(x float32) float32 { return expm1(min(x, 88)) }, func(x float64) float64 { return math.Expm1(min(x, 88)) }, 2.5},
		{"log1p", func(x float32) float32 { return log1p(max(0, min(x, 1))) }, func(x float64) float64 { return math.Log1p(max(0, min(x, 1))) }, 2},
		{"erf", erf, math.Erf, 2.5},
		{"exp", exp, math.Exp, 1},
		{"tanh", tanh, math.Tanh, 2.5},
		{"sigmoid", sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, 2.5},
	}
	for _, tt := range tests {
		worst, at := 0.0, float32(0)
		// Every 1009th float32, denormals, infinities and both signs included.
		for b := uint64(0); b < 1<<32; b += 1009 {
			x := math.Float32frombits(uint32(b))
			if x != x {
				continue
			}
			if d := ulps(tt.f(x), tt.ref(float64(x))); !(d <= worst) {
				worst, at = d, x
			}
		}
		t.Logf("%s: %.3f ulp at %v", tt.name, worst, at)
		if !(worst <= tt.bound) {
			t.Errorf("%s(%v) = %v is %.2f ulp from %v, bound %v", tt.name, at, tt.f(at), worst, tt.ref(float64(at)), tt.bound)
		}
	}
}

func TestExponentialsAtSpecialValues(t *testing.T) {
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	negZero := float32(math.Copysign(0, -1))
	tests := []struct {
		name    string
		f       func(float32) float32
		x, want float32
	}{
		{"expm1", expm1, -inf, -1}, {"expm1", expm1, 0, 0}, {"expm1", expm1, 1e-45, 1e-45}, {"expm1", expm1, nan, nan},
		{"log1p", log1p, 0, 0}, {"log1p", log1p, nan, nan},
		{"erf", erf, inf, 1}, {"erf", erf, -inf, -1}, {"erf", erf, 0, 0}, {"erf", erf, negZero, negZero}, {"erf", erf, nan, nan},
		{"exp", exp, inf, inf}, {"exp", exp, -inf, 0}, {"exp", exp, 0, 1}, {"exp", exp, nan, nan},
		{"tanh", tanh, inf, 1}, {"tanh", tanh, -inf, -1}, {"tanh", tanh, 0, 0}, {"tanh", tanh, negZero, negZero},
		{"tanh", tanh, 1e-45, 1e-45}, {"tanh", tanh, nan, nan},
		{"sigmoid", sigmoid, inf, 1}, {"sigmoid", sigmoid, -inf, 0}, {"sigmoid", sigmoid, 0, 0.5}, {"sigmoid", sigmoid, nan, nan},
	}
	for _, tt := range tests {
		got := tt.f(tt.x)
		if math.Float32bits(got) != math.Float32bits(tt.want) && !(got != got && tt.want != tt.want) {
			t.Errorf("%s(%v) = %v, want %v", tt.name, tt.x, got, tt.want)
		}
	}
}
