package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// powers defines the functions of local response normalisation.
func powers() {
	each("powM34AVX2", "func(y, x *float32, n int)",
		"powM34AVX2 does for n elements, n a positive multiple of 8: r := sqrt(x[i]); y[i] = 1 / (r * sqrt(r)).",
		[]string{"y", "x"}, func() func([]Mem) {
			one := hold(number(1))
			return func(at []Mem) {
				r, s := YMM(), YMM()
				VSQRTPS(at[1], r)
				VSQRTPS(r, s)
				VMULPS(s, r, r)
				VDIVPS(r, one, r)
				VMOVUPS(r, at[0])
			}
		})
	each("mulAVX2", "func(y, a, b *float32, n int)",
		"mulAVX2 does for n elements, n a positive multiple of 8: y[i] = a[i] * b[i].",
		[]string{"y", "a", "b"}, func() func([]Mem) {
			return func(at []Mem) {
				v := YMM()
				VMOVUPS(at[1], v)
				VMULPS(at[2], v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("divAVX2", "func(y, a, b *float32, n int)",
		"divAVX2 does for n elements, n a positive multiple of 8: y[i] = a[i] / b[i].",
		[]string{"y", "a", "b"}, func() func([]Mem) {
			return func(at []Mem) {
				v := YMM()
				VMOVUPS(at[1], v)
				VDIVPS(at[2], v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("affineAVX2", "func(y, x *float32, a, b float32, n int)",
		"affineAVX2 does for n elements, n a positive multiple of 8: y[i] = a*x[i] + b.",
		[]string{"y", "x"}, func() func([]Mem) {
			a, b := broadcast("a"), broadcast("b")
			return func(at []Mem) {
				v := YMM()
				VMULPS(at[1], a, v)
				VADDPS(b, v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("addScaledAVX2", "func(y, x *float32, a float32, n int)",
		"addScaledAVX2 does for n elements, n a positive multiple of 8: y[i] += a*x[i].",
		[]string{"y", "x"}, func() func([]Mem) {
			a := broadcast("a")
			return func(at []Mem) {
				v := YMM()
				VMULPS(at[1], a, v)
				VADDPS(at[0], v, v)
				VMOVUPS(v, at[0])
			}
		})
}
