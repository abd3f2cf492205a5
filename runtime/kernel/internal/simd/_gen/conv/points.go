package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The points at which F(4×4, 3×3) and F(2×2, 5×5) evaluate: 0, ±α, ±β and infinity. F(2×2, 3×3)
// takes 0, ±1 and infinity. The functions below are those of winograd_maps.go
// in the parent folder, which tells where the points come from.
const (
	alpha  = 5. / 8
	beta   = 3. / 2
	alpha2 = alpha * alpha
	beta2  = beta * beta
	scaleA = 1 / (2 * alpha2 * (alpha2 - beta2)) // scales of the filters at ±α, ±β and 0
	scaleB = 1 / (2 * beta2 * (beta2 - alpha2))
	scale0 = 1 / (alpha2 * beta2)
)

// constants writes every factor as a vector.
func constants() {
	seen := map[string]bool{}
	for _, c := range []float64{
		alpha, -alpha, beta, -beta, alpha2, beta2, -alpha2, -beta2, alpha2 * beta2, -(alpha2 + beta2), alpha2 * alpha, beta2 * beta,
		scale0, scaleA, scaleB, scaleA * alpha, scaleB * beta, -scaleA * alpha, -scaleB * beta, scaleA * alpha2, scaleB * beta2,
		scaleA * alpha2 * alpha, scaleB * beta2 * beta, scaleA * alpha2 * alpha2, scaleB * beta2 * beta2, 0.5, -0.5,
		-17. / 4, 21. / 4, -5. / 4, -5. / 2, -5, 1. / 4, 1. / 8, 2, 4, 8,
	} {
		if seen[name(c)] {
			continue
		}
		seen[name(c)] = true
		GLOBL(name(c), RODATA|NOPTR)
		for i := range 8 {
			DATA(4*i, U32(math.Float32bits(float32(c))))
		}
	}
}

func name(c float64) string { return fmt.Sprintf("conv%08x", math.Float32bits(float32(c))) }

func number(c float64) Mem { return NewDataAddr(NewStaticSymbol(name(c)), 0) }

func input4(u *unit, d []VecVirtual) []VecVirtual {
	e, o := u.fma(-beta2, d[2], d[4]), u.fma(-beta2, d[1], d[3])
	f, p := u.fma(-alpha2, d[2], d[4]), u.fma(-alpha2, d[1], d[3])
	return []VecVirtual{
		u.fma(alpha2*beta2, d[0], u.fma(-(alpha2+beta2), d[2], d[4])),
		u.fma(alpha, o, e), u.fma(-alpha, o, e),
		u.fma(beta, p, f), u.fma(-beta, p, f),
		u.fma(alpha2*beta2, d[1], u.fma(-(alpha2+beta2), d[3], d[5])),
	}
}

func output4(u *unit, m []VecVirtual) []VecVirtual {
	e, o := u.add(m[1], m[2]), u.sub(m[1], m[2])
	f, p := u.add(m[3], m[4]), u.sub(m[3], m[4])
	return []VecVirtual{
		u.add(u.add(m[0], e), f),
		u.fma(beta, p, u.mul(alpha, o)),
		u.fma(beta2, f, u.mul(alpha2, e)),
		u.fma(beta2*beta, p, u.fma(alpha2*alpha, o, m[5])),
	}
}

func filter4(u *unit, g []VecVirtual) []VecVirtual {
	e, f := u.fma(scaleA*alpha2, g[2], u.mul(scaleA, g[0])), u.fma(scaleB*beta2, g[2], u.mul(scaleB, g[0]))
	return []VecVirtual{
		u.mul(scale0, g[0]),
		u.fma(scaleA*alpha, g[1], e), u.fma(-scaleA*alpha, g[1], e),
		u.fma(scaleB*beta, g[1], f), u.fma(-scaleB*beta, g[1], f),
		g[2],
	}
}

func gradient4(u *unit, d []VecVirtual) []VecVirtual {
	e, o := u.fma(alpha2, d[2], d[0]), u.fma(alpha2, d[3], d[1])
	f, p := u.fma(beta2, d[2], d[0]), u.fma(beta2, d[3], d[1])
	return []VecVirtual{
		d[0],
		u.fma(alpha, o, e), u.fma(-alpha, o, e),
		u.fma(beta, p, f), u.fma(-beta, p, f),
		d[3],
	}
}

func taps4(u *unit, m []VecVirtual) []VecVirtual {
	e, o := u.add(m[1], m[2]), u.sub(m[1], m[2])
	f, p := u.add(m[3], m[4]), u.sub(m[3], m[4])
	return []VecVirtual{
		u.fma(scaleB, f, u.fma(scaleA, e, u.mul(scale0, m[0]))),
		u.fma(scaleB*beta, p, u.mul(scaleA*alpha, o)),
		u.fma(scaleB*beta2, f, u.fma(scaleA*alpha2, e, m[5])),
	}
}

func input2(u *unit, d []VecVirtual) []VecVirtual {
	return []VecVirtual{u.sub(d[0], d[2]), u.add(d[1], d[2]), u.sub(d[2], d[1]), u.sub(d[3], d[1])}
}

func output2(u *unit, m []VecVirtual) []VecVirtual {
	return []VecVirtual{u.add(u.add(m[0], m[1]), m[2]), u.add(u.sub(m[1], m[2]), m[3])}
}

func filter2(u *unit, g []VecVirtual) []VecVirtual {
	e := u.mul(0.5, u.add(g[0], g[2]))
	return []VecVirtual{g[0], u.fma(0.5, g[1], e), u.fma(-0.5, g[1], e), g[2]}
}

func gradient2(u *unit, d []VecVirtual) []VecVirtual {
	return []VecVirtual{d[0], u.add(d[0], d[1]), u.sub(d[0], d[1]), d[1]}
}

func taps2(u *unit, m []VecVirtual) []VecVirtual {
	e := u.add(m[1], m[2])
	return []VecVirtual{u.fma(0.5, e, m[0]), u.mul(0.5, u.sub(m[1], m[2])), u.fma(0.5, e, m[3])}
}

func output25(u *unit, m []VecVirtual) []VecVirtual {
	e, o := u.add(m[1], m[2]), u.sub(m[1], m[2])
	f, p := u.add(m[3], m[4]), u.sub(m[3], m[4])
	return []VecVirtual{
		u.add(u.add(m[0], e), f),
		u.fma(beta, p, u.fma(alpha, o, m[5])),
	}
}

func filter25(u *unit, g []VecVirtual) []VecVirtual {
	e := u.fma(scaleA*alpha2*alpha2, g[4], u.fma(scaleA*alpha2, g[2], u.mul(scaleA, g[0])))
	f := u.fma(scaleB*beta2*beta2, g[4], u.fma(scaleB*beta2, g[2], u.mul(scaleB, g[0])))
	o := u.fma(scaleA*alpha2*alpha, g[3], u.mul(scaleA*alpha, g[1]))
	p := u.fma(scaleB*beta2*beta, g[3], u.mul(scaleB*beta, g[1]))
	return []VecVirtual{u.mul(scale0, g[0]), u.add(e, o), u.sub(e, o), u.add(f, p), u.sub(f, p), g[4]}
}

func gradient25(u *unit, d []VecVirtual) []VecVirtual {
	return []VecVirtual{
		d[0],
		u.fma(alpha, d[1], d[0]), u.fma(-alpha, d[1], d[0]),
		u.fma(beta, d[1], d[0]), u.fma(-beta, d[1], d[0]),
		d[1],
	}
}

func taps25(u *unit, m []VecVirtual) []VecVirtual {
	e, o := u.add(m[1], m[2]), u.sub(m[1], m[2])
	f, p := u.add(m[3], m[4]), u.sub(m[3], m[4])
	return []VecVirtual{
		u.fma(scaleB, f, u.fma(scaleA, e, u.mul(scale0, m[0]))),
		u.fma(scaleB*beta, p, u.mul(scaleA*alpha, o)),
		u.fma(scaleB*beta2, f, u.mul(scaleA*alpha2, e)),
		u.fma(scaleB*beta2*beta, p, u.mul(scaleA*alpha2*alpha, o)),
		u.fma(scaleB*beta2*beta2, f, u.fma(scaleA*alpha2*alpha2, e, m[5])),
	}
}
