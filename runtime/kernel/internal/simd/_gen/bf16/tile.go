package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.PairTile; TestPairTileLayout compares them.
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
	offH    = 264

	sliceLen = 8 // of a slice's length from its start
	lanes    = 64
	rows     = 12
)

// gen is a function being written, a tile of so many vectors of columns.
type gen struct {
	*build.Context
	vectors int
	masks   []OpmaskVirtual
	nothing VecVirtual

	m, xoff, yoff          Mem // rows left, and the offsets of the next
	xt, wt, xs, ws, xr, wr Mem // strides in bytes
	sx, sw, rx, rw         Mem // where the segment and the row of segments start
	scnt, rcnt             Mem
}

// tile writes func name(t *PairTile, m, h int): the first m rows of t, in blocks
// of h ≤ rows and a last one of what is left.
func tile(c *build.Context, name string, vectors int) {
	c.Function(name)
	c.Attributes(attr.NOSPLIT)
	c.SignatureExpr("func(t *byte, m, h int)")
	g := &gen{Context: c, vectors: vectors}
	for _, p := range []*Mem{&g.m, &g.xoff, &g.yoff, &g.xt, &g.wt, &g.xs, &g.ws, &g.xr, &g.wr, &g.sx, &g.sw, &g.rx, &g.rw, &g.scnt, &g.rcnt} {
		*p = c.AllocLocal(8)
	}
	t := c.Load(c.Param("t"), c.GP64())
	g.columns(t)
	for _, s := range []struct {
		off   int
		shift uint64 // words to bytes
		to    Mem
	}{
		{offXT, 2, g.xt}, {offXS, 2, g.xs}, {offXR, 2, g.xr},
		{offWT, 2, g.wt}, {offWS, 2, g.ws}, {offWR, 2, g.wr},
		{offXOff, 0, g.xoff}, {offYOff, 0, g.yoff},
	} {
		r := c.GP64()
		c.MOVQ(Mem{Base: t, Disp: s.off}, r)
		if s.shift > 0 {
			c.SHLQ(Imm(s.shift), r)
		}
		c.MOVQ(r, s.to)
	}
	m := c.Load(c.Param("m"), c.GP64())
	c.MOVQ(m, g.m)

	c.Label("block")
	left, h := c.GP64(), c.Load(c.Param("h"), c.GP64())
	c.MOVQ(g.m, left)
	c.CMPQ(left, h)
	c.CMOVQGT(h, left)
	for r := rows; r > 1; r-- {
		c.CMPQ(left, Imm(uint64(r)))
		c.JEQ(LabelRef(fmt.Sprintf("rows%d", r)))
	}
	for r := 1; r <= rows; r++ {
		c.Label(fmt.Sprintf("rows%d", r))
		g.body(r)
		c.ADDQ(Imm(uint64(8*r)), g.xoff)
		c.ADDQ(Imm(uint64(8*r)), g.yoff)
		c.SUBQ(Imm(uint64(r)), g.m)
		c.JNZ(LabelRef("block"))
		c.VZEROUPPER()
		c.RET()
	}
}

// columns sets the masks of the valid columns.
func (g *gen) columns(t Register) {
	n, ones := g.GP64(), g.GP64()
	g.MOVQ(Mem{Base: t, Disp: offCols}, n)
	g.MOVQ(I32(-1), ones)
	g.BZHIQ(n, ones, ones)
	for range g.vectors {
		k := g.K()
		g.KMOVW(ones.As32(), k)
		g.SHRQ(Imm(16), ones)
		g.masks = append(g.masks, k)
	}
	g.nothing = g.ZMM()
	g.VPXORD(g.nothing, g.nothing, g.nothing)
}

// body is a block of so many rows.
func (g *gen) body(rows int) {
	at := func(s string) string { return fmt.Sprintf("rows%d_%s", rows, s) }
	t := g.Load(g.Param("t"), g.GP64())
	field := func(off int) GPVirtual {
		r := g.GP64()
		g.MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	acc := make([][]VecVirtual, rows)
	for i := range acc {
		acc[i] = make([]VecVirtual, g.vectors)
		for j := range acc[i] {
			acc[i][j] = g.ZMM()
			g.VMOVAPS(g.nothing, acc[i][j])
		}
	}
	for _, off := range []int{offR, offS, offT} {
		g.CMPQ(Mem{Base: t, Disp: off}, Imm(0))
		g.JLE(LabelRef(at("store")))
	}
	g.MOVQ(field(offR), g.rcnt)
	g.MOVQ(field(offW), g.rw)
	zero := g.GP64()
	g.XORQ(zero, zero)
	g.MOVQ(zero, g.rx)
	ptr := make([]GPVirtual, rows)
	x, xoff := field(offX), g.GP64()
	g.MOVQ(g.xoff, xoff)
	for i := range ptr {
		ptr[i] = g.GP64()
		g.MOVQ(Mem{Base: xoff, Disp: 8 * i}, ptr[i])
		g.LEAQ(Mem{Base: x, Index: ptr[i], Scale: 4}, ptr[i])
	}
	var xt, wt Op = g.xt, g.wt
	if rows <= 10 {
		r, q := g.GP64(), g.GP64()
		g.MOVQ(xt, r)
		g.MOVQ(wt, q)
		xt, wt = r, q
	}
	idx, w, cnt := g.GP64(), g.GP64(), g.GP64()
	g.Label(at("r"))
	g.MOVQ(g.rx, idx)
	g.MOVQ(idx, g.sx)
	g.MOVQ(g.rw, w)
	g.MOVQ(w, g.sw)
	g.Load(g.Param("t"), cnt)
	g.MOVQ(Mem{Base: cnt, Disp: offS}, cnt)
	g.MOVQ(cnt, g.scnt)
	g.Label(at("s"))
	g.MOVQ(g.sx, idx)
	g.MOVQ(g.sw, w)
	g.Load(g.Param("t"), cnt)
	g.MOVQ(Mem{Base: cnt, Disp: offT}, cnt)
	g.Label(at("t"))
	g.step(acc, ptr, idx, w)
	g.ADDQ(xt, idx)
	g.ADDQ(wt, w)
	g.DECQ(cnt)
	g.JNZ(LabelRef(at("t")))
	g.MOVQ(g.xs, idx)
	g.ADDQ(idx, g.sx)
	g.MOVQ(g.ws, w)
	g.ADDQ(w, g.sw)
	g.DECQ(g.scnt)
	g.JNZ(LabelRef(at("s")))
	g.MOVQ(g.xr, idx)
	g.ADDQ(idx, g.rx)
	g.MOVQ(g.wr, w)
	g.ADDQ(w, g.rw)
	g.DECQ(g.rcnt)
	g.JNZ(LabelRef(at("r")))

	g.Label(at("store"))
	g.epilogue(acc, at)
}

// step adds the products of one row of pairs.
func (g *gen) step(acc [][]VecVirtual, ptr []GPVirtual, idx, w Register) {
	b := make([]VecVirtual, g.vectors)
	for j := range b {
		b[j] = g.ZMM()
		g.VMOVUPS_Z(Mem{Base: w, Disp: j * lanes}, g.masks[j], b[j])
	}
	for i, p := range ptr {
		for j := range b {
			g.VPDPWSSD_BCST(Mem{Base: p, Index: idx, Scale: 1}, b[j], acc[i][j])
		}
	}
}

// epilogue adds the bias and z and clamps, where asked for, and stores the sums
// as they are or rounded to bf16.
func (g *gen) epilogue(acc [][]VecVirtual, at func(string) string) {
	t := g.Load(g.Param("t"), g.GP64())
	v := make([]VecVirtual, g.vectors)
	for j := range v {
		v[j] = g.ZMM()
	}
	none := func(off int, label string) {
		g.CMPQ(Mem{Base: t, Disp: off}, Imm(0))
		g.JEQ(LabelRef(at(label)))
	}
	none(offB+sliceLen, "nobias")
	b := g.GP64()
	g.MOVQ(Mem{Base: t, Disp: offB}, b)
	for j := range v {
		g.VMOVUPS_Z(Mem{Base: b, Disp: j * lanes}, g.masks[j], v[j])
	}
	for i := range acc {
		for j := range v {
			g.VADDPS(v[j], acc[i][j], acc[i][j])
		}
	}
	g.Label(at("nobias"))
	yoff, p := g.GP64(), g.GP64()
	g.MOVQ(g.yoff, yoff)
	each := func(off int, scale uint8, do func(acc []VecVirtual)) {
		base := g.GP64()
		g.MOVQ(Mem{Base: t, Disp: off}, base)
		for i := range acc {
			g.MOVQ(Mem{Base: yoff, Disp: 8 * i}, p)
			g.LEAQ(Mem{Base: base, Index: p, Scale: scale}, p)
			do(acc[i])
		}
	}
	none(offZ+sliceLen, "noadd")
	each(offZ, 4, func(acc []VecVirtual) {
		for j := range v {
			g.VMOVUPS_Z(Mem{Base: p, Disp: j * lanes}, g.masks[j], v[j])
			g.VADDPS(v[j], acc[j], acc[j])
		}
	})
	g.Label(at("noadd"))
	none(offOn, "noclamp")
	lo, hi := g.ZMM(), g.ZMM()
	g.VBROADCASTSS(Mem{Base: t, Disp: offLo}, lo)
	g.VBROADCASTSS(Mem{Base: t, Disp: offHi}, hi)
	for i := range acc {
		for j := range v { // a NaN in the last source stays
			g.VMAXPS(acc[i][j], lo, acc[i][j])
			g.VMINPS(acc[i][j], hi, acc[i][j])
		}
	}
	g.Label(at("noclamp"))
	none(offH+sliceLen, "wide")
	each(offH, 2, func(acc []VecVirtual) {
		for j := range v {
			half := g.YMM()
			g.VCVTPD2PS(acc[j], half)
			g.VMOVDQU16(half, g.masks[j], Mem{Base: p, Disp: j * lanes / 2})
		}
	})
	g.JMP(LabelRef(at("done")))
	g.Label(at("wide"))
	each(offY, 4, func(acc []VecVirtual) {
		for j := range v {
			g.VMOVUPS(acc[j], g.masks[j], Mem{Base: p, Disp: j * lanes})
		}
	})
	g.Label(at("done"))
}
