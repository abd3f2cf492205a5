package simd

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exact is x·y + z rounded once, by arithmetic of unbounded precision.
func exact(x, y, z float32) float32 {
	f := func(v float32) *big.Float { return new(big.Float).SetPrec(700).SetFloat64(float64(v)) }
	s := f(x)
	s.Mul(s, f(y)).Add(s, f(z))
	v, _ := s.Float32()
	return v
}

func TestFMA(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	// Few significant bits make ties frequent, small exponents subnormals.
	value := func() float32 {
		bits := r.Uint32() & 0x807fffff &^ (1<<r.IntN(24) - 1)
		exp := 127 + r.IntN(60) - 30
		if r.IntN(3) == 0 {
			exp = r.IntN(100)
		}
		return math.Float32frombits(bits | uint32(exp)<<23)
	}
	for range 100000 {
		x, y, z := value(), value(), value()
		if r.IntN(2) == 0 { // a tie: z is a product's neighbour of another size
			z = float32(float64(x)*float64(y)) * float32(math.Ldexp(1, r.IntN(50)-25))
		}
		got, want := fma(x, y, z), exact(x, y, z)
		if got != want {
			t.Fatalf("fma(%b, %b, %b) = %b, want %b", x, y, z, got, want)
		}
	}
}

func TestFMASpecial(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	zero := float32(math.Copysign(0, -1))
	for _, c := range []struct{ x, y, z, want float32 }{
		{1 + 0x1p-12, 1 + 0x1p-12, 0x1p-60, 1 + 0x1p-11 + 0x1p-23}, // half way but for z
		{1 + 0x1p-12, 1 + 0x1p-12, -0x1p-60, 1 + 0x1p-11},
		{0x1p-75, 0x1p-75, 0x1p-149, 0x1p-148}, // half of the least subnormal: to even
		{0x1p-75, 0x1p-76, 0x1p-149, 0x1p-149},
		{-0x1p-100, 0x1p-100, 0, zero}, // underflow keeps the sign
		{0, -1, 0, 0}, {0, -1, zero, zero},
		{math.MaxFloat32, 2, -inf, -inf}, {math.MaxFloat32, 2, 0, inf},
		{inf, 1, -inf, nan}, {inf, 0, 1, nan}, {nan, 1, 1, nan}, {1, 1, nan, nan},
	} {
		got := fma(c.x, c.y, c.z)
		if math.Float32bits(got) != math.Float32bits(c.want) && !(got != got && c.want != c.want) {
			t.Errorf("fma(%v, %v, %v) = %v, want %v", c.x, c.y, c.z, got, c.want)
		}
	}
}
