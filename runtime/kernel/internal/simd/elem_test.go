package simd

import (
	"math"
	"testing"
)

// numbers is a sequence with every kind of float32 in changing places.
func numbers(n, from int) []float32 {
	kinds := []float32{
		0.5, -0.25, 3, -7, 1e-3, -1e-3, 20, -20, 0, float32(math.Copysign(0, -1)), 1, -1,
		float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e-45, -1e-45, 1e-39,
		math.MaxFloat32, -math.MaxFloat32, 88.5, -88.5, -103.9, -104.1, 89.1, 0.34657, 0.34658, 9.01, -9.02,
	}
	v := make([]float32, n)
	for i := range v {
		v[i] = kinds[(i*7+from)%len(kinds)] * (1 + float32((i+from)%5)/16)
	}
	return v
}

func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// primitives call each function of this file on a destination that is written
// or updated and two sources.
var primitives = []struct {
	name string
	f    func(dst, a, b []float32)
}{
	{"ReLU", func(dst, a, b []float32) { ReLU(dst, a) }},
	{"ReLUGrad", func(dst, a, b []float32) { ReLUGrad(dst, a, b) }},
	{"Tanh", func(dst, a, b []float32) { Tanh(dst, a) }},
	{"TanhGrad", func(dst, a, b []float32) { TanhGrad(dst, a, b) }},
	{"Sigmoid", func(dst, a, b []float32) { Sigmoid(dst, a) }},
	{"SigmoidGrad", func(dst, a, b []float32) { SigmoidGrad(dst, a, b) }},
	{"Exp", func(dst, a, b []float32) { Exp(dst, a, 1.5) }},
	{"Scale", func(dst, a, b []float32) { Scale(dst, a, 1.7) }},
	{"Add", func(dst, a, b []float32) { Add(dst, a, b) }},
	{"Mul", func(dst, a, b []float32) { Mul(dst, a, b) }},
	{"Div", func(dst, a, b []float32) { Div(dst, a, b) }},
	{"Affine", func(dst, a, b []float32) { Affine(dst, a, 1.7, -0.3) }},
	{"AddScaled", func(dst, a, b []float32) { AddScaled(dst, a, 1.7) }},
	{"PowM34", func(dst, a, b []float32) { PowM34(dst, a) }},
	{"Step", func(dst, a, b []float32) { (&Descent{Rate: 0.1, Decay: 0.3}).Step(dst, a) }},
	{"StepMomentum", func(dst, a, b []float32) { (&Descent{0.1, 0.3, 0.9, 0.7}).StepMomentum(dst, b, a) }},
	{"StepNesterov", func(dst, a, b []float32) { (&Descent{0.1, 0.3, 0.9, 0.7}).StepNesterov(dst, b, a) }},
	{"ReLU in place", func(dst, a, b []float32) { ReLU(dst, dst) }},
	{"Tanh in place", func(dst, a, b []float32) { Tanh(dst, dst) }},
	{"Sigmoid in place", func(dst, a, b []float32) { Sigmoid(dst, dst) }},
	{"Add in place", func(dst, a, b []float32) { Add(dst, dst, b) }},
	{"TanhGrad in place", func(dst, a, b []float32) { TanhGrad(dst, dst, b) }},
}

// A slice of one element has no whole vector, so the Go loop does it: element
// by element it must give the bits of a call on everything, at every length and
// alignment, and nothing around the slices may change.
func TestVectorsGiveTheBitsOfTheGoLoops(t *testing.T) {
	for _, p := range primitives {
		for n := 0; n <= 67; n++ {
			for align := range 4 {
				const guard = 16
				full := n + 2*guard
				var got, want [3][]float32
				for i := range got {
					got[i], want[i] = numbers(full, 3*i+n), numbers(full, 3*i+n)
				}
				lo := guard + align
				p.f(got[0][lo:lo+n], got[1][lo:lo+n], got[2][lo:lo+n])
				for j := lo; j < lo+n; j++ {
					p.f(want[0][j:j+1], want[1][j:j+1], want[2][j:j+1])
				}
				for i := range got {
					for j := range got[i] {
						if !same(got[i][j], want[i][j]) {
							t.Fatalf("%s, %d elements from %d: operand %d[%d] = %v, want %v", p.name, n, lo, i, j-lo, got[i][j], want[i][j])
						}
					}
				}
			}
		}
	}
}

// The bits of every exponential over the whole range, not only at chosen points.
func TestExponentialVectorsOverTheRange(t *testing.T) {
	const n = 4096
	x, y := make([]float32, n), make([]float32, n)
	tests := []struct {
		name   string
		vector func(y, x []float32)
		scalar func(float32) float32
	}{
		{"tanh", Tanh, tanh}, {"sigmoid", Sigmoid, sigmoid},
		{"exp", func(y, x []float32) { Exp(y, x, 0) }, exp},
	}
	for from := uint64(0); from < 1<<32; from += 1009 * 16 * n {
		for i := range x {
			x[i] = math.Float32frombits(uint32(from + uint64(i)*1009*16))
		}
		for _, tt := range tests {
			tt.vector(y, x)
			for i := range y {
				if want := tt.scalar(x[i]); !same(y[i], want) {
					t.Fatalf("%s(%v) = %v, want %v", tt.name, x[i], y[i], want)
				}
			}
		}
	}
}

func TestReLUValues(t *testing.T) {
	nan, negZero := float32(math.NaN()), float32(math.Copysign(0, -1))
	for _, tt := range []struct{ x, y, dx float32 }{
		{2, 2, 5}, {-2, 0, 0}, {0, 0, 0}, {negZero, negZero, 0}, {nan, nan, 5}, {1e-45, 1e-45, 5}, {-1e-45, 0, 0},
	} {
		y, dx := []float32{0}, []float32{0}
		ReLU(y, []float32{tt.x})
		ReLUGrad(dx, []float32{5}, y)
		if !same(y[0], tt.y) || !same(dx[0], tt.dx) {
			t.Errorf("x = %v: y = %v, dx = %v, want %v, %v", tt.x, y[0], dx[0], tt.y, tt.dx)
		}
	}
}

func BenchmarkTanh(b *testing.B) {
	x, y := make([]float32, 4096), make([]float32, 4096)
	for i := range x {
		x[i] = float32(i)/512 - 4
	}
	for b.Loop() {
		Tanh(y, x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
}
