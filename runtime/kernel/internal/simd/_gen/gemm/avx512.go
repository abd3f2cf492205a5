package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// avx512 multiplies with broadcasts folded into the FMA and masks every load
// and store of columns.
type avx512 struct {
	masks   []OpmaskVirtual
	nothing VecVirtual // zero
	size    int
}

func newAVX512(vectors int) isa { return newMasked(vectors, 64) }

// newAVX512VL is for panels of eight columns: 256-bit vectors with masks.
func newAVX512VL(vectors int) isa { return newMasked(vectors, 32) }

func newMasked(vectors, size int) isa {
	a := &avx512{size: size}
	for range vectors {
		a.masks = append(a.masks, K())
	}
	a.nothing = a.vector()
	return a
}

func (a *avx512) prologue(n Register) {
	ones := GP64()
	MOVQ(I32(-1), ones)
	BZHIQ(n, ones, ones)
	for _, k := range a.masks {
		KMOVW(ones.As32(), k)
		SHRQ(Imm(16), ones)
	}
	VPXORD(a.nothing, a.nothing, a.nothing)
}

func (a *avx512) vector() VecVirtual {
	if a.size == 32 {
		return YMM()
	}
	return ZMM()
}

func (a *avx512) bytes() int { return a.size }

// zero copies a register: avo takes VPXORD for a read, which would keep the
// accumulators of every body alive in all.
func (a *avx512) zero(acc Register) { VMOVAPS(a.nothing, acc) }

func (a *avx512) step(acc [][]VecVirtual, rows []GPVirtual, idx Register, w Mem) {
	b := make([]VecVirtual, len(a.masks))
	for j := range b {
		b[j] = a.vector()
		a.load(j, w.Offset(j*a.size), b[j])
	}
	for i, p := range rows {
		for j := range b {
			VFMADD231PS_BCST(Mem{Base: p, Index: idx, Scale: 1}, b[j], acc[i][j])
		}
	}
}

func (a *avx512) load(j int, m Mem, dst Register) { VMOVUPS_Z(m, a.masks[j], dst) }

func (a *avx512) store(j int, src Register, m Mem) { VMOVUPS(src, a.masks[j], m) }

func (a *avx512) ragged() (Mem, bool) { return Mem{}, false }

func (a *avx512) stepRagged([][]VecVirtual, []GPVirtual, Register, Mem) {}
