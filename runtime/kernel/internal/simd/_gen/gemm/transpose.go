package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// transpose writes the bodies of Interleave and Deinterleave for eight columns
// and blocks of eight rows.
func transpose() {
	for _, spread := range []bool{true, false} {
		name := "deinterleaveAVX2"
		if spread {
			name = "interleaveAVX2"
		}
		TEXT(name, NOSPLIT, "func(dst, src *float32, off *int, blocks, stride int)")
		dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
		off, blocks := Load(Param("off"), GP64()), Load(Param("blocks"), GP64())
		stride := Load(Param("stride"), GP64())
		SHLQ(Imm(2), stride)

		// Rows 0 to 7 of the contiguous side; rows 3, 5 and 7 need registers.
		rows := src
		if !spread {
			rows = dst
		}
		three, five, seven := GP64(), GP64(), GP64()
		LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
		LEAQ(Mem{Base: stride, Index: stride, Scale: 4}, five)
		LEAQ(Mem{Base: three, Index: stride, Scale: 4}, seven)
		row := []Mem{
			{Base: rows}, {Base: rows, Index: stride, Scale: 1}, {Base: rows, Index: stride, Scale: 2},
			{Base: rows, Index: three, Scale: 1}, {Base: rows, Index: stride, Scale: 4}, {Base: rows, Index: five, Scale: 1},
			{Base: rows, Index: three, Scale: 2}, {Base: rows, Index: seven, Scale: 1},
		}
		Label("block")
		var v [8]VecVirtual
		at := GP64()
		for i := range v {
			v[i] = YMM()
			if spread {
				VMOVUPS(row[i], v[i])
				continue
			}
			MOVQ(Mem{Base: off, Disp: 8 * i}, at)
			VMOVUPS(Mem{Base: src, Index: at, Scale: 4}, v[i])
		}
		v = transposed(v)
		for i := range v {
			if !spread {
				VMOVUPS(v[i], row[i])
				continue
			}
			MOVQ(Mem{Base: off, Disp: 8 * i}, at)
			VMOVUPS(v[i], Mem{Base: dst, Index: at, Scale: 4})
		}
		ADDQ(Imm(32), rows)
		ADDQ(Imm(64), off)
		DECQ(blocks)
		JNZ(LabelRef("block"))
		VZEROUPPER()
		RET()
	}
}

// transposed is the transpose of eight vectors of eight: pairs, then fours,
// then halves.
func transposed(v [8]VecVirtual) [8]VecVirtual {
	var pair, four, out [8]VecVirtual
	for i := range v {
		pair[i], four[i], out[i] = YMM(), YMM(), YMM()
	}
	for i := 0; i < 8; i += 2 {
		VUNPCKLPS(v[i+1], v[i], pair[i])
		VUNPCKHPS(v[i+1], v[i], pair[i+1])
	}
	for i := 0; i < 8; i += 4 {
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
