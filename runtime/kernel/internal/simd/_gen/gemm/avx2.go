package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// lanes is how many columns an AVX2 function takes at most.
const lanes = 16

// laneMask writes the table that masks are cut from: ones, then zeros.
func laneMask() {
	GLOBL("laneMask", RODATA|NOPTR)
	for i := range 2 * lanes {
		v := U32(0)
		if i < lanes {
			v = ^v
		}
		DATA(4*i, v)
	}
}

// avx2 broadcasts into a register. The twelve accumulators leave one register
// for a mask, so masks are kept in memory and complete panels go without.
type avx2 struct {
	masks []Mem
	full  Mem
}

func newAVX2(vectors int) isa {
	a := &avx2{full: AllocLocal(8)}
	for range vectors {
		a.masks = append(a.masks, AllocLocal(32))
	}
	return a
}

func (a *avx2) prologue(n Register) {
	zero, one, f := GP64(), GP64(), GP64()
	XORQ(zero, zero)
	MOVQ(U32(1), one)
	MOVQ(zero, f)
	CMPQ(n, Imm(uint64(8*len(a.masks))))
	CMOVQEQ(one, f)
	MOVQ(f, a.full)
	table := GP64()
	LEAQ(NewDataAddr(NewStaticSymbol("laneMask"), 4*lanes), table)
	SHLQ(Imm(2), n)
	SUBQ(n, table)
	for j, m := range a.masks {
		v := YMM()
		VMOVUPS(Mem{Base: table, Disp: 32 * j}, v)
		VMOVUPS(v, m)
	}
}

func (a *avx2) vector() VecVirtual { return YMM() }

func (a *avx2) bytes() int { return 32 }

func (a *avx2) zero(acc Register) { VXORPS(acc, acc, acc) }

func (a *avx2) step(acc [][]VecVirtual, rows []GPVirtual, idx Register, w Mem) {
	b := make([]VecVirtual, len(a.masks))
	for j := range b {
		b[j] = YMM()
		VMOVUPS(w.Offset(32*j), b[j])
	}
	a.multiply(acc, rows, idx, b)
}

func (a *avx2) stepRagged(acc [][]VecVirtual, rows []GPVirtual, idx Register, w Mem) {
	b := make([]VecVirtual, len(a.masks))
	for j := range b {
		b[j] = YMM()
		a.load(j, w.Offset(32*j), b[j])
	}
	a.multiply(acc, rows, idx, b)
}

func (a *avx2) multiply(acc [][]VecVirtual, rows []GPVirtual, idx Register, b []VecVirtual) {
	x := YMM()
	for i, p := range rows {
		VBROADCASTSS(Mem{Base: p, Index: idx, Scale: 1}, x)
		for j := range b {
			VFMADD231PS(x, b[j], acc[i][j])
		}
	}
}

func (a *avx2) load(j int, m Mem, dst Register) {
	mask := YMM()
	VMOVUPS(a.masks[j], mask)
	VMASKMOVPS(m, mask, dst)
}

func (a *avx2) store(j int, src Register, m Mem) {
	mask := YMM()
	VMOVUPS(a.masks[j], mask)
	VMASKMOVPS(src, mask, m)
}

func (a *avx2) ragged() (Mem, bool) { return a.full, true }
