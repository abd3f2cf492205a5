package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.PlaneMap and simd.PlanePairs; TestPlanePairsLayout
// compares them.
const (
	pairMapX    = 0
	pairMapY    = 24
	pairMapRows = 48
	pairMapW    = 56
	pairMapXRow = 64
	pairMapYRow = 72

	pairX    = 0
	pairW    = 24
	pairB    = 48
	pairY    = 72
	pairP    = 96
	pairR    = 112
	pairXRow = 128
	pairYK   = 136
	pairYRow = 144
	pairPool = 152
	pairOn   = 160
	pairLo   = 168
	pairHi   = 172
)

// mapped is the bytes of a place of a vector of pairs.
const mapped = 64

func pairs() {
	lists()
	for _, bytes := range []int{64, 32} {
		isa, most := map[int]string{64: "AVX512", 32: "AVX2"}[bytes], map[int]int{64: 4, 32: 2}[bytes]
		pairMap("planeMap"+isa, bytes)
		pairTile("planePairs"+isa, bytes, most)
	}
}

// lists writes the numbers of lanes, and those that take two vectors apart into
// even and odd elements and put them together again.
func lists() {
	for _, l := range []struct {
		name string
		at   func(i int) int
	}{
		{"pairLanes", func(i int) int { return i }},
		{"pairEven", func(i int) int { return 2 * i }},
		{"pairOdd", func(i int) int { return 2*i + 1 }},
		{"pairFirst", func(i int) int { return i/2 + i%2*16 }},
		{"pairSecond", func(i int) int { return 8 + i/2 + i%2*16 }},
	} {
		GLOBL(l.name, RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, U32(uint32(l.at(i))))
		}
	}
	GLOBL("pairNaN", RODATA|NOPTR)
	DATA(0, U32(0x7fc00000))
}

func list(name string) Mem { return NewDataAddr(NewStaticSymbol(name), 0) }

// number32 broadcasts an integer.
func (u *unit) number32(r Register) VecVirtual {
	x, v := XMM(), u.vector()
	MOVD(r, x)
	VPBROADCASTD(x, v)
	return v
}

// pairMap writes PlaneMap.run of a vector of pairs. The loads leave out what lies
// beside a row.
func pairMap(name string, bytes int) {
	TEXT(name, NOSPLIT, "func(m *byte, at, y int)")
	u, lanes := &unit{bytes: bytes}, bytes/4
	arg, at := Load(Param("m"), GP64()), Load(Param("at"), GP64())
	field := func(off int, shift uint64) Register {
		r := GP64()
		MOVQ(Mem{Base: arg, Disp: off}, r)
		if shift > 0 {
			SHLQ(Imm(shift), r)
		}
		return r
	}
	x, y, rows := field(pairMapX, 0), field(pairMapY, 0), field(pairMapRows, 0)
	xrow, yrow := field(pairMapXRow, 2), field(pairMapYRow, 2)
	first := Load(Param("y"), GP64())
	LEAQ(Mem{Base: x, Index: at, Scale: 4}, x)
	LEAQ(Mem{Base: y, Index: first, Scale: 4}, y)

	// Vector i has the pixels from start(i) on.
	start := func(i int) int { return 2*(i/2) + i%2*lanes }
	width := u.number32(field(pairMapW, 0).(GPVirtual).As32())
	load := make([]func() VecVirtual, 6)
	for i := range load {
		from := GP64()
		LEAQ(Mem{Base: at, Disp: start(i)}, from)
		pixel := u.number32(from.As32())
		VPADDD(list("pairLanes"), pixel, pixel)
		m := Mem{Base: x, Disp: 4 * start(i)}
		if bytes == 64 {
			k := K()
			VPCMPUD(Imm(1), width, pixel, k) // negative ones are large
			load[i] = func() VecVirtual { v := ZMM(); VMOVUPS_Z(m, k, v); return v }
			continue
		}
		mask, below, inside := AllocLocal(32), YMM(), YMM()
		VPSRAD(Imm(31), pixel, below)
		VPCMPGTD(pixel, width, inside)
		VPANDN(inside, below, inside)
		VMOVUPS(inside, mask)
		load[i] = func() VecVirtual {
			k, v := YMM(), YMM()
			VMOVUPS(mask, k)
			VMASKMOVPS(m, k, v)
			return v
		}
	}
	apart := u.apart()
	Label("rows")
	var d []VecVirtual
	for i := 0; i < len(load); i += 2 {
		even, odd := apart(load[i](), load[i+1]())
		d = append(d, even, odd)
	}
	for i, v := range input4(u, d) {
		VMOVUPS(v, Mem{Base: y, Disp: mapped * i})
	}
	ADDQ(xrow, x)
	ADDQ(yrow, y)
	DECQ(rows)
	JNZ(LabelRef("rows"))
	VZEROUPPER()
	RET()
}

// apart makes what takes two vectors apart into even and odd elements.
func (u *unit) apart() func(a, b VecVirtual) (even, odd VecVirtual) {
	if u.bytes == 32 {
		return func(a, b VecVirtual) (even, odd VecVirtual) {
			even, odd = YMM(), YMM()
			VSHUFPS(Imm(0x88), b, a, even)
			VSHUFPS(Imm(0xdd), b, a, odd)
			VPERMPD(Imm(0xd8), even, even)
			VPERMPD(Imm(0xd8), odd, odd)
			return even, odd
		}
	}
	evens, odds := ZMM(), ZMM()
	VMOVUPS(list("pairEven"), evens)
	VMOVUPS(list("pairOdd"), odds)
	return func(a, b VecVirtual) (even, odd VecVirtual) {
		even = ZMM()
		VMOVAPS(a, even)
		VPERMT2PS(b, evens, even)
		VPERMT2PS(b, odds, a)
		return even, a
	}
}

// together is the elements of two vectors in turn.
func (u *unit) together(a, b VecVirtual) (first, second VecVirtual) {
	first, second = u.vector(), u.vector()
	if u.bytes == 64 {
		VMOVUPS(list("pairFirst"), first)
		VMOVUPS(list("pairSecond"), second)
		VPERMI2PS(b, a, first)
		VPERMI2PS(b, a, second)
		return first, second
	}
	low, high := YMM(), YMM()
	VUNPCKLPS(b, a, low)
	VUNPCKHPS(b, a, high)
	VPERM2F128(Imm(0x20), high, low, first)
	VPERM2F128(Imm(0x31), high, low, second)
	return first, second
}

// most is the larger of two numbers, b of equal ones, NaN if one of them is.
func (u *unit) most(a, b VecVirtual) VecVirtual {
	v := u.vector()
	VMAXPS(b, a, v)
	nan := u.vector()
	VBROADCASTSS(list("pairNaN"), nan)
	if u.bytes == 64 {
		k := K()
		VCMPPS(Imm(3), b, a, k)
		VMOVAPS(nan, k, v)
		return v
	}
	k := YMM()
	VCMPPS(Imm(3), b, a, k)
	VBLENDVPS(k, nan, v, v)
	return v
}

// pairTile writes PlanePairs.run of a vector of pairs, in at most so many channels.
func pairTile(name string, bytes, channels int) {
	TEXT(name, NOSPLIT, "func(t *byte, k, n, x, y int)")
	arg, n := Load(Param("t"), GP64()), Load(Param("n"), GP64())
	for _, pool := range []bool{true, false} {
		if pool {
			CMPQ(Mem{Base: arg, Disp: pairPool}, Imm(0))
			JEQ(LabelRef("plain"))
		} else {
			Label("plain")
		}
		at := func(k int) string { return fmt.Sprintf("pool%v_%d", pool, k) }
		for k := channels; k > 1; k-- {
			CMPQ(n, Imm(uint64(k)))
			JEQ(LabelRef(at(k)))
		}
		for k := 1; k <= channels; k++ {
			Label(at(k))
			p := newPairLoop(bytes, k, at(k))
			p.write(pool)
			VZEROUPPER()
			RET()
		}
	}
}

// pairLoop is the state of the loop over rows of outputs.
type pairLoop struct {
	u                *unit
	channels         int
	label            string
	arg, k           Register
	x, y, xrow, yrow Register
	yk               apart
	rows             Register
}

func newPairLoop(bytes, channels int, label string) *pairLoop {
	p := &pairLoop{u: &unit{bytes: bytes}, channels: channels, label: label}
	p.arg, p.k = Load(Param("t"), GP64()), Load(Param("k"), GP64())
	field := func(off int, shift uint64) Register {
		r := GP64()
		MOVQ(Mem{Base: p.arg, Disp: off}, r)
		if shift > 0 {
			SHLQ(Imm(shift), r)
		}
		return r
	}
	p.x, p.y, p.rows = field(pairX, 0), field(pairY, 0), field(pairP, 0)
	p.xrow, p.yrow, p.yk = field(pairXRow, 2), field(pairYRow, 2), newApart(field(pairYK, 2))
	for _, v := range []struct {
		name string
		base Register
	}{{"x", p.x}, {"y", p.y}} {
		from := Load(Param(v.name), GP64())
		LEAQ(Mem{Base: v.base, Index: from, Scale: 4}, v.base)
	}
	return p
}

// write writes the loop.
func (p *pairLoop) write(pool bool) {
	Label(p.label + "_row")
	if !pool {
		var all []VecVirtual
		outputs := p.outputs("")
		for _, v := range outputs {
			all = append(all, v...)
		}
		p.finish(all, 2)
		for j, v := range outputs {
			first, second := p.u.together(v[0], v[1])
			m := p.yk.at(p.y, j)
			VMOVUPS(first, m)
			VMOVUPS(second, m.Offset(p.u.bytes))
		}
	} else {
		for j, v := range p.outputs("_upper") {
			VMOVUPS(p.u.most(v[0], v[1]), p.yk.at(p.y, j))
		}
		var all []VecVirtual
		for j, v := range p.outputs("_lower") {
			upper, lower := p.u.vector(), p.u.most(v[0], v[1])
			VMOVUPS(p.yk.at(p.y, j), upper)
			all = append(all, p.u.most(upper, lower))
		}
		p.finish(all, 1)
		for j, v := range all {
			VMOVUPS(v, p.yk.at(p.y, j))
		}
	}
	ADDQ(p.yrow, p.y)
	DECQ(p.rows)
	JNZ(LabelRef(p.label + "_row"))
}

// outputs makes the pairs of a row in all channels, and goes to the next row.
func (p *pairLoop) outputs(label string) [][]VecVirtual {
	u := p.u
	none := u.vector()
	VXORPS(none.AsY(), none.AsY(), none.AsY())
	acc := make([][]VecVirtual, p.channels)
	for j := range acc {
		for range places {
			v := u.vector()
			VMOVAPS(none, v)
			acc[j] = append(acc[j], v)
		}
	}
	x, w, taps := GP64(), GP64(), GP64()
	MOVQ(p.x, x)
	MOVQ(Mem{Base: p.arg, Disp: pairW}, w)
	LEAQ(Mem{Base: w, Index: p.k, Scale: 4}, w)
	MOVQ(Mem{Base: p.arg, Disp: pairR}, taps)
	label = p.label + label + "_taps"
	Label(label)
	for i := range places {
		from := Mem{Base: x, Disp: mapped * i}
		in := u.vector()
		if u.bytes == 64 {
			VMOVUPS(from, in)
		}
		for j := range acc {
			weight := Mem{Base: w, Disp: 64*i + 4*j}
			if u.bytes == 64 {
				VFMADD231PS_BCST(weight, in, acc[j][i])
				continue
			}
			VBROADCASTSS(weight, in)
			VFMADD231PS(from, in, acc[j][i])
		}
	}
	ADDQ(p.xrow, x)
	ADDQ(I32(64*places), w)
	DECQ(taps)
	JNZ(LabelRef(label))
	ADDQ(p.xrow, p.x)
	out := make([][]VecVirtual, p.channels)
	for j := range out {
		out[j] = output25(u, acc[j])
	}
	return out
}

// finish adds the bias and clamps, where that is asked for; each channel has so
// many vectors.
func (p *pairLoop) finish(all []VecVirtual, each int) {
	u := p.u
	CMPQ(Mem{Base: p.arg, Disp: pairB + sliceLen}, Imm(0))
	JEQ(LabelRef(p.label + "_nobias"))
	b := GP64()
	MOVQ(Mem{Base: p.arg, Disp: pairB}, b)
	LEAQ(Mem{Base: b, Index: p.k, Scale: 4}, b)
	for i, v := range all {
		bias := u.vector()
		VBROADCASTSS(Mem{Base: b, Disp: 4 * (i / each)}, bias)
		VADDPS(bias, v, v)
	}
	Label(p.label + "_nobias")
	CMPQ(Mem{Base: p.arg, Disp: pairOn}, Imm(0))
	JEQ(LabelRef(p.label + "_noclamp"))
	lo, hi := u.vector(), u.vector()
	VBROADCASTSS(Mem{Base: p.arg, Disp: pairLo}, lo)
	VBROADCASTSS(Mem{Base: p.arg, Disp: pairHi}, hi)
	for _, v := range all { // a NaN in the last source stays
		VMAXPS(v, lo, v)
		VMINPS(v, hi, v)
	}
	Label(p.label + "_noclamp")
}
