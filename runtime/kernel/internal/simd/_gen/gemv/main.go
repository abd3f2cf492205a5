// Command gemv writes the assembly of the product of a vector and a matrix in
// panels: ../gemv_amd64.s. The directive in gemv_amd64.go of the parent folder
// runs it.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.Gemv; TestGemvLayout compares them.
const (
	offX  = 0
	offW  = 24
	offY  = 48
	offB  = 72
	offZ  = 96
	offT  = 120
	offWP = 128
	offN  = 136
	offOn = 144
	offLo = 152
	offHi = 156

	sliceLen = 8  // of a slice's length from its start
	cols     = 32 // of a panel
)

// isa is how one instruction set does the few things in which they differ. The
// masks are those of the last panel.
type isa interface {
	prologue(n Register) // n columns in it
	zero(acc VecVirtual)
	vector() VecVirtual
	lanes() int
	load(j int, m Mem, dst VecVirtual) // vector j of the last panel
	store(j int, src VecVirtual, m Mem)
}

// gemv writes func name(t *Gemv, j, p int): p panels, at most most, from panel j
// on.
func gemv(name string, most int, v isa) {
	TEXT(name, NOSPLIT, "func(t *byte, j, p int)")
	t, j, p := Load(Param("t"), GP64()), Load(Param("j"), GP64()), Load(Param("p"), GP64())
	n, end := GP64(), GP64()
	LEAQ(Mem{Base: j, Index: p, Scale: 1, Disp: -1}, end)
	SHLQ(Imm(5), end)
	MOVQ(Mem{Base: t, Disp: offN}, n)
	SUBQ(end, n)
	full := GP64()
	MOVQ(U32(cols), full)
	CMPQ(n, full)
	CMOVQGT(full, n)
	v.prologue(n)
	for k := most; k > 1; k-- {
		CMPQ(p, Imm(uint64(k)))
		JEQ(LabelRef(fmt.Sprintf("panels%d", k)))
	}
	for k := 1; k <= most; k++ {
		Label(fmt.Sprintf("panels%d", k))
		body(v, t, j, k)
		VZEROUPPER()
		RET()
	}
}

func body(v isa, t, j Register, panels int) {
	at := func(s string) string { return fmt.Sprintf("%s%d", s, panels) }
	field := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	each := cols / v.lanes()
	acc := make([]VecVirtual, panels*each)
	for i := range acc {
		acc[i] = v.vector()
		v.zero(acc[i])
	}
	x, w, terms, wp := field(offX), field(offW), field(offT), field(offWP)
	SHLQ(Imm(2), wp)
	skip, three := GP64(), GP64()
	MOVQ(j, skip)
	IMULQ(wp, skip)
	ADDQ(skip, w)
	LEAQ(Mem{Base: wp, Index: wp, Scale: 2}, three)
	panel := []Mem{{Base: w}, {Base: w, Index: wp, Scale: 1}, {Base: w, Index: wp, Scale: 2}, {Base: w, Index: three, Scale: 1}}
	Label(at("loop"))
	value := v.vector()
	VBROADCASTSS(Mem{Base: x}, value)
	for i, a := range acc {
		VFMADD231PS(panel[i/each].Offset(i%each*4*v.lanes()), value, a)
	}
	ADDQ(Imm(4), x)
	ADDQ(U32(4*cols), w)
	DECQ(terms)
	JNZ(LabelRef(at("loop")))

	from := GP64()
	MOVQ(j, from)
	SHLQ(Imm(7), from) // bytes of a panel's columns
	place := func(base GPVirtual, i int) Mem {
		return Mem{Base: base, Index: from, Scale: 1, Disp: i * 4 * v.lanes()}
	}
	last := func(i int) bool { return i/each == panels-1 }
	for _, off := range []int{offB, offZ} {
		label := at(fmt.Sprintf("no%d_", off))
		CMPQ(Mem{Base: t, Disp: off + sliceLen}, Imm(0))
		JEQ(LabelRef(label))
		base := field(off)
		for i, a := range acc {
			if !last(i) {
				VADDPS(place(base, i), a, a)
				continue
			}
			add := v.vector()
			v.load(i%each, place(base, i), add)
			VADDPS(add, a, a)
		}
		Label(label)
	}
	CMPQ(Mem{Base: t, Disp: offOn}, Imm(0))
	JEQ(LabelRef(at("noclamp")))
	lo, hi := v.vector(), v.vector()
	VBROADCASTSS(Mem{Base: t, Disp: offLo}, lo)
	VBROADCASTSS(Mem{Base: t, Disp: offHi}, hi)
	for _, a := range acc { // a NaN in the last source stays
		VMAXPS(a, lo, a)
		VMINPS(a, hi, a)
	}
	Label(at("noclamp"))
	y := field(offY)
	for i, a := range acc {
		if last(i) {
			v.store(i%each, a, place(y, i))
		} else {
			VMOVUPS(a, place(y, i))
		}
	}
}

func main() {
	ConstraintExpr("!noasm")
	laneMask()
	gemv("gemvAVX512", 4, &avx512{})
	gemv("gemvAVX2", 2, &avx2{})
	Generate()
}
