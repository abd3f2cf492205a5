package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

func elementwise() {
	each("reluAVX2", "func(y, x *float32, n int)",
		"reluAVX2 does for n elements, n a positive multiple of 8: y[i] = 0 if 0 > x[i], else x[i].",
		[]string{"y", "x"}, func() func([]Mem) {
			zero := YMM()
			VXORPS(zero, zero, zero)
			return func(at []Mem) {
				v := YMM()
				VMAXPS(at[1], zero, v) // the second source where one is NaN
				VMOVUPS(v, at[0])
			}
		})
	each("reluGradAVX2", "func(dx, dy, y *float32, n int)",
		"reluGradAVX2 does for n elements, n a positive multiple of 8: dx[i] = 0 if y[i] <= 0, else dy[i].",
		[]string{"dx", "dy", "y"}, func() func([]Mem) {
			zero := YMM()
			VXORPS(zero, zero, zero)
			return func(at []Mem) {
				v := YMM()
				VMOVUPS(at[2], v)
				VCMPPS(Imm(lessEqual), zero, v, v)
				VANDNPS(at[1], v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("tanhGradAVX2", "func(dx, dy, y *float32, n int)",
		"tanhGradAVX2 does for n elements, n a positive multiple of 8: dx[i] = dy[i] * (1 - y[i]*y[i]).",
		[]string{"dx", "dy", "y"}, func() func([]Mem) {
			one := hold(number(1))
			return func(at []Mem) {
				v := YMM()
				VMOVUPS(at[2], v)
				VMULPS(v, v, v)
				VSUBPS(v, one, v)
				VMULPS(at[1], v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("sigmoidGradAVX2", "func(dx, dy, y *float32, n int)",
		"sigmoidGradAVX2 does for n elements, n a positive multiple of 8: dx[i] = dy[i] * (y[i] - y[i]*y[i]).",
		[]string{"dx", "dy", "y"}, func() func([]Mem) {
			return func(at []Mem) {
				v, w := YMM(), YMM()
				VMOVUPS(at[2], v)
				VMULPS(v, v, w)
				VSUBPS(w, v, v)
				VMULPS(at[1], v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("addAVX2", "func(y, a, b *float32, n int)",
		"addAVX2 does for n elements, n a positive multiple of 8: y[i] = a[i] + b[i].",
		[]string{"y", "a", "b"}, func() func([]Mem) {
			return func(at []Mem) {
				v := YMM()
				VMOVUPS(at[1], v)
				VADDPS(at[2], v, v)
				VMOVUPS(v, at[0])
			}
		})
	each("scaleAVX2", "func(y, x *float32, a float32, n int)",
		"scaleAVX2 does for n elements, n a positive multiple of 8: y[i] = a * x[i].",
		[]string{"y", "x"}, func() func([]Mem) {
			a := broadcast("a")
			return func(at []Mem) {
				v := YMM()
				VMULPS(at[1], a, v)
				VMOVUPS(v, at[0])
			}
		})
}
