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

// vectors runs a body on so many elements, sixteen at a time and then the rest
// under a mask; advance moves on.
func vectors(c *build.Context, n GPVirtual, label string, body func(k OpmaskVirtual), advance func()) {
	k, ones, zero := c.K(), c.GP64(), c.GP64()
	c.XORQ(zero, zero)
	c.Label(label)
	c.MOVQ(I32(-1), ones)
	c.CMPQ(n, Imm(16))
	c.JGE(LabelRef(label + "full"))
	c.BZHIQ(n, ones, ones)
	c.Label(label + "full")
	c.KMOVW(ones.As32(), k)
	body(k)
	advance()
	c.SUBQ(Imm(16), n)
	c.JG(LabelRef(label))
}

// convert writes the conversions between float32 and bf16.
func convert(c *build.Context) {
	start(c, "widenBF16", "func(dst *float32, src *uint16, n int)")
	dst, src := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("src"), c.GP64())
	n := c.Load(c.Param("n"), c.GP64()).(GPVirtual)
	vectors(c, n, "loop", func(k OpmaskVirtual) {
		v := c.ZMM()
		c.VPMOVZXWD_Z(Mem{Base: src}, k, v)
		c.VPSLLD(Imm(16), v, v)
		c.VMOVUPS(v, k, Mem{Base: dst})
	}, func() {
		c.ADDQ(Imm(32), src)
		c.ADDQ(Imm(64), dst)
	})
	c.VZEROUPPER()
	c.RET()

	start(c, "narrowBF16", "func(dst *uint16, src *float32, n int)")
	dst, src = c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("src"), c.GP64())
	n = c.Load(c.Param("n"), c.GP64()).(GPVirtual)
	vectors(c, n, "loop", func(k OpmaskVirtual) {
		v, h := c.ZMM(), c.YMM()
		c.VMOVUPS_Z(Mem{Base: src}, k, v)
		c.VCVTPD2PS(v, h)
		c.VMOVDQU16(h, k, Mem{Base: dst})
	}, func() {
		c.ADDQ(Imm(64), src)
		c.ADDQ(Imm(32), dst)
	})
	c.VZEROUPPER()
	c.RET()
}

// pack writes what makes pairs.
func pack(c *build.Context) {
	start(c, "pairRows", "func(dst, a, b *float32, n int)")
	dst := c.Load(c.Param("dst"), c.GP64())
	a, b := c.Load(c.Param("a"), c.GP64()), c.Load(c.Param("b"), c.GP64())
	n := c.Load(c.Param("n"), c.GP64()).(GPVirtual)
	vectors(c, n, "loop", func(k OpmaskVirtual) {
		half := func(p Register) VecVirtual {
			v, h := c.ZMM(), c.YMM()
			c.VMOVUPS_Z(Mem{Base: p}, k, v)
			c.VCVTPD2PS(v, h)
			c.VPMOVZXWD(h, v)
			return v
		}
		lo, hi := half(a), half(b)
		c.VPSLLD(Imm(16), hi, hi)
		c.VPORD(lo, hi, hi)
		c.VMOVUPS(hi, k, Mem{Base: dst})
	}, func() {
		c.ADDQ(Imm(64), a)
		c.ADDQ(Imm(64), b)
		c.ADDQ(Imm(64), dst)
	})
	c.VZEROUPPER()
	c.RET()

	start(c, "gatherPairs", "func(dst *float32, src *uint16, off *int, pairs, n, row, chunk int)")
	dst = c.Load(c.Param("dst"), c.GP64())
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
	kp, kq := c.GP64(), c.GP64()
	c.MOVQ(p, kp)
	c.SARQ(Imm(63), kp)
	c.NOTQ(kp)
	c.MOVQ(q, kq)
	c.SARQ(Imm(63), kq)
	c.NOTQ(kq)
	c.LEAQ(Mem{Base: src, Index: p, Scale: 2}, p)
	c.LEAQ(Mem{Base: src, Index: q, Scale: 2}, q)
	ones, k := c.GP64(), c.GP64()
	a1, b1 := c.K(), c.K()
	c.Label("chunk")
	c.MOVQ(I32(-1), ones)
	c.CMPQ(left, Imm(16))
	c.JGE(LabelRef("full"))
	c.BZHIQ(left, ones, ones)
	c.Label("full")
	c.MOVQ(ones, k)
	c.ANDQ(kp, k)
	c.KMOVW(k.As32(), a1)
	c.ANDQ(kq, ones)
	c.KMOVW(ones.As32(), b1)
	lo, hi := c.ZMM(), c.ZMM()
	c.VPMOVZXWD_Z(Mem{Base: p}, a1, lo)
	c.VPMOVZXWD_Z(Mem{Base: q}, b1, hi)
	c.VPSLLD(Imm(16), hi, hi)
	c.VPORD(lo, hi, hi)
	c.VMOVUPS(hi, Mem{Base: at})
	c.ADDQ(chunk, at)
	c.ADDQ(Imm(32), p)
	c.ADDQ(Imm(32), q)
	c.SUBQ(Imm(16), left)
	c.JG(LabelRef("chunk"))
	c.ADDQ(Imm(16), off)
	c.ADDQ(row, dst)
	c.DECQ(pairs)
	c.JNZ(LabelRef("pair"))
	c.VZEROUPPER()
	c.RET()
}
