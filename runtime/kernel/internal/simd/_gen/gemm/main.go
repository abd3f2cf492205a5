// Command gemm writes the assembly of Tile.Run, for each instruction set and
// panel width one function that holds a body for every number of rows, and that
// of the transposes which pack and unpack panels.
//
// Run it from the package it writes for: go generate ./runtime/kernel/internal/simd
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.Tile; TestTileLayout compares them.
const (
	offX    = 0
	offW    = 24
	offY    = 48
	offB    = 72
	offXOff = 96
	offYOff = 120
	offR    = 144
	offS    = 152
	offT    = 160
	offXR   = 168
	offXS   = 176
	offXT   = 184
	offWR   = 192
	offWS   = 200
	offWT   = 208
	offCols = 216
	offZ    = 224
	offOn   = 248
	offLo   = 256
	offHi   = 260

	offAhead = 264

	// Of the fields of simd.Ahead.
	aheadFrom   = 0
	aheadAt     = 24
	aheadPitch  = 32
	aheadLines  = 40
	aheadPieces = 48
	aheadEach   = 56
	lenAhead    = 64
	streams     = 2

	sliceLen = 8 // of a slice's length from its start
)

// isa is how one instruction set does the few things in which they differ.
type isa interface {
	// prologue prepares the masks of the valid columns, whose number is in n.
	prologue(n Register)
	zero(acc Register)
	// step adds one product: a row of w times one value of each pointer at idx.
	step(acc [][]VecVirtual, rows []GPVirtual, idx Register, w Mem)
	// load reads vector j of the columns at m, and zero beyond the valid ones.
	load(j int, m Mem, dst Register)
	store(j int, src Register, m Mem)
	vector() VecVirtual
	bytes() int // of a vector
	// ragged says whether step has a slower form for incomplete panels; in
	// that case full holds whether the panel is complete.
	ragged() (full Mem, ok bool)
	stepRagged(acc [][]VecVirtual, rows []GPVirtual, idx Register, w Mem)
}

// stepper is a step of an isa.
type stepper func(acc [][]VecVirtual, rows []GPVirtual, idx Register, w Mem)

// narrow is the width in bytes of a panel whose rows lie eight times as far
// apart as the values they meet, when both are dense. One index then serves
// both, which spares the loads of two strides where loads are the limit.
const narrow = 32

// function writes func name(t *Tile, m, h int): the first m rows of t, in
// blocks of h ≤ rows and a last one of what is left.
func function(name string, rows, vectors int, newISA func(vectors int) isa) {
	TEXT(name, NOSPLIT, "func(t *byte, m, h int)")
	t := Load(Param("t"), GP64())
	v := newISA(vectors)
	loc := newLocals()
	n := GP64()
	MOVQ(Mem{Base: t, Disp: offCols}, n)
	v.prologue(n)
	for _, s := range []struct {
		off   int
		shift uint64 // elements to bytes
		to    Mem
	}{
		{offXT, 2, loc.xt}, {offXS, 2, loc.xs}, {offXR, 2, loc.xr},
		{offWT, 2, loc.wt}, {offWS, 2, loc.ws}, {offWR, 2, loc.wr},
		{offXOff, 0, loc.xoff}, {offYOff, 0, loc.yoff},
	} {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: s.off}, r)
		if s.shift > 0 {
			SHLQ(Imm(s.shift), r)
		}
		MOVQ(r, s.to)
	}
	if v.bytes()*vectors == narrow {
		dense(loc)
	}
	m := Load(Param("m"), GP64())
	MOVQ(m, loc.m)

	Label("block")
	ahead()
	left, h := GP64(), Load(Param("h"), GP64())
	MOVQ(loc.m, left)
	CMPQ(left, h)
	CMOVQGT(h, left)
	for r := rows; r > 1; r-- {
		CMPQ(left, Imm(uint64(r)))
		JEQ(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	for r := 1; r <= rows; r++ {
		Label(fmt.Sprintf("rows%d", r))
		body(v, loc, r, vectors)
		ADDQ(Imm(uint64(8*r)), loc.xoff)
		ADDQ(Imm(uint64(8*r)), loc.yoff)
		SUBQ(Imm(uint64(r)), loc.m)
		JNZ(LabelRef("block"))
		VZEROUPPER()
		RET()
	}
}

// ahead fetches the next pieces of what will be read later, into a level-2 cache.
func ahead() {
	t, a := Load(Param("t"), GP64()), GP64()
	MOVQ(Mem{Base: t, Disp: offAhead}, a)
	TESTQ(a, a)
	JZ(LabelRef("fetched"))
	for i := range streams {
		field := func(off int) Mem { return Mem{Base: a, Disp: i*lenAhead + off} }
		label := func(s string) string { return fmt.Sprintf("%s%d", s, i) }
		pieces, each, at, p, lines := GP64(), GP64(), GP64(), GP64(), GP64()
		MOVQ(field(aheadPieces), pieces)
		TESTQ(pieces, pieces)
		JLE(LabelRef(label("near")))
		MOVQ(field(aheadEach), each)
		CMPQ(pieces, each)
		CMOVQLT(pieces, each)
		SUBQ(each, pieces)
		MOVQ(pieces, field(aheadPieces))
		MOVQ(field(aheadAt), at)
		Label(label("piece"))
		MOVQ(field(aheadFrom), p)
		LEAQ(Mem{Base: p, Index: at, Scale: 4}, p)
		MOVQ(field(aheadLines), lines)
		Label(label("line"))
		PREFETCHT1(Mem{Base: p})
		ADDQ(Imm(64), p)
		DECQ(lines)
		JNZ(LabelRef(label("line")))
		ADDQ(field(aheadPitch), at)
		DECQ(each)
		JNZ(LabelRef(label("piece")))
		MOVQ(at, field(aheadAt))
		Label(label("near"))
	}
	Label("fetched")
}

// dense sets packed for a narrow panel.
func dense(loc *locals) {
	flag := GP64()
	XORQ(flag, flag)
	CMPQ(loc.xt, Imm(4))
	JNE(LabelRef("strided"))
	CMPQ(loc.wt, Imm(narrow))
	JNE(LabelRef("strided"))
	INCQ(flag)
	Label("strided")
	MOVQ(flag, loc.packed)
}

// locals are the stack slots of the loops. The pointers of twelve rows leave
// three registers, so that strides and counters live in memory; they are
// touched once a segment, and the innermost strides once an iteration.
type locals struct {
	m, xoff, yoff          Mem // rows left, and the offsets of the next
	xt, wt, xs, ws, xr, wr Mem // strides in bytes
	packed                 Mem // 1 if xt and wt are those of a dense narrow panel
	sx, sw, rx, rw         Mem // where the segment and the row of segments start
	scnt, rcnt             Mem
}

func newLocals() *locals {
	l := &locals{}
	for _, p := range []*Mem{&l.m, &l.xoff, &l.yoff, &l.xt, &l.wt, &l.xs, &l.ws, &l.xr, &l.wr, &l.packed, &l.sx, &l.sw, &l.rx, &l.rw, &l.scnt, &l.rcnt} {
		*p = AllocLocal(8)
	}
	return l
}

func body(v isa, loc *locals, rows, vectors int) {
	at := func(s string) string { return fmt.Sprintf("rows%d_%s", rows, s) }
	t := Load(Param("t"), GP64())
	field := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	acc := make([][]VecVirtual, rows)
	for i := range acc {
		acc[i] = make([]VecVirtual, vectors)
		for j := range acc[i] {
			acc[i][j] = v.vector()
			v.zero(acc[i][j])
		}
	}
	prefetch(v, loc, acc, at)
	for _, off := range []int{offR, offS, offT} {
		CMPQ(Mem{Base: t, Disp: off}, Imm(0))
		JLE(LabelRef(at("store")))
	}
	MOVQ(field(offR), loc.rcnt)
	MOVQ(field(offW), loc.rw)
	zero := GP64()
	XORQ(zero, zero)
	MOVQ(zero, loc.rx)
	ptr := make([]GPVirtual, rows)
	x, xoff := field(offX), GP64()
	MOVQ(loc.xoff, xoff)
	for i := range ptr {
		ptr[i] = GP64()
		MOVQ(Mem{Base: xoff, Disp: 8 * i}, ptr[i])
		LEAQ(Mem{Base: x, Index: ptr[i], Scale: 4}, ptr[i])
	}

	var xt, wt Op = loc.xt, loc.wt
	if rows <= 10 {
		r, q := GP64(), GP64()
		MOVQ(xt, r)
		MOVQ(wt, q)
		xt, wt = r, q
	}
	idx, w, cnt := GP64(), GP64(), GP64()
	Label(at("r"))
	MOVQ(loc.rx, idx)
	MOVQ(idx, loc.sx)
	MOVQ(loc.rw, w)
	MOVQ(w, loc.sw)
	Load(Param("t"), cnt)
	MOVQ(Mem{Base: cnt, Disp: offS}, cnt)
	MOVQ(cnt, loc.scnt)
	Label(at("s"))
	MOVQ(loc.sx, idx)
	MOVQ(loc.sw, w)
	Load(Param("t"), cnt)
	MOVQ(Mem{Base: cnt, Disp: offT}, cnt)
	full, hasRagged := v.ragged()
	if hasRagged {
		CMPQ(full, Imm(0))
		JEQ(LabelRef(at("ragged")))
	}
	loop := func(label string, step stepper, weights Mem, advance func()) {
		Label(at(label))
		step(acc, ptr, idx, weights)
		advance()
		DECQ(cnt)
		JNZ(LabelRef(at(label)))
	}
	strided := func() {
		ADDQ(xt, idx)
		ADDQ(wt, w)
	}
	if v.bytes()*vectors == narrow {
		CMPQ(loc.packed, Imm(0))
		JEQ(LabelRef(at("t")))
		SHLQ(Imm(3), idx)
		SUBQ(idx, w)
		SARQ(Imm(3), idx)
		loop("packed", v.step, Mem{Base: w, Index: idx, Scale: 8}, func() { ADDQ(Imm(4), idx) })
		JMP(LabelRef(at("next")))
	}
	loop("t", v.step, Mem{Base: w}, strided)
	if hasRagged {
		JMP(LabelRef(at("next")))
		loop("ragged", v.stepRagged, Mem{Base: w}, strided)
	}
	Label(at("next"))
	MOVQ(loc.xs, idx)
	ADDQ(idx, loc.sx)
	MOVQ(loc.ws, w)
	ADDQ(w, loc.sw)
	DECQ(loc.scnt)
	JNZ(LabelRef(at("s")))
	MOVQ(loc.xr, idx)
	ADDQ(idx, loc.rx)
	MOVQ(loc.wr, w)
	ADDQ(w, loc.rw)
	DECQ(loc.rcnt)
	JNZ(LabelRef(at("r")))

	Label(at("store"))
	epilogue(v, loc, acc, at)
}

// prefetch fetches z, which is far where it is a map of its own, while the sums are
// made.
func prefetch(v isa, loc *locals, acc [][]VecVirtual, at func(string) string) {
	t, z, yoff, p := Load(Param("t"), GP64()), GP64(), GP64(), GP64()
	CMPQ(Mem{Base: t, Disp: offZ + sliceLen}, Imm(0))
	JEQ(LabelRef(at("noprefetch")))
	MOVQ(Mem{Base: t, Disp: offZ}, z)
	MOVQ(loc.yoff, yoff)
	for i := range acc {
		MOVQ(Mem{Base: yoff, Disp: 8 * i}, p)
		for line := 0; line < len(acc[i])*v.bytes(); line += 64 {
			PREFETCHT0(Mem{Base: z, Index: p, Scale: 4, Disp: line})
		}
	}
	Label(at("noprefetch"))
}

// epilogue adds the bias and z and clamps, where asked for, and stores.
func epilogue(v isa, loc *locals, acc [][]VecVirtual, at func(string) string) {
	t := Load(Param("t"), GP64())
	add := make([]VecVirtual, len(acc[0]))
	for j := range add {
		add[j] = v.vector()
	}
	CMPQ(Mem{Base: t, Disp: offB + sliceLen}, Imm(0))
	JEQ(LabelRef(at("nobias")))
	b := GP64()
	MOVQ(Mem{Base: t, Disp: offB}, b)
	for j := range add {
		v.load(j, Mem{Base: b, Disp: j * v.bytes()}, add[j])
	}
	for i := range acc {
		for j := range add {
			VADDPS(add[j], acc[i][j], acc[i][j])
		}
	}
	Label(at("nobias"))
	y, yoff, p := GP64(), GP64(), GP64()
	MOVQ(Mem{Base: t, Disp: offY}, y)
	MOVQ(loc.yoff, yoff)
	CMPQ(Mem{Base: t, Disp: offZ + sliceLen}, Imm(0))
	JEQ(LabelRef(at("noadd")))
	z := GP64()
	MOVQ(Mem{Base: t, Disp: offZ}, z)
	for i := range acc {
		MOVQ(Mem{Base: yoff, Disp: 8 * i}, p)
		LEAQ(Mem{Base: z, Index: p, Scale: 4}, p)
		for j := range add {
			v.load(j, Mem{Base: p, Disp: j * v.bytes()}, add[j])
			VADDPS(add[j], acc[i][j], acc[i][j])
		}
	}
	Label(at("noadd"))
	CMPQ(Mem{Base: t, Disp: offOn}, Imm(0))
	JEQ(LabelRef(at("noclamp")))
	lo, hi := v.vector(), v.vector()
	VBROADCASTSS(Mem{Base: t, Disp: offLo}, lo)
	VBROADCASTSS(Mem{Base: t, Disp: offHi}, hi)
	for i := range acc {
		for j := range add { // a NaN in the last source stays
			VMAXPS(acc[i][j], lo, acc[i][j])
			VMINPS(acc[i][j], hi, acc[i][j])
		}
	}
	Label(at("noclamp"))
	for i := range acc {
		MOVQ(Mem{Base: yoff, Disp: 8 * i}, p)
		LEAQ(Mem{Base: y, Index: p, Scale: 4}, p)
		for j := range add {
			v.store(j, acc[i][j], Mem{Base: p, Disp: j * v.bytes()})
		}
	}
}

func main() {
	ConstraintExpr("!noasm")
	laneMask()
	function("tileAVX512x32", 12, 2, newAVX512)
	function("tileAVX512x16", 12, 1, newAVX512)
	function("tileAVX512x8", 12, 1, newAVX512VL)
	function("tileAVX2x16", 6, 2, newAVX2)
	function("tileAVX2x8", 12, 1, newAVX2)
	transpose()
	Generate()
}
