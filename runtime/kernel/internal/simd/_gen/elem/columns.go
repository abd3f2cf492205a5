package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

const columnsDoc = " for the columns j < n, n a positive multiple of 8, of rows > 0 rows that lie stride elements apart: "

// columns defines the functions of normalisation over rows of pixels.
func columns() {
	reduce("columnSumAVX2", "func(sum, x *float32, n, stride, rows int)",
		"columnSumAVX2 does"+columnsDoc+"sum[j] = Σ x[j], from 0 in order of the rows.",
		[]string{"sum"}, []string{"x"}, nil,
		func(acc, at, held []Op) {
			VADDPS(at[0], acc[0].(VecVirtual), acc[0].(VecVirtual))
		})
	reduce("columnSquaresAVX2", "func(sum, x, mean *float32, n, stride, rows int)",
		"columnSquaresAVX2 does"+columnsDoc+"d := x[j] - mean[j]; sum[j] = Σ d*d, from 0 in order of the rows.",
		[]string{"sum"}, []string{"x"}, []string{"mean"},
		func(acc, at, held []Op) {
			d := YMM()
			VMOVUPS(at[0], d)
			VSUBPS(held[0], d, d)
			VMULPS(d, d, d)
			VADDPS(d, acc[0].(VecVirtual), acc[0].(VecVirtual))
		})
	reduce("columnDotsAVX2", "func(sum, dot, dy, x, mean *float32, n, stride, rows int)",
		"columnDotsAVX2 does"+columnsDoc+"sum[j] = Σ dy[j]; dot[j] = Σ dy[j]*(x[j] - mean[j]), from 0 in order of the rows.",
		[]string{"sum", "dot"}, []string{"dy", "x"}, []string{"mean"},
		func(acc, at, held []Op) {
			g, d := YMM(), YMM()
			VMOVUPS(at[0], g)
			VADDPS(g, acc[0].(VecVirtual), acc[0].(VecVirtual))
			VMOVUPS(at[1], d)
			VSUBPS(held[0], d, d)
			VMULPS(g, d, d)
			VADDPS(d, acc[1].(VecVirtual), acc[1].(VecVirtual))
		})
	rowwise("columnSumRowsAVX2", "func(sum, x *float32, n, stride, rows int)",
		"columnSumRowsAVX2 does"+columnsDoc+"sum[j] += x[j], row after row.",
		[]string{"x"}, []string{"sum"},
		func(at, col []Mem) {
			v := YMM()
			VMOVUPS(col[0], v)
			VADDPS(at[0], v, v)
			VMOVUPS(v, col[0])
		})
	rowwise("columnSquaresRowsAVX2", "func(sum, x, mean *float32, n, stride, rows int)",
		"columnSquaresRowsAVX2 does"+columnsDoc+"d := x[j] - mean[j]; sum[j] += d*d, row after row.",
		[]string{"x"}, []string{"sum", "mean"},
		func(at, col []Mem) {
			d, sum := YMM(), YMM()
			VMOVUPS(at[0], d)
			VSUBPS(col[1], d, d)
			VMULPS(d, d, d)
			VMOVUPS(col[0], sum)
			VADDPS(d, sum, sum)
			VMOVUPS(sum, col[0])
		})
	rowwise("columnDotsRowsAVX2", "func(sum, dot, dy, x, mean *float32, n, stride, rows int)",
		"columnDotsRowsAVX2 does"+columnsDoc+"sum[j] += dy[j]; dot[j] += dy[j]*(x[j] - mean[j]), row after row.",
		[]string{"dy", "x"}, []string{"sum", "dot", "mean"},
		func(at, col []Mem) {
			g, d, sum, dot := YMM(), YMM(), YMM(), YMM()
			VMOVUPS(at[0], g)
			VMOVUPS(at[1], d)
			VSUBPS(col[2], d, d)
			VMULPS(g, d, d)
			VMOVUPS(col[0], sum)
			VADDPS(g, sum, sum)
			VMOVUPS(sum, col[0])
			VMOVUPS(col[1], dot)
			VADDPS(d, dot, dot)
			VMOVUPS(dot, col[1])
		})
	gates()
	rowwise("columnAffineAVX2", "func(y, x, mean, a, b *float32, n, stride, rows int)",
		"columnAffineAVX2 does"+columnsDoc+"y[j] = (x[j] - mean[j])*a[j] + b[j].",
		[]string{"y", "x"}, []string{"mean", "a", "b"},
		func(at, col []Mem) {
			v := YMM()
			VMOVUPS(at[1], v)
			VSUBPS(col[0], v, v)
			VMULPS(col[1], v, v)
			VADDPS(col[2], v, v)
			VMOVUPS(v, at[0])
		})
	rowwise("columnGradAVX2", "func(dx, dy, x, mean, a, q, p *float32, n, stride, rows int)",
		"columnGradAVX2 does"+columnsDoc+"dx[j] = (dy[j]*a[j] - (x[j] - mean[j])*q[j]) - p[j].",
		[]string{"dx", "dy", "x"}, []string{"mean", "a", "q", "p"},
		func(at, col []Mem) {
			g, d := YMM(), YMM()
			VMOVUPS(at[1], g)
			VMULPS(col[1], g, g)
			VMOVUPS(at[2], d)
			VSUBPS(col[0], d, d)
			VMULPS(col[2], d, d)
			VSUBPS(d, g, g)
			VSUBPS(col[3], g, g)
			VMOVUPS(g, at[0])
		})
}

// gates defines what normalisation with a rectifier needs.
func gates() {
	const order = "v := (x[j] - mean[j])*a[j] + b[j]"
	// gated is dy where v is above 0 or NaN, and x - mean.
	gated := func(dy, x, mean, a, b Op) (g, d VecVirtual) {
		d, v := YMM(), YMM()
		zero := YMM()
		VMOVUPS(x, d)
		VSUBPS(mean, d, d)
		VMULPS(a, d, v)
		VADDPS(b, v, v)
		VXORPS(zero, zero, zero)
		VCMPPS(Imm(lessEqual), zero, v, v)
		VANDNPS(dy, v, v)
		return v, d
	}
	for _, z := range []bool{false, true} {
		name, args, rows := "columnNormAVX2", "y, x", []string{"y", "x"}
		what := ""
		if z {
			name, args, rows, what = "columnNormAddAVX2", "y, x, z", []string{"y", "x", "z"}, " + z[j]"
		}
		rowwise(name, "func("+args+", mean, a, b *float32, n, stride, rows int, lo, hi float32)",
			name+" does"+columnsDoc+order+what+"; y[j] = v limited to lo … hi, NaN as it is.",
			rows, []string{"mean", "a", "b"},
			func(at, col []Mem) {
				v := YMM()
				VMOVUPS(at[1], v)
				VSUBPS(col[0], v, v)
				VMULPS(col[1], v, v)
				VADDPS(col[2], v, v)
				if z {
					VADDPS(at[2], v, v)
				}
				VMAXPS(v, broadcast("lo"), v)
				VMINPS(v, broadcast("hi"), v)
				VMOVUPS(v, at[0])
			})
	}
	reduce("columnDotsGateAVX2", "func(sum, dot, dy, x, mean, a, b *float32, n, stride, rows int)",
		"columnDotsGateAVX2 does"+columnsDoc+order+"; where not v <= 0: sum[j] += dy[j]; dot[j] += dy[j]*(x[j] - mean[j]), from 0 in order of the rows.",
		[]string{"sum", "dot"}, []string{"dy", "x"}, []string{"mean", "a", "b"},
		func(acc, at, held []Op) {
			g, d := gated(at[0], at[1], held[0], held[1], held[2])
			VADDPS(g, acc[0].(VecVirtual), acc[0].(VecVirtual))
			VMULPS(g, d, d)
			VADDPS(d, acc[1].(VecVirtual), acc[1].(VecVirtual))
		})
	rowwise("columnDotsGateRowsAVX2", "func(sum, dot, dy, x, mean, a, b *float32, n, stride, rows int)",
		"columnDotsGateRowsAVX2 does"+columnsDoc+order+"; where not v <= 0: sum[j] += dy[j]; dot[j] += dy[j]*(x[j] - mean[j]), row after row.",
		[]string{"dy", "x"}, []string{"sum", "dot", "mean", "a", "b"},
		func(at, col []Mem) {
			g, d := gated(at[0], at[1], col[2], col[3], col[4])
			sum, dot := YMM(), YMM()
			VADDPS(col[0], g, sum)
			VMOVUPS(sum, col[0])
			VMULPS(g, d, d)
			VADDPS(col[1], d, dot)
			VMOVUPS(dot, col[1])
		})
	rowwise("columnGradGateAVX2", "func(dx, dy, x, mean, c, q, p, a, b *float32, n, stride, rows int)",
		"columnGradGateAVX2 does"+columnsDoc+order+"; g := 0 if v <= 0, else dy[j]; dx[j] = (g*c[j] - (x[j] - mean[j])*q[j]) - p[j].",
		[]string{"dx", "dy", "x"}, []string{"mean", "c", "q", "p", "a", "b"},
		func(at, col []Mem) {
			g, d := gated(at[1], at[2], col[0], col[4], col[5])
			VMULPS(col[1], g, g)
			VMULPS(col[2], d, d)
			VSUBPS(d, g, g)
			VSUBPS(col[3], g, g)
			VMOVUPS(g, at[0])
		})
}

const vector = 32 // bytes

// reduce defines a function that sums over the rows: four vectors of columns at
// a time, then one at a time. body adds one row to the sums of one vector; held
// are its columns of the named vectors.
func reduce(name, signature, equivalent string, sums, rows, vectors []string, body func(acc, at, held []Op)) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(equivalent)
	load := func(params []string) (base []Register) {
		for _, p := range params {
			base = append(base, Load(Param(p), GP64()))
		}
		return base
	}
	out, in, fixed := load(sums), load(rows), load(vectors)
	left, stride := Load(Param("n"), GP64()), Load(Param("stride"), GP64())
	SHLQ(Imm(2), stride)
	block := func(label string, width int) {
		Label(label)
		CMPQ(left, Imm(uint64(8*width)))
		JLT(LabelRef(label + "_done"))
		var acc, held [][]Op
		for v := range width {
			var a, h []Op
			for range out {
				z := YMM()
				VXORPS(z, z, z)
				a = append(a, z)
			}
			for _, f := range fixed {
				h = append(h, hold(Mem{Base: f, Disp: v * vector}))
			}
			acc, held = append(acc, a), append(held, h)
		}
		count := Load(Param("rows"), GP64())
		var at []Register
		for _, r := range in {
			p := GP64()
			MOVQ(r, p)
			at = append(at, p)
		}
		Label(label + "_rows")
		for v := range width {
			var from []Op
			for _, p := range at {
				from = append(from, Mem{Base: p, Disp: v * vector})
			}
			body(acc[v], from, held[v])
		}
		for _, p := range at {
			ADDQ(stride, p)
		}
		DECQ(count)
		JNZ(LabelRef(label + "_rows"))
		for v := range width {
			for i, o := range out {
				VMOVUPS(acc[v][i], Mem{Base: o, Disp: v * vector})
			}
		}
		for _, list := range [][]Register{out, in, fixed} {
			for _, p := range list {
				ADDQ(Imm(uint64(width*vector)), p)
			}
		}
		SUBQ(Imm(uint64(8*width)), left)
		JMP(LabelRef(label))
		Label(label + "_done")
	}
	if len(fixed) <= 1 {
		block("wide", 4)
	} else {
		block("wide", 2) // more do not stay in registers
	}
	block("narrow", 1)
	VZEROUPPER()
	RET()
}

// rowwise defines a function that goes through whole rows, given vectors of
// columns.
func rowwise(name, signature, equivalent string, rows, vectors []string, body func(at, col []Mem)) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(equivalent)
	var at, col []Register
	for _, p := range rows {
		at = append(at, Load(Param(p), GP64()))
	}
	for _, p := range vectors {
		col = append(col, Load(Param(p), GP64()))
	}
	n, stride, count := Load(Param("n"), GP64()), Load(Param("stride"), GP64()), Load(Param("rows"), GP64())
	SHLQ(Imm(2), stride)
	j := GP64()
	place := func(base []Register) (mem []Mem) {
		for _, b := range base {
			mem = append(mem, Mem{Base: b, Index: j, Scale: 4})
		}
		return mem
	}
	Label("row")
	XORQ(j, j)
	Label("column")
	body(place(at), place(col))
	ADDQ(Imm(8), j)
	CMPQ(j, n)
	JLT(LabelRef("column"))
	for _, p := range at {
		ADDQ(stride, p)
	}
	DECQ(count)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}
