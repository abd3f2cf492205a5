package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// tileFields are the offsets of the fields that a loop over tiles reads: the columns,
// the offsets of the tiles in x and y, and the stride of which T is done.
type tileFields struct{ n, xoff, yoff, stride, t int }

// tileLoop is the state of a loop over tiles.
type tileLoop struct {
	u                      *unit
	left, xoff, yoff, skip Mem // skip is the stride less T, in bytes
}

// newTileLoop begins a function of a tile and m, for vectors of so many bytes.
func newTileLoop(bytes int, f tileFields) tileLoop {
	arg := Load(Param("t"), GP64())
	u := &unit{bytes: bytes}
	if bytes == 32 {
		u.mask = AllocLocal(32)
	} else {
		u.opmask = K()
	}
	n := GP64()
	MOVQ(Mem{Base: arg, Disp: f.n}, n)
	u.only(n)
	l := tileLoop{u: u, left: AllocLocal(8), xoff: AllocLocal(8), yoff: AllocLocal(8), skip: AllocLocal(8)}
	for _, v := range []struct{ from, to Mem }{
		{Mem{Base: arg, Disp: f.xoff}, l.xoff}, {Mem{Base: arg, Disp: f.yoff}, l.yoff}, {NewParamAddr("m", 8), l.left},
	} {
		g := GP64()
		MOVQ(v.from, g)
		MOVQ(g, v.to)
	}
	skip, terms := GP64(), GP64()
	MOVQ(Mem{Base: arg, Disp: f.stride}, skip)
	MOVQ(Mem{Base: arg, Disp: f.t}, terms)
	SUBQ(terms, skip)
	SHLQ(Imm(2), skip)
	MOVQ(skip, l.skip)
	return l
}

// run writes the loop, most tiles at once, of which body computes k; it ends the function.
func (l *tileLoop) run(most int, body func(k int)) {
	Label("tiles")
	for k := most; k > 1; k-- {
		CMPQ(l.left, Imm(uint64(k)))
		if k == most {
			JGE(LabelRef(fmt.Sprintf("tiles%d", k)))
		} else {
			JEQ(LabelRef(fmt.Sprintf("tiles%d", k)))
		}
	}
	for k := 1; k <= most; k++ {
		body(k)
		ADDQ(Imm(uint64(8*k)), l.xoff)
		ADDQ(Imm(uint64(8*k)), l.yoff)
		SUBQ(Imm(uint64(k)), l.left)
		JNZ(LabelRef("tiles"))
		VZEROUPPER()
		RET()
	}
}

// bias adds that of the field at an offset, if there is any, to all vectors.
func (u *unit) bias(arg Register, field int, done string, all func(f func(v VecVirtual))) {
	CMPQ(Mem{Base: arg, Disp: field + sliceLen}, Imm(0))
	JEQ(LabelRef(done))
	b := GP64()
	MOVQ(Mem{Base: arg, Disp: field}, b)
	bias := u.load(Mem{Base: b})
	all(func(v VecVirtual) { VADDPS(bias, v, v) })
	Label(done)
}

// clamp clamps all vectors where the field at on says so.
func (u *unit) clamp(arg Register, on, low, high int, done string, all func(f func(v VecVirtual))) {
	CMPQ(Mem{Base: arg, Disp: on}, Imm(0))
	JEQ(LabelRef(done))
	lo, hi := u.vector(), u.vector()
	VBROADCASTSS(Mem{Base: arg, Disp: low}, lo)
	VBROADCASTSS(Mem{Base: arg, Disp: high}, hi)
	all(func(v VecVirtual) { // a NaN in the last source stays
		VMAXPS(v, lo, v)
		VMINPS(v, hi, v)
	})
	Label(done)
}
