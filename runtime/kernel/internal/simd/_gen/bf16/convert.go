package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func start(c *build.Context, name, signature string) {
	c.Function(name)
	c.Attributes(attr.NOSPLIT)
	c.SignatureExpr(signature)
}

// stream is a pointer that moves by so many bytes with each sixteen elements.
type stream struct {
	at    Register
	bytes int
}

func (s stream) mem(i int) Mem { return Mem{Base: s.at, Disp: i * s.bytes} }

// unroll is the number of vectors of a round.
const unroll = 4

// vectors runs a body on n elements, 64 at a time and then sixteen under a mask.
// The body gets the places of its vector; k is nil for a whole one.
func vectors(c *build.Context, n GPVirtual, streams []stream, body func(k Op, at []Mem)) {
	at := func(i int) []Mem {
		var m []Mem
		for _, s := range streams {
			m = append(m, s.mem(i))
		}
		return m
	}
	advance := func(times int) {
		for _, s := range streams {
			c.ADDQ(I32(s.bytes*times), s.at)
		}
	}
	c.SUBQ(Imm(16*unroll), n)
	c.JL(LabelRef("rest"))
	c.Label("round")
	for i := range unroll {
		body(nil, at(i))
	}
	advance(unroll)
	c.SUBQ(Imm(16*unroll), n)
	c.JGE(LabelRef("round"))
	c.Label("rest")
	c.ADDQ(Imm(16*unroll), n)
	c.JZ(LabelRef("done"))
	k, ones := c.K(), c.GP64()
	c.Label("masked")
	c.MOVQ(I32(-1), ones)
	c.CMPQ(n, Imm(16))
	c.JGE(LabelRef("full"))
	c.BZHIQ(n, ones, ones)
	c.Label("full")
	c.KMOVW(ones.As32(), k)
	body(k, at(0))
	advance(1)
	c.SUBQ(Imm(16), n)
	c.JG(LabelRef("masked"))
	c.Label("done")
	c.VZEROUPPER()
	c.RET()
}

// widen loads sixteen bf16 as float32.
func widen(c *build.Context, m Mem, k Op) VecVirtual {
	v := c.ZMM()
	if k == nil {
		c.VPMOVZXWD(m, v)
	} else {
		c.VPMOVZXWD_Z(m, k, v)
	}
	c.VPSLLD(Imm(16), v, v)
	return v
}

// load loads sixteen float32.
func load(c *build.Context, m Mem, k Op) VecVirtual {
	v := c.ZMM()
	if k == nil {
		c.VMOVUPS(m, v)
	} else {
		c.VMOVUPS_Z(m, k, v)
	}
	return v
}

// store stores sixteen float32.
func store(c *build.Context, v Op, m Mem, k Op) {
	if k == nil {
		c.VMOVUPS(v, m)
	} else {
		c.VMOVUPS(v, k, m)
	}
}

// narrow is a vector rounded to bf16.
func narrow(c *build.Context, v Op) VecVirtual {
	h := c.YMM()
	c.VCVTPD2PS(v, h)
	return h
}

// storeNarrow stores a vector rounded to bf16.
func storeNarrow(c *build.Context, v Op, m Mem, k Op) {
	h := narrow(c, v)
	if k == nil {
		c.VMOVDQU16(h, m)
	} else {
		c.VMOVDQU16(h, k, m)
	}
}

// convert writes the conversions between float32 and bf16.
func convert(c *build.Context) {
	start(c, "widenBF16", "func(dst *float32, src *uint16, n int)")
	vectors(c, count(c), []stream{{pointer(c, "dst"), 64}, {pointer(c, "src"), 32}}, func(k Op, at []Mem) {
		store(c, widen(c, at[1], k), at[0], k)
	})
	start(c, "narrowBF16", "func(dst *uint16, src *float32, n int)")
	vectors(c, count(c), []stream{{pointer(c, "dst"), 32}, {pointer(c, "src"), 64}}, func(k Op, at []Mem) {
		storeNarrow(c, load(c, at[1], k), at[0], k)
	})
}

func pointer(c *build.Context, name string) Register { return c.Load(c.Param(name), c.GP64()) }

func count(c *build.Context) GPVirtual { return c.Load(c.Param("n"), c.GP64()).(GPVirtual) }

// pack writes what makes pairs.
func pack(c *build.Context) {
	start(c, "pairRows", "func(dst, a, b *float32, n int)")
	vectors(c, count(c), []stream{{pointer(c, "dst"), 64}, {pointer(c, "a"), 64}, {pointer(c, "b"), 64}}, func(k Op, at []Mem) {
		lo, hi := c.ZMM(), c.ZMM()
		c.VPMOVZXWD(narrow(c, load(c, at[1], k)), lo)
		c.VPMOVZXWD(narrow(c, load(c, at[2], k)), hi)
		c.VPSLLD(Imm(16), hi, hi)
		c.VPORD(lo, hi, hi)
		store(c, hi, at[0], k)
	})

	start(c, "gatherPairs", "func(dst *float32, src *uint16, off *int, pairs, n, row, chunk int)")
	dst := pointer(c, "dst")
	src, off := c.Load(c.Param("src"), c.GP64()), c.Load(c.Param("off"), c.GP64())
	pairs := c.Load(c.Param("pairs"), c.GP64())
	row, chunk := c.Load(c.Param("row"), c.GP64()), c.Load(c.Param("chunk"), c.GP64())
	c.SHLQ(Imm(2), row)
	c.SHLQ(Imm(2), chunk)
	c.Label("pair")
	left := c.Load(c.Param("n"), c.GP64()).(GPVirtual)
	at := c.GP64()
	c.MOVQ(dst, at)
	p, q := c.GP64(), c.GP64()
	c.MOVQ(Mem{Base: off}, p)
	c.MOVQ(Mem{Base: off, Disp: 8}, q)
	// A negative offset reads nothing: its mask is empty.
	sign := func(off Register) GPVirtual {
		r := c.GP64()
		c.MOVQ(off, r)
		c.SARQ(Imm(63), r)
		c.NOTQ(r)
		return r
	}
	kp, kq, both := sign(p), sign(q), c.GP64()
	c.LEAQ(Mem{Base: src, Index: p, Scale: 2}, p)
	c.LEAQ(Mem{Base: src, Index: q, Scale: 2}, q)
	joined := func(lo, hi VecVirtual) {
		c.VPSLLD(Imm(16), hi, hi)
		c.VPORD(lo, hi, hi)
		c.VMOVUPS(hi, Mem{Base: at})
		c.ADDQ(chunk, at)
		c.ADDQ(Imm(32), p)
		c.ADDQ(Imm(32), q)
	}
	c.MOVQ(kp, both)
	c.ANDQ(kq, both)
	c.JZ(LabelRef("masked"))
	c.SUBQ(Imm(16), left)
	c.JL(LabelRef("few"))
	c.Label("whole")
	lo, hi := c.ZMM(), c.ZMM()
	c.VPMOVZXWD(Mem{Base: p}, lo)
	c.VPMOVZXWD(Mem{Base: q}, hi)
	joined(lo, hi)
	c.SUBQ(Imm(16), left)
	c.JGE(LabelRef("whole"))
	c.Label("few")
	c.ADDQ(Imm(16), left)
	c.JZ(LabelRef("next"))
	c.Label("masked")
	ones, k := c.GP64(), c.GP64()
	kl, kh := c.K(), c.K()
	c.MOVQ(I32(-1), ones)
	c.CMPQ(left, Imm(16))
	c.JGE(LabelRef("full"))
	c.BZHIQ(left, ones, ones)
	c.Label("full")
	c.MOVQ(ones, k)
	c.ANDQ(kp, k)
	c.KMOVW(k.As32(), kl)
	c.ANDQ(kq, ones)
	c.KMOVW(ones.As32(), kh)
	lo, hi = c.ZMM(), c.ZMM()
	c.VPMOVZXWD_Z(Mem{Base: p}, kl, lo)
	c.VPMOVZXWD_Z(Mem{Base: q}, kh, hi)
	joined(lo, hi)
	c.SUBQ(Imm(16), left)
	c.JG(LabelRef("masked"))
	c.Label("next")
	c.ADDQ(Imm(16), off)
	c.ADDQ(row, dst)
	c.DECQ(pairs)
	c.JNZ(LabelRef("pair"))
	c.VZEROUPPER()
	c.RET()
}
