package weights

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/plan"
)

func TestHalf(t *testing.T) {
	tests := []struct {
		bits uint16
		want float64
	}{
		{0x0000, 0}, {0x3c00, 1}, {0xc000, -2}, {0x7bff, 65504}, {0x3555, 0.333251953125},
		{0x0001, math.Ldexp(1, -24)}, {0x83ff, -math.Ldexp(1023, -24)}, {0x0400, math.Ldexp(1, -14)},
		{0x7c00, math.Inf(1)}, {0xfc00, math.Inf(-1)},
	}
	for _, tt := range tests {
		if got := float64(half(tt.bits)); got != tt.want {
			t.Errorf("half(%#04x) = %g, expected %g", tt.bits, got, tt.want)
		}
	}
	if !math.IsNaN(float64(half(0x7e00))) {
		t.Error("half(0x7e00) is not NaN")
	}
	if zero := half(0x8000); zero != 0 || !math.Signbit(float64(zero)) {
		t.Errorf("half(0x8000) = %g, expected -0", zero)
	}
}

func TestIntoFloat32(t *testing.T) {
	le := binary.LittleEndian
	tests := []Tensor{
		{DType: F16, Bytes: le.AppendUint16(le.AppendUint16(nil, 0x3e00), 0xc100)},
		{DType: BF16, Bytes: le.AppendUint16(le.AppendUint16(nil, 0x3fc0), 0xc020)},
		{DType: F32, Bytes: le.AppendUint32(le.AppendUint32(nil, math.Float32bits(1.5)), math.Float32bits(-2.5))},
		{DType: F64, Bytes: le.AppendUint64(le.AppendUint64(nil, math.Float64bits(1.5)), math.Float64bits(-2.5))},
	}
	for _, x := range tests {
		x.Name, x.Shape = "x", []int{2}
		dst := make([]float32, 2)
		if err := x.Into(plan.View{F32: dst}); err != nil || dst[0] != 1.5 || dst[1] != -2.5 {
			t.Errorf("%s: %v, error %v; expected [1.5 -2.5]", x.DType, dst, err)
		}
	}
}

func TestIntoRefuses(t *testing.T) {
	x := Tensor{Name: "x", DType: I32, Shape: []int{2}, Bytes: make([]byte, 8)}
	tests := []struct {
		dst  plan.View
		want string
	}{
		{plan.View{F32: make([]float32, 2)}, "holds I32, expected a floating type"},
		{plan.View{I64: make([]int64, 2)}, "holds I32, expected I64"},
		{plan.View{I32: make([]int32, 3)}, "2 elements in 8 bytes, expected 3"},
	}
	for _, tt := range tests {
		if err := x.Into(tt.dst); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
	}
}
