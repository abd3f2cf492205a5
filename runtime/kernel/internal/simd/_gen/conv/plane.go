package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.PlaneMap and simd.PlaneTile; TestPlaneTileLayout
// compares them.
const (
	planeMapX    = 0
	planeMapY    = 24
	planeMapRows = 48
	planeMapW    = 56
	planeMapXRow = 64
	planeMapYRow = 72

	planeX    = 0
	planeW    = 24
	planeB    = 48
	planeY    = 72
	planeP    = 96
	planeR    = 112
	planeXRow = 128
	planeYK   = 136
	planeYRow = 144
	planePool = 152
	planeOn   = 160
	planeLo   = 168
	planeHi   = 172
)

// The bytes of a place of a vector of tiles, and their number.
const (
	mapped     = 64
	quadPlaces = 8
)

func planes() {
	GLOBL("planeLanes", RODATA|NOPTR)
	for i := range 8 {
		DATA(4*i, U32(uint32(i)))
	}
	GLOBL("planeNaN", RODATA|NOPTR)
	DATA(0, U32(0x7fc00000))
	planeMap()
	planeTile("planeTileAVX512", 64, 3)
	planeTile("planeTileAVX2", 32, 1)
}

func quadInput(u *unit, d []VecVirtual) []VecVirtual {
	e1, o1 := u.fma(-17./4, d[4], u.add(d[2], d[6])), u.fma(-17./4, d[3], u.add(d[1], d[5]))
	y1, y2 := u.add(e1, o1), u.sub(e1, o1)
	y0, y7 := u.fma(21./4, u.sub(d[4], d[2]), u.sub(d[0], d[6])), u.fma(21./4, u.sub(d[3], d[5]), u.sub(d[7], d[1]))
	e2, o2 := u.fma(1./4, d[2], u.fma(-5./4, d[4], d[6])), u.fma(1./2, d[1], u.fma(-5./2, d[3], u.add(d[5], d[5])))
	y3, y4 := u.add(e2, o2), u.sub(e2, o2)
	e3, o3 := u.fma(4, d[2], u.fma(-5, d[4], d[6])), u.fma(2, d[1], u.fma(-5./2, d[3], u.mul(1./2, d[5])))
	return []VecVirtual{y0, y1, y2, y3, y4, u.add(e3, o3), u.sub(e3, o3), y7}
}

func quadOutput(u *unit, m []VecVirtual) []VecVirtual {
	e1, o1 := u.add(m[1], m[2]), u.sub(m[1], m[2])
	e2, o2 := u.add(m[3], m[4]), u.sub(m[3], m[4])
	e3, o3 := u.add(m[5], m[6]), u.sub(m[5], m[6])
	return []VecVirtual{
		u.add(u.add(m[0], e1), u.add(e2, e3)),
		u.fma(1./2, o3, u.fma(2, o2, o1)),
		u.fma(1./4, e3, u.fma(4, e2, e1)),
		u.add(u.fma(1./8, o3, u.fma(8, o2, o1)), m[7]),
	}
}

// planeMap writes PlaneMap.run of eight tiles. The loads leave out what lies beside a
// row.
func planeMap() {
	TEXT("planeMapAVX2", NOSPLIT, "func(m *byte, at, y int)")
	u := &unit{bytes: 32}
	arg, at := Load(Param("m"), GP64()), Load(Param("at"), GP64())
	field := fields(arg)
	x, y, rows := field(planeMapX, 0), field(planeMapY, 0), field(planeMapRows, 0)
	xrow, yrow := field(planeMapXRow, 2), field(planeMapYRow, 2)
	first := Load(Param("y"), GP64())
	LEAQ(Mem{Base: x, Index: at, Scale: 4}, x)
	LEAQ(Mem{Base: y, Index: first, Scale: 4}, y)

	// Vector i has the pixels from 8·(i%4) + 4·(i/4) on.
	number := func(r GPVirtual) VecVirtual {
		s, v := XMM(), YMM()
		MOVD(r.As32(), s)
		VPBROADCASTD(s, v)
		return v
	}
	width := number(field(planeMapW, 0).(GPVirtual))
	masks := make([]Mem, 8)
	start := func(i int) int { return i%4*8 + i/4*4 }
	for i := range masks {
		from := GP64()
		LEAQ(Mem{Base: at, Disp: start(i)}, from)
		pixel, below, inside := number(from), YMM(), YMM()
		VPADDD(list("planeLanes"), pixel, pixel)
		VPSRAD(Imm(31), pixel, below)
		VPCMPGTD(pixel, width, inside)
		VPANDN(inside, below, inside)
		masks[i] = AllocLocal(32)
		VMOVUPS(inside, masks[i])
	}
	Label("rows")
	d := make([]VecVirtual, 0, quadPlaces)
	for half := range 2 {
		var v [4]VecVirtual
		for i := range v {
			k := YMM()
			v[i] = YMM()
			n := 4*half + i
			VMOVUPS(masks[n], k)
			VMASKMOVPS(Mem{Base: x, Disp: 4 * start(n)}, k, v[i])
		}
		turned := turn(u, v)
		d = append(d, turned[:]...)
	}
	for i, v := range quadInput(u, d) {
		m := Mem{Base: y, Disp: mapped * i}
		VMOVUPS(v, m.Offset(32))
		m.Index, m.Scale = yrow, 1
		VMOVUPS(v, m)
	}
	ADDQ(xrow, x)
	ADDQ(yrow, y)
	DECQ(rows)
	JNZ(LabelRef("rows"))
	VZEROUPPER()
	RET()
}

func list(name string) Mem { return NewDataAddr(NewStaticSymbol(name), 0) }

// turn is the transposes of squares of four by four elements, one for each 128 bits.
func turn(u *unit, v [4]VecVirtual) (w [4]VecVirtual) {
	var t [4]VecVirtual
	for i := range t {
		t[i], w[i] = u.vector(), u.vector()
	}
	VUNPCKLPS(v[1], v[0], t[0])
	VUNPCKHPS(v[1], v[0], t[1])
	VUNPCKLPS(v[3], v[2], t[2])
	VUNPCKHPS(v[3], v[2], t[3])
	for i := range 2 {
		VUNPCKLPD(t[i+2], t[i], w[2*i])
		VUNPCKHPD(t[i+2], t[i], w[2*i+1])
	}
	return w
}

// most is the larger of two numbers, b of equal ones, NaN if one of them is.
func (u *unit) most(a, b VecVirtual) VecVirtual {
	v, nan := u.vector(), u.vector()
	VMAXPS(b, a, v)
	VBROADCASTSS(list("planeNaN"), nan)
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

// planeTile writes PlaneTile.run of a vector of tiles, in at most so many channels.
func planeTile(name string, bytes, channels int) {
	TEXT(name, NOSPLIT, "func(t *byte, k, n, x, y int)")
	arg, n := Load(Param("t"), GP64()), Load(Param("n"), GP64())
	for _, pool := range []bool{true, false} {
		if pool {
			CMPQ(Mem{Base: arg, Disp: planePool}, Imm(0))
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
			p := newPlaneLoop(bytes, k, at(k))
			p.write(pool)
			VZEROUPPER()
			RET()
		}
	}
}

// planeLoop is the state of the loop over pairs of rows of outputs.
type planeLoop struct {
	u                *unit
	channels         int
	label            string
	arg, k           Register
	x, y, xrow, yrow Register
	yk               Register
	rows             Register
}

func newPlaneLoop(bytes, channels int, label string) *planeLoop {
	p := &planeLoop{u: &unit{bytes: bytes}, channels: channels, label: label}
	p.arg, p.k = Load(Param("t"), GP64()), Load(Param("k"), GP64())
	field := func(off int, shift uint64) Register {
		r := GP64()
		MOVQ(Mem{Base: p.arg, Disp: off}, r)
		if shift > 0 {
			SHLQ(Imm(shift), r)
		}
		return r
	}
	p.x, p.y, p.rows = field(planeX, 0), field(planeY, 0), field(planeP, 0)
	p.xrow, p.yrow, p.yk = field(planeXRow, 2), field(planeYRow, 2), field(planeYK, 2)
	for _, v := range []struct {
		name string
		base Register
	}{{"x", p.x}, {"y", p.y}} {
		from := Load(Param(v.name), GP64())
		LEAQ(Mem{Base: v.base, Index: from, Scale: 4}, v.base)
	}
	return p
}

// at is the place of channel j of the outputs.
func (p *planeLoop) at(j int) Mem {
	m := Mem{Base: p.y}
	if j > 0 {
		m.Index, m.Scale = p.yk, uint8(j)
	}
	return m
}

// write writes the loop.
func (p *planeLoop) write(pool bool) {
	Label(p.label + "_row")
	halves := 1
	if p.u.bytes == 32 {
		halves = 2
	}
	out := make([][][]VecVirtual, halves) // by halves and channels
	for a := range out {
		out[a] = p.outputs(a)
		if pool {
			for j, y := range out[a] {
				out[a][j] = []VecVirtual{p.u.most(y[0], y[1]), p.u.most(y[2], y[3])}
			}
		} else {
			p.plain(a, out[a])
		}
	}
	if pool {
		p.pooled(out)
	} else {
		ADDQ(p.yrow, p.y)
	}
	ADDQ(p.yrow, p.y)
	LEAQ(Mem{Base: p.x, Index: p.xrow, Scale: 2}, p.x)
	DECQ(p.rows)
	JNZ(LabelRef(p.label + "_row"))
}

// pooled finishes and stores the larger outputs, side by side, of each half.
func (p *planeLoop) pooled(out [][][]VecVirtual) {
	u := &unit{bytes: 32}
	var all []VecVirtual
	for j := range p.channels {
		var larger [2]VecVirtual
		for i := range larger {
			upper, lower := YMM(), YMM()
			if p.u.bytes == 64 {
				v := out[0][j][i]
				VMOVAPS(v.AsY(), upper)
				VEXTRACTF64X4(Imm(1), v, lower)
			} else {
				upper, lower = out[0][j][i], out[1][j][i]
			}
			larger[i] = u.most(upper, lower)
		}
		low, high := YMM(), YMM()
		VUNPCKLPS(larger[1], larger[0], low)
		VUNPCKHPS(larger[1], larger[0], high)
		VPERMPD(Imm(0xd8), low, low)
		VPERMPD(Imm(0xd8), high, high)
		all = append(all, low, high)
	}
	p.finish(u, all, 2, "")
	for i, v := range all {
		VMOVUPS(v, p.at(i/2).Offset(i%2*32))
	}
}

// plain finishes and stores half a of the outputs, or both.
func (p *planeLoop) plain(a int, out [][]VecVirtual) {
	var all []VecVirtual
	for _, y := range out {
		rows := turn(p.u, [4]VecVirtual(y))
		all = append(all, rows[:]...)
	}
	p.finish(p.u, all, 4, fmt.Sprint(a))
	row := GP64()
	LEAQ(Mem{Base: p.y, Index: p.yrow, Scale: 1}, row)
	for i, v := range all {
		m := p.at(i / 4).Offset(i % 4 * 32)
		lower := m
		lower.Base = row
		switch {
		case p.u.bytes == 64:
			VMOVUPS(v.AsY(), m)
			VEXTRACTF64X4(Imm(1), v, lower)
		case a == 0:
			VMOVUPS(v, m)
		default:
			VMOVUPS(v, lower)
		}
	}
}

// outputs makes the tiles of a pair of rows in all channels: with 256 bits, half a.
func (p *planeLoop) outputs(a int) [][]VecVirtual {
	u := p.u
	none := u.vector()
	VXORPS(none.AsY(), none.AsY(), none.AsY())
	acc := make([][]VecVirtual, p.channels)
	for j := range acc {
		for range quadPlaces {
			v := u.vector()
			VMOVAPS(none, v)
			acc[j] = append(acc[j], v)
		}
	}
	x, w, taps := GP64(), GP64(), GP64()
	MOVQ(p.x, x)
	MOVQ(Mem{Base: p.arg, Disp: planeW}, w)
	LEAQ(Mem{Base: w, Index: p.k, Scale: 4}, w)
	MOVQ(Mem{Base: p.arg, Disp: planeR}, taps)
	label := fmt.Sprintf("%s_taps%d", p.label, a)
	Label(label)
	for i := range quadPlaces {
		from := Mem{Base: x, Disp: mapped*i + 32*a}
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
	ADDQ(I32(64*quadPlaces), w)
	DECQ(taps)
	JNZ(LabelRef(label))
	out := make([][]VecVirtual, p.channels)
	for j := range out {
		out[j] = quadOutput(u, acc[j])
	}
	return out
}

// finish adds the bias and clamps, where that is asked for; each channel has so
// many vectors.
func (p *planeLoop) finish(u *unit, all []VecVirtual, each int, label string) {
	label = p.label + label
	CMPQ(Mem{Base: p.arg, Disp: planeB + sliceLen}, Imm(0))
	JEQ(LabelRef(label + "_nobias"))
	b := GP64()
	MOVQ(Mem{Base: p.arg, Disp: planeB}, b)
	LEAQ(Mem{Base: b, Index: p.k, Scale: 4}, b)
	for i, v := range all {
		bias := u.vector()
		VBROADCASTSS(Mem{Base: b, Disp: 4 * (i / each)}, bias)
		VADDPS(bias, v, v)
	}
	Label(label + "_nobias")
	u.clamp(p.arg, planeOn, planeLo, planeHi, label+"_noclamp", func(f func(v VecVirtual)) {
		for _, v := range all {
			f(v)
		}
	})
}
