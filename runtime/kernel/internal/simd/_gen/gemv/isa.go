package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// avx512 masks the last panel by registers of their own.
type avx512 struct {
	masks   [2]OpmaskVirtual
	nothing VecVirtual // zero
}

func (a *avx512) prologue(n Register) {
	ones := GP64()
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, ones)
	for i := range a.masks {
		a.masks[i] = K()
		KMOVW(ones.As32(), a.masks[i])
		SHRQ(Imm(16), ones)
	}
	a.nothing = ZMM()
	VPXORD(a.nothing, a.nothing, a.nothing)
}

// zero copies a register: avo takes an exclusive or for a read.
func (a *avx512) zero(acc VecVirtual) { VMOVAPS(a.nothing, acc) }

func (a *avx512) vector() VecVirtual { return ZMM() }

func (a *avx512) lanes() int { return 16 }

func (a *avx512) load(j int, m Mem, dst VecVirtual) { VMOVUPS_Z(m, a.masks[j], dst) }

func (a *avx512) store(j int, src VecVirtual, m Mem) { VMOVUPS(src, a.masks[j], m) }

// laneMask writes the table that the masks of AVX2 are cut from: ones, then
// zeros.
func laneMask() {
	GLOBL("panelMask", RODATA|NOPTR)
	for i := range 2 * cols {
		v := U32(0)
		if i < cols {
			v = ^v
		}
		DATA(4*i, v)
	}
}

// avx2 masks by vectors.
type avx2 struct{ table GPVirtual }

func (a *avx2) prologue(n Register) {
	a.table = GP64()
	LEAQ(NewDataAddr(NewStaticSymbol("panelMask"), 4*cols), a.table)
	SHLQ(Imm(2), n)
	SUBQ(n, a.table)
}

func (a *avx2) zero(acc VecVirtual) { VXORPS(acc, acc, acc) }

func (a *avx2) vector() VecVirtual { return YMM() }

func (a *avx2) lanes() int { return 8 }

func (a *avx2) mask(j int) VecVirtual {
	m := YMM()
	VMOVUPS(Mem{Base: a.table, Disp: 32 * j}, m)
	return m
}

func (a *avx2) load(j int, m Mem, dst VecVirtual) { VMASKMOVPS(m, a.mask(j), dst) }

func (a *avx2) store(j int, src VecVirtual, m Mem) { VMASKMOVPS(src, a.mask(j), m) }
