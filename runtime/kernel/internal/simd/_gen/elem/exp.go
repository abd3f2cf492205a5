package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The constants of elem_exp.go, by the names that they have there.
const (
	log2E = 1.44269504088896340736
	ln2Hi = 0.693359375
	ln2Lo = -2.12194440054690582e-4
	magic = 3 << 22

	exp2 = 0.50000000135
	exp3 = 0.166666666817
	exp4 = 0.041666464602
	exp5 = 0.00833331088958
	exp6 = 0.00139336858626
	exp7 = 0.000198910306544

	expMin  = -104
	expMax  = 89
	tanhMax = 10

	signBit   = 1 << 31
	magicBits = 0x4b400000
)

// reducer holds the registers that reduce keeps through a loop.
type reducer struct{ log2E, magic, hi, lo, exp7 VecVirtual }

func newReducer() reducer {
	return reducer{hold(number(log2E)), hold(number(magic)), hold(number(ln2Hi)), hold(number(ln2Lo)), hold(number(exp7))}
}

// reduce returns exp r - 1 and n+magic for x = n·ln 2 + r. x is overwritten.
func (k reducer) reduce(x VecVirtual) (em1, t VecVirtual) {
	t, f, q := YMM(), YMM(), YMM()
	VMULPS(k.log2E, x, t)
	VADDPS(k.magic, t, t)
	VSUBPS(k.magic, t, f)
	VMULPS(k.hi, f, q)
	VSUBPS(q, x, x)
	VMULPS(k.lo, f, q)
	VSUBPS(q, x, x)
	VMULPS(x, x, f)
	VMULPS(k.exp7, x, q)
	VADDPS(number(exp6), q, q)
	for _, c := range [][2]float64{{exp5, exp4}, {exp3, exp2}} {
		pair := YMM()
		VMULPS(number(c[0]), x, pair)
		VADDPS(number(c[1]), pair, pair)
		VMULPS(f, q, q)
		VADDPS(pair, q, q)
	}
	VMULPS(f, q, q)
	VADDPS(x, q, q)
	return q, t
}

// exp returns eˣ. x is overwritten.
func (k reducer) exp(x, one VecVirtual) VecVirtual {
	low := hold(number(expMin))
	VMAXPS(x, low, x)
	VMOVUPS(number(expMax), low)
	VMINPS(x, low, x)
	y, n := k.reduce(x)
	half := YMM()
	VADDPS(one, y, y)
	VPSUBD(bits(magicBits), n, n)
	VPSRAD(Imm(1), n, half)
	VPSUBD(half, n, n)
	k.scale(y, half, one)
	k.scale(y, n, one)
	return y
}

// scale multiplies y by 2ⁿ. n is overwritten.
func (k reducer) scale(y, n, one VecVirtual) {
	VPSLLD(Imm(23), n, n)
	VPADDD(one, n, n)
	VMULPS(n, y, y)
}

func exponentials() {
	each("expAVX2", "func(y, x *float32, shift float32, n int)",
		"expAVX2 does for n elements, n a positive multiple of 8: y[i] = exp(x[i] - shift).",
		[]string{"y", "x"}, func() func([]Mem) {
			k, one, shift := newReducer(), hold(number(1)), broadcast("shift")
			return func(at []Mem) {
				x := YMM()
				VMOVUPS(at[1], x)
				VSUBPS(shift, x, x)
				VMOVUPS(k.exp(x, one), at[0])
			}
		})
	each("sigmoidAVX2", "func(y, x *float32, n int)",
		"sigmoidAVX2 does for n elements, n a positive multiple of 8: y[i] = sigmoid(x[i]).",
		[]string{"y", "x"}, func() func([]Mem) {
			k, one, sign := newReducer(), hold(number(1)), hold(bits(signBit))
			return func(at []Mem) {
				x, sel := YMM(), YMM()
				VMOVUPS(at[1], sel)
				VORPS(sel, sign, x)
				z := k.exp(x, one)
				VBLENDVPS(sel, z, one, sel)
				VADDPS(one, z, z)
				VDIVPS(z, sel, z)
				VMOVUPS(z, at[0])
			}
		})
	each("tanhAVX2", "func(y, x *float32, n int)",
		"tanhAVX2 does for n elements, n a positive multiple of 8: y[i] = tanh(x[i]).",
		[]string{"y", "x"}, func() func([]Mem) {
			k, one, sign, top := newReducer(), hold(number(1)), hold(bits(signBit)), hold(number(tanhMax))
			return func(at []Mem) {
				x, a := YMM(), YMM()
				VMOVUPS(at[1], x)
				VANDNPS(x, sign, a)
				VMINPS(a, top, a)
				VADDPS(a, a, a)
				e, s := k.reduce(a)
				VPSLLD(Imm(23), s, s) // the bits of magic leave at the top
				VPADDD(one, s, s)
				VMULPS(s, e, e)
				VSUBPS(one, s, s)
				VADDPS(s, e, e)
				VADDPS(number(2), e, s)
				VDIVPS(s, e, e)
				VANDPS(x, sign, x)
				VORPS(x, e, e)
				VMOVUPS(e, at[0])
			}
		})
}
