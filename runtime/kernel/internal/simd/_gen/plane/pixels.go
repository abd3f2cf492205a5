package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.Pixels; TestPlaneLayout compares them.
const (
	offPX     = 0
	offPY     = 24
	offPN     = 48
	offPXK    = 64
	offPXRow  = 72
	offPYN    = 80
	offPPool  = 88
	offPRows  = 96
	offPXNext = 104
	offPYNext = 112
)

const lanes = 8

// laneMask writes the table that masks are cut from: ones, then zeros.
func laneMask() {
	GLOBL("pixelMask", RODATA|NOPTR)
	for i := range 2 * lanes {
		v := U32(0)
		if i < lanes {
			v = ^v
		}
		DATA(4*i, v)
	}
}

// pixels writes func name(t *Pixels, k, n int): channels k … k+n-1, n ≤ 8, of
// all pixels, eight at a time.
func pixels(name string, wide bool) {
	TEXT(name, NOSPLIT, "func(t *byte, k, n int)")
	t, k, n := Load(Param("t"), GP64()), Load(Param("k"), GP64()), Load(Param("n"), GP64())
	field := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	x, y, xk, left, pitch := field(offPX), field(offPY), field(offPXK), field(offPN), field(offPYN)
	first := GP64()
	MOVQ(k, first)
	IMULQ(xk, first)
	LEAQ(Mem{Base: x, Index: first, Scale: 4}, x)
	LEAQ(Mem{Base: y, Index: k, Scale: 4}, y)
	SHLQ(Imm(2), xk)
	SHLQ(Imm(2), pitch)

	var store func(v VecVirtual)
	if wide {
		ones, mask := GP64(), K()
		MOVQ(I32(-1), ones)
		BZHIQ(n, ones, ones)
		KMOVW(ones.As32(), mask)
		store = func(v VecVirtual) { VMOVUPS(v, mask, Mem{Base: y}) }
	} else {
		table, mask, from := GP64(), AllocLocal(4*lanes), GP64()
		LEAQ(NewDataAddr(NewStaticSymbol("pixelMask"), 4*lanes), table)
		MOVQ(n, from)
		SHLQ(Imm(2), from)
		SUBQ(from, table)
		m := YMM()
		VMOVUPS(Mem{Base: table}, m)
		VMOVUPS(m, mask)
		store = func(v VecVirtual) {
			m := YMM()
			VMOVUPS(mask, m)
			VMASKMOVPS(v, m, Mem{Base: y})
		}
	}
	rows, xAt, yAt := AllocLocal(8), AllocLocal(8), AllocLocal(8)
	for _, v := range []struct {
		from Register
		to   Mem
	}{{field(offPRows), rows}, {x, xAt}, {y, yAt}} {
		MOVQ(v.from, v.to)
	}
	Label("row")
	MOVQ(Mem{Base: t, Disp: offPN}, left)
	CMPQ(Mem{Base: t, Disp: offPPool}, Imm(0))
	JEQ(LabelRef("plain"))
	for _, pool := range []bool{true, false} {
		label := "plain"
		if pool {
			label = "pooled"
		}
		Label(label)
		block(x, xk, n, Mem{Base: t, Disp: offPXRow}, pool, func(v [lanes]VecVirtual) {
			for _, row := range v {
				store(row)
				ADDQ(pitch, y)
				DECQ(left)
				JZ(LabelRef("done"))
			}
		})
		ADDQ(Imm(map[bool]uint64{false: 32, true: 64}[pool]), x)
		JMP(LabelRef(label))
	}
	Label("done")
	next := GP64()
	MOVQ(Mem{Base: t, Disp: offPXNext}, next)
	MOVQ(xAt, x)
	LEAQ(Mem{Base: x, Index: next, Scale: 4}, x)
	MOVQ(x, xAt)
	MOVQ(Mem{Base: t, Disp: offPYNext}, next)
	MOVQ(yAt, y)
	LEAQ(Mem{Base: y, Index: next, Scale: 4}, y)
	MOVQ(y, yAt)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// block reads eight outputs of n planes, the last again for those beyond n, and
// hands on their transpose.
func block(x, xk, n Register, xrow Mem, pool bool, then func(v [lanes]VecVirtual)) {
	p, last, row := GP64(), GP64(), GP64()
	MOVQ(x, p)
	LEAQ(Mem{Base: n, Disp: -1}, last)
	IMULQ(xk, last)
	ADDQ(x, last)
	if pool {
		MOVQ(xrow, row)
		SHLQ(Imm(2), row)
	}
	var v [lanes]VecVirtual
	for i := range v {
		if v[i] = YMM(); pool {
			pooled(p, row, v[i])
		} else {
			VMOVUPS(Mem{Base: p}, v[i])
		}
		if i+1 < lanes {
			ADDQ(xk, p)
			CMPQ(p, last)
			CMOVQHI(last, p)
		}
	}
	then(transposed(v))
}

// pooled sets dst to the maxima of eight squares of two rows.
func pooled(p, row Register, dst VecVirtual) {
	var m [2]VecVirtual
	for j := range m {
		a, b := YMM(), YMM()
		VMOVUPS(Mem{Base: p, Disp: 32 * j}, a)
		VMOVUPS(Mem{Base: p, Disp: 32 * j, Index: row, Scale: 1}, b)
		m[j] = larger(a, b)
	}
	even, odd := YMM(), YMM()
	VSHUFPS(Imm(0x88), m[1], m[0], even)
	VSHUFPS(Imm(0xdd), m[1], m[0], odd)
	VPERMPD(Imm(0xd8), larger(even, odd), dst)
}

// larger is a where it is more than b or no number, else b.
func larger(a, b VecVirtual) VecVirtual {
	most, nan := YMM(), YMM()
	VMAXPS(b, a, most)
	VCMPPS(Imm(3), a, a, nan)
	VBLENDVPS(nan, a, most, most)
	return most
}

// transposed is the transpose of eight vectors of eight: pairs, then fours,
// then halves.
func transposed(v [lanes]VecVirtual) [lanes]VecVirtual {
	var pair, four, out [lanes]VecVirtual
	for i := range v {
		pair[i], four[i], out[i] = YMM(), YMM(), YMM()
	}
	for i := 0; i < lanes; i += 2 {
		VUNPCKLPS(v[i+1], v[i], pair[i])
		VUNPCKHPS(v[i+1], v[i], pair[i+1])
	}
	for i := 0; i < lanes; i += 4 {
		for j := range 2 {
			VSHUFPS(Imm(0x44), pair[i+j+2], pair[i+j], four[i+2*j])
			VSHUFPS(Imm(0xee), pair[i+j+2], pair[i+j], four[i+2*j+1])
		}
	}
	for i := range 4 {
		VPERM2F128(Imm(0x20), four[i+4], four[i], out[i])
		VPERM2F128(Imm(0x31), four[i+4], four[i], out[i+4])
	}
	return out
}
