package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func descents() {
	each("stepAVX2", "func(w, dw *float32, rate, decay float32, n int)",
		"stepAVX2 does for n elements, n a positive multiple of 8: g := dw[i] + decay*w[i]; w[i] -= rate*g.",
		[]string{"w", "dw"}, func() func([]Mem) {
			rate, decay := broadcast("rate"), broadcast("decay")
			return func(at []Mem) {
				w, g := gradient(at[0], at[1], decay)
				descend(at[0], w, g, rate)
			}
		})
	momentum("stepMomentumAVX2", "w[i] -= rate*m[i]", false)
	momentum("stepNesterovAVX2", "w[i] -= rate*(g + momentum*m[i])", true)
}

func momentum(name, last string, nesterov bool) {
	each(name, "func(w, m, dw *float32, rate, decay, momentum, fresh float32, n int)",
		name+" does for n elements, n a positive multiple of 8: g := dw[i] + decay*w[i]; m[i] = momentum*m[i] + fresh*g; "+last+".",
		[]string{"w", "m", "dw"}, func() func([]Mem) {
			rate, decay := broadcast("rate"), broadcast("decay")
			mu, fresh := broadcast("momentum"), broadcast("fresh")
			return func(at []Mem) {
				w, g := gradient(at[0], at[2], decay)
				m, part := YMM(), YMM()
				VMULPS(at[1], mu, m)
				VMULPS(fresh, g, part)
				VADDPS(part, m, m)
				VMOVUPS(m, at[1])
				if nesterov {
					VMULPS(mu, m, m)
					VADDPS(m, g, m)
				}
				descend(at[0], w, m, rate)
			}
		})
}

// gradient returns w and dw + decay·w.
func gradient(w, dw Mem, decay VecVirtual) (weight, g VecVirtual) {
	weight, g = YMM(), YMM()
	VMOVUPS(w, weight)
	VMULPS(decay, weight, g)
	VADDPS(dw, g, g)
	return weight, g
}

// descend stores w - rate·u.
func descend(to Mem, w, u, rate VecVirtual) {
	VMULPS(rate, u, u)
	VSUBPS(u, w, w)
	VMOVUPS(w, to)
}
