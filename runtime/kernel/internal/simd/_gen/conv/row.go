package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.RowMap and simd.RowTile; TestRowLayout
// compares them.
const (
	mapX  = 0
	mapY  = 24
	mapN  = 48
	mapXS = 56
	mapYS = 64
	mapXO = 72
	mapR  = 80
	mapXR = 88
	mapYR = 96

	rowX    = 0
	rowW    = 24
	rowY    = 48
	rowB    = 72
	rowZ    = 96
	rowXOff = 120
	rowYOff = 144
	rowR    = 168
	rowT    = 176
	rowXR   = 184
	rowXP   = 192
	rowYQ   = 200
	rowN    = 208
	rowOne  = 216
	rowOn   = 224
	rowLo   = 232
	rowHi   = 236
)

const places = 6 // of a row's tile, and outputs
const rowOutputs = 2

func rows() {
	for _, t := range []transform{{"rowInput", 6, 6, input4, false}, {"rowFilter", 5, 6, filter25, false}} {
		t.line("AVX512", 64)
		t.line("AVX2", 32)
	}
	rowTile("rowTileAVX512", 64, 4)
	rowTile("rowTileAVX2", 32, 2)
}

// apart addresses six places, a stride in bytes apart.
type apart struct{ one, three, five Register }

func newApart(stride Register) apart {
	a := apart{stride, GP64(), GP64()}
	LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, a.three)
	LEAQ(Mem{Base: stride, Index: stride, Scale: 4}, a.five)
	return a
}

func (a apart) at(base Register, i int) Mem {
	switch i {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: a.three, Scale: 1}
	case 5:
		return Mem{Base: base, Index: a.five, Scale: 1}
	}
	return Mem{Base: base, Index: a.one, Scale: uint8(i)}
}

// line writes the transform of rows whose elements lie next to each other.
func (t *transform) line(isa string, bytes int) {
	TEXT(t.name+isa, NOSPLIT, "func(f *byte)")
	arg := Load(Param("f"), GP64())
	field := fields(arg)
	x, y, left, rows := field(mapX, 0), field(mapY, 0), GP64(), field(mapR, 0)
	xrow, yrow, bytesDone := field(mapXR, 2), field(mapYR, 2), GP64()
	xs, ys := field(mapXS, 2), newApart(field(mapYS, 2))
	odd := field(mapXO, 2)
	ADDQ(x, odd)
	u := &unit{bytes: bytes}
	if bytes == 32 {
		u.mask = AllocLocal(32)
	} else {
		u.opmask = K()
	}
	n := GP64()
	MOVQ(Mem{Base: arg, Disp: mapN}, n)
	ANDQ(Imm(uint64(bytes/4-1)), n)
	u.only(n)
	u.ragged = false
	body := func() {
		var v []VecVirtual
		for i := range t.in {
			m := Mem{Base: [...]Register{x, odd}[i%2]}
			if i > 1 {
				m.Index, m.Scale = xs, uint8(i/2)
			}
			v = append(v, u.load(m))
		}
		for i, r := range t.apply(u, v) {
			u.store(r, ys.at(y, i))
		}
	}
	Label("row")
	MOVQ(Mem{Base: arg, Disp: mapN}, left)
	XORQ(bytesDone, bytesDone)
	Label("elements")
	CMPQ(left, Imm(uint64(bytes/4)))
	JLT(LabelRef("rest"))
	body()
	ADDQ(Imm(uint64(bytes)), x)
	ADDQ(Imm(uint64(bytes)), odd)
	ADDQ(Imm(uint64(bytes)), y)
	ADDQ(Imm(uint64(bytes)), bytesDone)
	SUBQ(Imm(uint64(bytes/4)), left)
	JMP(LabelRef("elements"))
	Label("rest")
	TESTQ(left, left)
	JZ(LabelRef("next"))
	u.ragged = true
	body()
	Label("next")
	SUBQ(bytesDone, x)
	SUBQ(bytesDone, odd)
	SUBQ(bytesDone, y)
	ADDQ(xrow, x)
	ADDQ(xrow, odd)
	ADDQ(yrow, y)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// rowTile writes RowTile.Run for vectors of so many bytes, most tiles at once.
func rowTile(name string, bytes, most int) {
	TEXT(name, NOSPLIT, "func(t *byte, m int)")
	r := &rowLoop{tileLoop: newTileLoop(bytes, tileFields{rowN, rowXOff, rowYOff, rowXR, rowT}), rows: AllocLocal(8)}
	r.none = r.u.vector()
	VXORPS(r.none.AsY(), r.none.AsY(), r.none.AsY())
	r.run(most, r.body)
}

// rowLoop is the state of the loops over tiles.
type rowLoop struct {
	tileLoop
	none VecVirtual // zero
	rows Mem
}

// body computes k tiles.
func (r *rowLoop) body(k int) {
	at := func(s string) string { return fmt.Sprintf("tiles%d%s", k, s) }
	Label(at(""))
	u := r.u
	arg := Load(Param("t"), GP64())
	acc := make([][]VecVirtual, k)
	for i := range acc {
		for range places {
			v := u.vector()
			VMOVAPS(r.none, v)
			acc[i] = append(acc[i], v)
		}
	}
	stride, w, off := GP64(), GP64(), GP64()
	MOVQ(Mem{Base: arg, Disp: rowXP}, stride)
	SHLQ(Imm(2), stride)
	xp := newApart(stride)
	MOVQ(r.xoff, off)
	x := make([]Register, k)
	for i := range x {
		p := GP64()
		MOVQ(Mem{Base: off, Disp: 8 * i}, p)
		SHLQ(Imm(2), p)
		ADDQ(Mem{Base: arg, Disp: rowX}, p)
		x[i] = p
	}
	MOVQ(Mem{Base: arg, Disp: rowW}, w)
	cnt := GP64()
	MOVQ(Mem{Base: arg, Disp: rowR}, cnt)
	MOVQ(cnt, r.rows)
	Label(at("_row"))
	MOVQ(Mem{Base: arg, Disp: rowT}, cnt)
	Label(at("_term"))
	for j := range places {
		weights := u.vector()
		VMOVUPS(Mem{Base: w, Disp: 64 * j}, weights)
		for i := range x {
			if u.bytes == 64 {
				VFMADD231PS_BCST(xp.at(x[i], j), weights, acc[i][j])
				continue
			}
			v := YMM()
			VBROADCASTSS(xp.at(x[i], j), v)
			VFMADD231PS(v, weights, acc[i][j])
		}
	}
	ADDQ(I32(64*places), w)
	for i := range x {
		ADDQ(Imm(4), x[i])
	}
	DECQ(cnt)
	JNZ(LabelRef(at("_term")))
	for i := range x {
		ADDQ(r.skip, x[i])
	}
	DECQ(r.rows)
	JNZ(LabelRef(at("_row")))

	out := make([][]VecVirtual, k)
	for i := range out {
		out[i] = output25(u, acc[i])
	}
	r.finish(arg, out, at)
}

// finish adds the bias and what lies at the outputs of z, clamps, where that is
// asked for, and stores.
func (r *rowLoop) finish(arg Register, out [][]VecVirtual, at func(string) string) {
	u := r.u
	all := func(f func(v VecVirtual)) {
		for i := range out {
			for _, v := range out[i] {
				f(v)
			}
		}
	}
	u.bias(arg, rowB, at("_nobias"), all)
	yoff, yq := GP64(), GP64()
	MOVQ(r.yoff, yoff)
	MOVQ(Mem{Base: arg, Disp: rowYQ}, yq)
	SHLQ(Imm(2), yq)
	// each runs f for every output at its place in the slice of a field.
	each := func(field int, label string, f func(v VecVirtual, m Mem)) {
		base, p := GP64(), GP64()
		MOVQ(Mem{Base: arg, Disp: field}, base)
		for j := range rowOutputs {
			if j == 1 {
				CMPQ(Mem{Base: arg, Disp: rowOne}, Imm(0))
				JNE(LabelRef(at(label)))
				ADDQ(yq, base)
			}
			for i := range out {
				MOVQ(Mem{Base: yoff, Disp: 8 * i}, p)
				f(out[i][j], Mem{Base: base, Index: p, Scale: 4})
			}
		}
		Label(at(label))
	}
	CMPQ(Mem{Base: arg, Disp: rowZ + sliceLen}, Imm(0))
	JEQ(LabelRef(at("_noadd")))
	each(rowZ, "_noadd", func(v VecVirtual, m Mem) { VADDPS(u.load(m), v, v) })
	u.clamp(arg, rowOn, rowLo, rowHi, at("_noclamp"), all)
	each(rowY, "_stored", func(v VecVirtual, m Mem) { u.store(v, m) })
}
