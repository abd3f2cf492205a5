package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.Plane; TestPlaneLayout compares them.
const (
	offX    = 0
	offW    = 24
	offB    = 48
	offY    = 72
	offR    = 112
	offS    = 120
	offXRow = 128
	offWT   = 136
	offYK   = 144
	offYRow = 152
	offOn   = 160
	offLo   = 168
	offHi   = 172

	sliceLen = 8 // of a slice's length from its start
)

// The rows of outputs that are computed together, and the most channels.
const (
	rows     = 2
	channels = 6
)

// plane writes func name(t *Plane, k, n, x, v int): v vectors of both rows from
// pixel x on, in n channels from channel k on.
func plane(name string, size, most int, vector func() VecVirtual) {
	TEXT(name, NOSPLIT, "func(t *byte, k, n, x, v int)")
	nothing := vector()
	if size == 64 {
		VPXORD(nothing, nothing, nothing)
	} else {
		VXORPS(nothing, nothing, nothing)
	}
	zero := func(v VecVirtual) { VMOVAPS(nothing, v) } // avo takes an exclusive or for a read
	n := Load(Param("n"), GP64())
	v := Load(Param("v"), GP64())
	for vectors := most; vectors >= 1; vectors-- {
		if vectors > 1 {
			CMPQ(v, Imm(uint64(vectors)))
			JNE(LabelRef(fmt.Sprintf("vectors%d", vectors-1)))
		}
		for k := channels; k > 1; k-- {
			CMPQ(n, Imm(uint64(k)))
			JEQ(LabelRef(fmt.Sprintf("body%d_%d", vectors, k)))
		}
		for k := 1; k <= channels; k++ {
			Label(fmt.Sprintf("body%d_%d", vectors, k))
			planeBody(fmt.Sprintf("%d_%d", vectors, k), size, k, vectors, vector, zero)
			VZEROUPPER()
			RET()
		}
		if vectors > 1 {
			Label(fmt.Sprintf("vectors%d", vectors-1))
		}
	}
}

func planeBody(label string, size, n, vectors int, vector func() VecVirtual, zero func(VecVirtual)) {
	t := Load(Param("t"), GP64())
	field := func(off int) GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	first, at := Load(Param("k"), GP64()), Load(Param("x"), GP64())
	x, w, xrow, wt := field(offX), field(offW), field(offXRow), field(offWT)
	LEAQ(Mem{Base: x, Index: at, Scale: 4}, x)
	LEAQ(Mem{Base: w, Index: first, Scale: 4}, w)
	SHLQ(Imm(2), xrow)
	SHLQ(Imm(2), wt)
	var acc [rows][channels][]VecVirtual
	for i := range rows {
		for k := range n {
			for range vectors {
				a := vector()
				zero(a)
				acc[i][k] = append(acc[i][k], a)
			}
		}
	}
	r, s, p := field(offR), GP64(), GP64()
	Label("r" + label)
	MOVQ(x, p)
	MOVQ(Mem{Base: t, Disp: offS}, s)
	Label("s" + label)
	var in [rows][]VecVirtual
	for i := range rows {
		for j := range vectors {
			m := Mem{Base: p, Disp: j * size}
			if i > 0 {
				m.Index, m.Scale = xrow, 1
			}
			v := vector()
			VMOVUPS(m, v)
			in[i] = append(in[i], v)
		}
	}
	for k := range n {
		b := vector()
		VBROADCASTSS(Mem{Base: w, Disp: 4 * k}, b)
		for i := range rows {
			for j := range vectors {
				VFMADD231PS(b, in[i][j], acc[i][k][j])
			}
		}
	}
	ADDQ(Imm(4), p)
	ADDQ(wt, w)
	DECQ(s)
	JNZ(LabelRef("s" + label))
	ADDQ(xrow, x)
	DECQ(r)
	JNZ(LabelRef("r" + label))
	planeStore(label, field, t, first, at, acc, n, vectors, size, vector)
}

// planeStore adds the bias, clamps and stores, as asked for.
func planeStore(label string, field func(int) GPVirtual, t, first, at Register, acc [rows][channels][]VecVirtual, n, vectors, size int, vector func() VecVirtual) {
	all := func(f func(k int, v VecVirtual)) {
		for i := range rows {
			for k := range n {
				for _, v := range acc[i][k] {
					f(k, v)
				}
			}
		}
	}
	CMPQ(Mem{Base: t, Disp: offB + sliceLen}, Imm(0))
	JEQ(LabelRef("nobias" + label))
	b := field(offB)
	LEAQ(Mem{Base: b, Index: first, Scale: 4}, b)
	for k := range n {
		v := vector()
		VBROADCASTSS(Mem{Base: b, Disp: 4 * k}, v)
		for i := range rows {
			for _, a := range acc[i][k] {
				VADDPS(v, a, a)
			}
		}
	}
	Label("nobias" + label)
	CMPQ(Mem{Base: t, Disp: offOn}, Imm(0))
	JEQ(LabelRef("noclamp" + label))
	lo, hi := vector(), vector()
	VBROADCASTSS(Mem{Base: t, Disp: offLo}, lo)
	VBROADCASTSS(Mem{Base: t, Disp: offHi}, hi)
	all(func(_ int, v VecVirtual) { // a NaN in the last source stays
		VMAXPS(v, lo, v)
		VMINPS(v, hi, v)
	})
	Label("noclamp" + label)
	y, yk, yrow := field(offY), field(offYK), field(offYRow)
	IMULQ(yk, first)
	ADDQ(first, at)
	LEAQ(Mem{Base: y, Index: at, Scale: 4}, y)
	SHLQ(Imm(2), yk)
	SHLQ(Imm(2), yrow)
	for k := range n {
		for i := range rows {
			for j, v := range acc[i][k] {
				m := Mem{Base: y, Disp: j * size}
				if i > 0 {
					m.Index, m.Scale = yrow, 1
				}
				VMOVUPS(v, m)
			}
		}
		ADDQ(yk, y)
	}
}
