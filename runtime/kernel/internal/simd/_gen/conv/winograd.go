package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.Transform; TestTransformLayout compares
// them.
const (
	traX    = 0
	traY    = 24
	traB    = 48
	traN    = 72
	traC    = 80
	traXN   = 88
	traXRow = 96
	traXCol = 104
	traYN   = 112
	traYRow = 120
	traYCol = 128
	traZ    = 136
	traOn   = 160
	traLo   = 168
	traHi   = 172
)

// unit emits arithmetic on vectors of one size. Loads and stores of channels
// are masked where ragged.
type unit struct {
	bytes  int
	ragged bool
	mask   Mem           // of 256-bit vectors
	z      Mem           // how far behind y what is added to an output lies
	opmask OpmaskVirtual // of 512-bit vectors
}

func (u *unit) vector() VecVirtual {
	if u.bytes == 64 {
		return ZMM()
	}
	return YMM()
}

func (u *unit) load(m Mem) VecVirtual {
	v := u.vector()
	switch {
	case !u.ragged:
		VMOVUPS(m, v)
	case u.bytes == 64:
		VMOVUPS_Z(m, u.opmask, v)
	default:
		k := YMM()
		VMOVUPS(u.mask, k)
		VMASKMOVPS(m, k, v)
	}
	return v
}

func (u *unit) store(v Register, m Mem) {
	switch {
	case !u.ragged:
		VMOVUPS(v, m)
	case u.bytes == 64:
		VMOVUPS(v, u.opmask, m)
	default:
		k := YMM()
		VMOVUPS(u.mask, k)
		VMASKMOVPS(v, k, m)
	}
}

// only makes loads and stores ragged: those of the first n elements, less than a
// vector, or with 512-bit vectors a whole one. It overwrites n.
func (u *unit) only(n Register) {
	u.ragged = true
	if u.bytes == 64 {
		ones := GP64()
		MOVQ(I32(-1), ones)
		BZHIQ(n, ones, ones)
		KMOVW(ones.As32(), u.opmask)
		return
	}
	table, m := GP64(), YMM()
	LEAQ(NewDataAddr(NewStaticSymbol("convLaneMask"), 32), table)
	SHLQ(Imm(2), n)
	SUBQ(n, table)
	VMOVUPS(Mem{Base: table}, m)
	VMOVUPS(m, u.mask)
}

func (u *unit) add(a, b VecVirtual) VecVirtual {
	v := u.vector()
	VADDPS(b, a, v)
	return v
}

// sub is a - b.
func (u *unit) sub(a, b VecVirtual) VecVirtual {
	v := u.vector()
	VSUBPS(b, a, v)
	return v
}

func (u *unit) mul(c float64, x VecVirtual) VecVirtual {
	v := u.vector()
	if u.bytes == 64 {
		VMULPS_BCST(number(c), x, v)
	} else {
		VMULPS(number(c), x, v)
	}
	return v
}

// fma is c·x + y, rounded once.
func (u *unit) fma(c float64, x, y VecVirtual) VecVirtual {
	v := u.vector()
	VMOVAPS(y, v)
	if u.bytes == 64 {
		VFMADD231PS_BCST(number(c), x, v)
	} else {
		VFMADD231PS(number(c), x, v)
	}
	return v
}

// transform is a matrix applied to the columns and then to the rows of a square
// of vectors.
type transform struct {
	name    string
	in, out int
	apply   func(u *unit, x []VecVirtual) []VecVirtual
	output  bool // gives outputs, which get a bias and more
}

func transforms() {
	constants()
	for _, t := range []transform{
		{"input4", 6, 6, input4, false}, {"output4", 6, 4, output4, true}, {"filter4", 3, 6, filter4, false},
		{"gradient4", 4, 6, gradient4, false}, {"taps4", 6, 3, taps4, false},
		{"input2", 4, 4, input2, false}, {"output2", 4, 2, output2, true}, {"filter2", 3, 4, filter2, false},
		{"gradient2", 2, 4, gradient2, false}, {"taps2", 4, 3, taps2, false},
		{"output25", 6, 2, output25, true}, {"filter25", 5, 6, filter25, false},
		{"gradient25", 2, 6, gradient25, false}, {"taps25", 6, 5, taps25, false},
	} {
		t.function("AVX512", 64)
		t.function("AVX2", 32)
	}
}

// fields is how to load a field of an argument, shifted to count bytes.
func fields(arg Register) func(off int, shift uint64) Register {
	return func(off int, shift uint64) Register {
		r := GP64()
		MOVQ(Mem{Base: arg, Disp: off}, r)
		if shift > 0 {
			SHLQ(Imm(shift), r)
		}
		return r
	}
}

// function writes the transform for vectors of so many bytes. The square between
// the two passes lies on the stack, on a cache line.
func (t *transform) function(isa string, bytes int) {
	TEXT(t.name+isa, 0, "func(t *byte)")
	arg := Load(Param("t"), GP64())
	field := fields(arg)
	local := func(r Register) Mem {
		m := AllocLocal(8)
		MOVQ(r, m)
		return m
	}
	square := GP64()
	LEAQ(AllocLocal(bytes*(t.in*t.out+1)), square)
	ADDQ(Imm(uint64(bytes-1)), square)
	ANDQ(I32(-bytes), square)

	x, y := field(traX, 0), field(traY, 0)
	xRow, xCol := field(traXRow, 2), field(traXCol, 2)
	yRow, yCol := field(traYRow, 2), field(traYCol, 2)
	xn, yn, n := local(field(traXN, 2)), local(field(traYN, 2)), local(field(traN, 0))
	at, left := GP64(), GP64() // byte of the channel, channels left
	u := &unit{bytes: bytes}
	if t.output {
		z := GP64()
		MOVQ(Mem{Base: arg, Disp: traZ}, z)
		SUBQ(y, z)
		u.z = local(z)
	}
	if bytes == 32 {
		u.mask = AllocLocal(32)
	} else {
		u.opmask = K()
	}

	Label("tile")
	XORQ(at, at)
	MOVQ(Mem{Base: arg, Disp: traC}, left)
	Label("channels")
	CMPQ(left, Imm(uint64(bytes/4)))
	JLT(LabelRef("rest"))
	t.body(u, arg, square, x, y, xRow, xCol, yRow, yCol, at)
	ADDQ(Imm(uint64(bytes)), at)
	SUBQ(Imm(uint64(bytes/4)), left)
	JMP(LabelRef("channels"))
	Label("rest")
	TESTQ(left, left)
	JZ(LabelRef("next"))
	u.only(left)
	t.body(u, arg, square, x, y, xRow, xCol, yRow, yCol, at)
	Label("next")
	ADDQ(xn, x)
	ADDQ(yn, y)
	DECQ(n)
	JNZ(LabelRef("tile"))
	VZEROUPPER()
	RET()
}

// body transforms one vector of channels of one tile.
func (t *transform) body(u *unit, arg, square, x, y, xRow, xCol, yRow, yCol, at Register) {
	col, p := GP64(), GP64()
	LEAQ(Mem{Base: x, Index: at, Scale: 1}, col)
	for j := range t.in {
		MOVQ(col, p)
		var v []VecVirtual
		for range t.in {
			v = append(v, u.load(Mem{Base: p}))
			ADDQ(xRow, p)
		}
		ADDQ(xCol, col)
		for i, r := range t.apply(u, v) {
			VMOVAPS(r, Mem{Base: square, Disp: u.bytes * (i*t.in + j)})
		}
	}
	bias := u.vector()
	if t.output {
		name := fmt.Sprintf("unbiased%v", u.ragged)
		VXORPS(bias.AsY(), bias.AsY(), bias.AsY())
		b := GP64()
		CMPQ(Mem{Base: arg, Disp: traB + sliceLen}, Imm(0))
		JEQ(LabelRef(name))
		MOVQ(Mem{Base: arg, Disp: traB}, b)
		ADDQ(at, b)
		VMOVAPS(u.load(Mem{Base: b}), bias)
		Label(name)
	}
	LEAQ(Mem{Base: y, Index: at, Scale: 1}, col)
	for i := range t.out {
		MOVQ(col, p)
		var v []VecVirtual
		for j := range t.in {
			r := u.vector()
			VMOVAPS(Mem{Base: square, Disp: u.bytes * (i*t.in + j)}, r)
			v = append(v, r)
		}
		v = t.apply(u, v)
		if t.output {
			for j := range v {
				v[j] = u.add(v[j], bias)
			}
			t.finish(u, v, arg, p, yCol, fmt.Sprintf("_%d%v", i, u.ragged))
			MOVQ(col, p)
		}
		for _, r := range v {
			u.store(r, Mem{Base: p})
			ADDQ(yCol, p)
		}
		ADDQ(yRow, col)
	}
}

// finish adds z to a row of outputs, the first of which goes to p, and clamps
// them, where that is asked for. It moves p.
func (t *transform) finish(u *unit, v []VecVirtual, arg, p, yCol Register, label string) {
	CMPQ(Mem{Base: arg, Disp: traZ + sliceLen}, Imm(0))
	JEQ(LabelRef("alone" + label))
	ADDQ(u.z, p)
	for _, r := range v {
		z := u.load(Mem{Base: p})
		VADDPS(z, r, r)
		ADDQ(yCol, p)
	}
	Label("alone" + label)
	CMPQ(Mem{Base: arg, Disp: traOn}, Imm(0))
	JEQ(LabelRef("free" + label))
	lo, hi := u.vector(), u.vector()
	VBROADCASTSS(Mem{Base: arg, Disp: traLo}, lo)
	VBROADCASTSS(Mem{Base: arg, Disp: traHi}, hi)
	for _, r := range v { // a NaN in the last source stays
		VMAXPS(r, lo, r)
		VMINPS(r, hi, r)
	}
	Label("free" + label)
}
