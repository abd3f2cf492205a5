package weights

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/plan"
)

// Into copies the elements of a tensor that was read into the slice of dst that
// is set. Floating types of any width go into float32, rounded to nearest;
// integers only into their own type. It fails, with dst unchanged, where the
// types do not convert or the lengths differ.
func (t *Tensor) Into(dst plan.View) error {
	switch {
	case dst.F32 != nil:
		return t.intoF32(dst.F32)
	case dst.I32 != nil:
		if err := t.expect(I32, len(dst.I32)); err != nil {
			return err
		}
		for i := range dst.I32 {
			dst.I32[i] = int32(binary.LittleEndian.Uint32(t.Bytes[4*i:]))
		}
	case dst.I64 != nil:
		if err := t.expect(I64, len(dst.I64)); err != nil {
			return err
		}
		for i := range dst.I64 {
			dst.I64[i] = int64(binary.LittleEndian.Uint64(t.Bytes[8*i:]))
		}
	}
	return nil
}

// Float64s is a copy of the elements of an F64 tensor.
func (t *Tensor) Float64s() ([]float64, error) {
	if err := t.expect(F64, t.Len()); err != nil {
		return nil, err
	}
	out := make([]float64, t.Len())
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(t.Bytes[8*i:]))
	}
	return out, nil
}

// Float32s is a copy of the elements of a floating tensor.
func (t *Tensor) Float32s() ([]float32, error) {
	out := make([]float32, t.Len())
	return out, t.intoF32(out)
}

func (t *Tensor) intoF32(dst []float32) error {
	switch t.DType {
	case F32, F64, F16, BF16:
	default:
		return fmt.Errorf("tensor %q: holds %s, expected a floating type (F32, F64, F16 or BF16)", t.Name, t.DType)
	}
	if err := t.expect(t.DType, len(dst)); err != nil {
		return err
	}
	b := t.Bytes
	for i := range dst {
		switch t.DType {
		case F32:
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		case F64:
			dst[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])))
		case BF16:
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16)
		case F16:
			dst[i] = half(binary.LittleEndian.Uint16(b[2*i:]))
		}
	}
	return nil
}

func (t *Tensor) expect(d DType, n int) error {
	if t.DType != d {
		return fmt.Errorf("tensor %q: holds %s, expected %s", t.Name, t.DType, d)
	}
	if t.Len() != n || len(t.Bytes) != n*d.Size() {
		return fmt.Errorf("tensor %q: %d elements in %d bytes, expected %d elements", t.Name, t.Len(), len(t.Bytes), n)
	}
	return nil
}

// half widens an IEEE 754 binary16; exact.
func half(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, frac := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exp {
	case 0: // zero and subnormals: frac · 2^-24
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31: // infinities and NaN
		return math.Float32frombits(sign | 0xff<<23 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}
