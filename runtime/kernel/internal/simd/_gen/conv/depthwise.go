package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.Depthwise; TestDepthwiseLayout compares
// them.
const (
	depX  = 0
	depW  = 24
	depY  = 48
	depB  = 72
	depN  = 96
	depC  = 104
	depR  = 112
	depS  = 120
	depXN = 128
	depXR = 136
	depXS = 144
	depWR = 152
	depWS = 160
	depYN = 168
	depZ  = 176
	depOn = 200
	depLo = 208
	depHi = 212

	sliceLen = 8 // of a slice's length from its start
)

// laneMask writes the table that masks are cut from: ones, then zeros.
func laneMask() {
	GLOBL("convLaneMask", RODATA|NOPTR)
	for i := range 16 {
		v := U32(0)
		if i < 8 {
			v = ^v
		}
		DATA(4*i, v)
	}
}

// together is how many outputs share a load of weights.
const together = 4

// depth is the state of the loops. Pointers advance by the channels and outputs
// that are done; strides are in bytes.
type depth struct {
	d                      Register
	x, w, y, b, z          Mem // at the current channels, first output
	n, c, xq, yq, zq       Mem // outputs and channels left; the current outputs
	xn, yn, xr, xs, wr, ws Mem
	rows, mask             Mem
}

func depthwise() {
	TEXT("depthwiseAVX2", NOSPLIT, "func(d *byte)")
	s := &depth{d: Load(Param("d"), GP64())}
	for _, v := range []struct {
		at    *Mem
		field int
		shift uint64 // elements to bytes
	}{
		{&s.x, depX, 0}, {&s.w, depW, 0}, {&s.y, depY, 0}, {&s.z, depZ, 0}, {&s.b, depB, 0}, {&s.c, depC, 0},
		{&s.n, depN, 0}, {&s.xq, depX, 0}, {&s.yq, depY, 0}, {&s.zq, depZ, 0}, {&s.rows, depR, 0},
		{&s.xn, depXN, 2}, {&s.yn, depYN, 2}, {&s.xr, depXR, 2}, {&s.xs, depXS, 2}, {&s.wr, depWR, 2}, {&s.ws, depWS, 2},
	} {
		*v.at = AllocLocal(8)
		r := GP64()
		MOVQ(Mem{Base: s.d, Disp: v.field}, r)
		if v.shift > 0 {
			SHLQ(Imm(v.shift), r)
		}
		MOVQ(r, *v.at)
	}
	s.mask = AllocLocal(32)

	const wide, narrow = 16, 8
	s.width("wide", wide, 2, false)
	s.width("narrow", narrow, 1, false)
	c := GP64()
	MOVQ(s.c, c)
	TESTQ(c, c)
	JZ(LabelRef("done"))
	table, m := GP64(), YMM()
	LEAQ(NewDataAddr(NewStaticSymbol("convLaneMask"), 4*narrow), table)
	SHLQ(Imm(2), c)
	SUBQ(c, table)
	VMOVUPS(Mem{Base: table}, m)
	VMOVUPS(m, s.mask)
	s.width("ragged", 0, 1, true)
	Label("done")
	VZEROUPPER()
	RET()
}

// width does the channels that are left in steps of so many; of the last ones
// it does all at once.
func (s *depth) width(name string, channels, vectors int, ragged bool) {
	at := func(f string, a ...any) string { return name + fmt.Sprintf(f, a...) }
	move := func(from, to Mem) {
		r := GP64()
		MOVQ(from, r)
		MOVQ(r, to)
	}
	Label(at("_channels"))
	if !ragged {
		CMPQ(s.c, Imm(uint64(channels)))
		JLT(LabelRef(at("_end")))
	}
	move(s.x, s.xq)
	move(s.y, s.yq)
	move(s.z, s.zq)
	n := GP64()
	MOVQ(Mem{Base: s.d, Disp: depN}, n)
	MOVQ(n, s.n)
	Label(at("_outputs"))
	CMPQ(s.n, Imm(together))
	JGE(LabelRef(at("%d", together)))
	for k := together - 1; k >= 1; k-- {
		CMPQ(s.n, Imm(uint64(k)))
		JEQ(LabelRef(at("%d", k)))
	}
	JMP(LabelRef(at("_next")))
	for k := together; k >= 1; k-- {
		s.body(at("%d", k), k, vectors, ragged)
		JMP(LabelRef(at("_outputs")))
	}
	Label(at("_next"))
	if ragged {
		return
	}
	step := Imm(uint64(4 * channels))
	for _, p := range []Mem{s.x, s.w, s.y, s.z} {
		ADDQ(step, p)
	}
	ADDQ(step, s.b)
	SUBQ(Imm(uint64(channels)), s.c)
	JMP(LabelRef(at("_channels")))
	Label(at("_end"))
}

// body computes n outputs of some vectors of channels.
func (s *depth) body(name string, n, vectors int, ragged bool) {
	at := func(l string) string { return name + l }
	load := func(m Mem, v Register) {
		if !ragged {
			VMOVUPS(m, v)
			return
		}
		k := YMM()
		VMOVUPS(s.mask, k)
		VMASKMOVPS(m, k, v)
	}
	Label(name)
	acc := make([][]VecVirtual, n)
	for i := range acc {
		for range vectors {
			v := YMM()
			VXORPS(v, v, v)
			acc[i] = append(acc[i], v)
		}
	}
	xn, xn3, x, w, xs, ws, xrow, wrow, taps := GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	for _, v := range []struct {
		from Mem
		to   Register
	}{{s.xn, xn}, {s.xs, xs}, {s.ws, ws}, {s.xq, xrow}, {s.w, wrow}} {
		MOVQ(v.from, v.to)
	}
	LEAQ(Mem{Base: xn, Index: xn, Scale: 2}, xn3)
	MOVQ(Mem{Base: s.d, Disp: depS}, taps)
	TESTQ(taps, taps)
	JLE(LabelRef(at("store")))
	MOVQ(Mem{Base: s.d, Disp: depR}, taps)
	MOVQ(taps, s.rows)
	TESTQ(taps, taps)
	JLE(LabelRef(at("store")))

	Label(at("row"))
	MOVQ(xrow, x)
	MOVQ(wrow, w)
	MOVQ(Mem{Base: s.d, Disp: depS}, taps)
	Label(at("tap"))
	weights := make([]VecVirtual, vectors)
	for j := range weights {
		weights[j] = YMM()
		load(Mem{Base: w, Disp: 32 * j}, weights[j])
	}
	for i := range acc {
		m := []Mem{{Base: x}, {Base: x, Index: xn, Scale: 1}, {Base: x, Index: xn, Scale: 2}, {Base: x, Index: xn3, Scale: 1}}[i]
		for j := range weights {
			if !ragged {
				VFMADD231PS(m.Offset(32*j), weights[j], acc[i][j])
				continue
			}
			v := YMM()
			load(m, v)
			VFMADD231PS(v, weights[j], acc[i][j])
		}
	}
	ADDQ(xs, x)
	ADDQ(ws, w)
	DECQ(taps)
	JNZ(LabelRef(at("tap")))
	ADDQ(s.xr, xrow)
	ADDQ(s.wr, wrow)
	DECQ(s.rows)
	JNZ(LabelRef(at("row")))

	Label(at("store"))
	CMPQ(Mem{Base: s.d, Disp: depB + sliceLen}, Imm(0))
	JEQ(LabelRef(at("nobias")))
	b := GP64()
	MOVQ(s.b, b)
	for j := range vectors {
		v := YMM()
		load(Mem{Base: b, Disp: 32 * j}, v)
		for i := range acc {
			VADDPS(v, acc[i][j], acc[i][j])
		}
	}
	Label(at("nobias"))
	z, start := GP64(), GP64()
	MOVQ(s.yq, start)
	CMPQ(Mem{Base: s.d, Disp: depZ + sliceLen}, Imm(0))
	JEQ(LabelRef(at("noadd")))
	MOVQ(s.zq, z)
	for i := range acc {
		for j := range vectors {
			v := YMM()
			load(Mem{Base: z, Disp: 32 * j}, v)
			VADDPS(v, acc[i][j], acc[i][j])
		}
		ADDQ(s.yn, z)
	}
	MOVQ(z, s.zq)
	Label(at("noadd"))
	CMPQ(Mem{Base: s.d, Disp: depOn}, Imm(0))
	JEQ(LabelRef(at("noclamp")))
	lo, hi := YMM(), YMM()
	VBROADCASTSS(Mem{Base: s.d, Disp: depLo}, lo)
	VBROADCASTSS(Mem{Base: s.d, Disp: depHi}, hi)
	for i := range acc {
		for j := range vectors { // a NaN in the last source stays
			VMAXPS(acc[i][j], lo, acc[i][j])
			VMINPS(acc[i][j], hi, acc[i][j])
		}
	}
	Label(at("noclamp"))
	for i := range acc {
		for j := range vectors {
			m := Mem{Base: start, Disp: 32 * j}
			if !ragged {
				VMOVUPS(acc[i][j], m)
				continue
			}
			k := YMM()
			VMOVUPS(s.mask, k)
			VMASKMOVPS(acc[i][j], k, m)
		}
		ADDQ(s.yn, start)
	}
	MOVQ(start, s.yq)
	done := GP64()
	MOVQ(s.xn, done)
	IMUL3Q(Imm(uint64(n)), done, done)
	ADDQ(done, s.xq)
	SUBQ(Imm(uint64(n)), s.n)
}
