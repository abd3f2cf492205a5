package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// columns is a function over rows of n columns in bf16, which have a vector of n
// float32 or more beside them. Four rows are taken at a time, so that the vectors
// are loaded once for them; a column meets its rows in order.
type columns struct {
	name string
	rows []string // in bf16
	sums []string // vectors that are read and written
	held []string // vectors that are read
	more string   // further parameters

	// begin prepares what body needs; body computes one row's sixteen columns.
	begin func(c *build.Context)
	body  func(c *build.Context, at []Mem, k Op, sums, held []VecVirtual)
}

func (f *columns) write(c *build.Context) {
	params := ""
	for _, p := range f.rows {
		params += p + " *uint16, "
	}
	for _, p := range append(append([]string(nil), f.sums...), f.held...) {
		params += p + " *float32, "
	}
	start(c, f.name, "func("+params+"n, rows int"+f.more+")")
	stride, three, idx, left := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.Load(c.Param("n"), stride)
	c.ADDQ(stride, stride)
	c.LEAQ(Mem{Base: stride, Index: stride, Scale: 2}, three)
	var at []Register // of the columns being computed
	var group []Mem   // of the rows
	for _, p := range f.rows {
		r, m := pointer(c, p), c.AllocLocal(8)
		c.MOVQ(r, m)
		at, group = append(at, r), append(group, m)
	}
	vector := map[string]Register{}
	for _, p := range append(append([]string(nil), f.sums...), f.held...) {
		vector[p] = pointer(c, p)
	}
	rows := c.AllocLocal(8)
	c.Load(c.Param("rows"), left)
	c.MOVQ(left, rows)
	if f.begin != nil {
		f.begin(c)
	}
	k := c.K()
	for _, height := range []int{4, 1} {
		label := func(s string) string { return fmt.Sprintf("%s%d", s, height) }
		c.Label(label("group"))
		c.CMPQ(rows, Imm(uint64(height)))
		c.JL(LabelRef(label("end")))
		for i := range at {
			c.MOVQ(group[i], at[i])
		}
		c.XORQ(idx, idx)
		c.Load(c.Param("n"), left)
		sweep := func(k Op) {
			load16 := func(names []string) (v []VecVirtual) {
				for _, p := range names {
					v = append(v, load(c, Mem{Base: vector[p], Index: idx, Scale: 4}, k))
				}
				return v
			}
			held, sums := load16(f.held), load16(f.sums)
			for r := range height {
				var m []Mem
				for _, p := range at {
					m = append(m, []Mem{{Base: p}, {Base: p, Index: stride, Scale: 1}, {Base: p, Index: stride, Scale: 2}, {Base: p, Index: three, Scale: 1}}[r])
				}
				f.body(c, m, k, sums, held)
			}
			for i, p := range f.sums {
				store(c, sums[i], Mem{Base: vector[p], Index: idx, Scale: 4}, k)
			}
		}
		c.SUBQ(Imm(16), left)
		c.JL(LabelRef(label("few")))
		c.Label(label("whole"))
		sweep(nil)
		for _, p := range at {
			c.ADDQ(Imm(32), p)
		}
		c.ADDQ(Imm(16), idx)
		c.SUBQ(Imm(16), left)
		c.JGE(LabelRef(label("whole")))
		c.Label(label("few"))
		c.ADDQ(Imm(16), left)
		c.JZ(LabelRef(label("next")))
		ones := c.GP64()
		c.MOVQ(I32(-1), ones)
		c.BZHIQ(left, ones, ones)
		c.KMOVW(ones.As32(), k)
		sweep(k)
		c.Label(label("next"))
		for i := range at {
			c.MOVQ(group[i], at[i])
			c.LEAQ(Mem{Base: at[i], Index: stride, Scale: uint8(height)}, at[i])
			c.MOVQ(at[i], group[i])
		}
		c.SUBQ(Imm(uint64(height)), rows)
		c.JMP(LabelRef(label("group")))
		c.Label(label("end"))
	}
	c.VZEROUPPER()
	c.RET()
}

// above is the mask of what is above zero or NaN.
func above(c *build.Context, v VecVirtual) OpmaskVirtual {
	zero, k := c.ZMM(), c.K()
	c.VXORPS(zero, zero, zero)
	c.VCMPPS(Imm(0x16), zero, v, k) // not less or equal
	return k
}

// gated is dy where (x-mean)·a+b is above zero or NaN, else 0; and x-mean.
func gated(c *build.Context, dy, x Mem, k Op, mean, a, b VecVirtual) (g, d VecVirtual) {
	g, d = widen(c, dy, k), widen(c, x, k)
	c.VSUBPS(mean, d, d)
	if a != nil {
		v := c.ZMM()
		c.VMULPS(a, d, v)
		c.VADDPS(b, v, v)
		c.VMOVAPS_Z(g, above(c, v), g)
	}
	return g, d
}

// norms writes what normalisation does with bf16.
func norms(c *build.Context) {
	(&columns{
		name: "halfSum", rows: []string{"x"}, sums: []string{"sum"},
		body: func(c *build.Context, at []Mem, k Op, sums, _ []VecVirtual) {
			c.VADDPS(widen(c, at[0], k), sums[0], sums[0])
		},
	}).write(c)
	(&columns{
		name: "halfSquares", rows: []string{"x"}, sums: []string{"sum"}, held: []string{"mean"},
		body: func(c *build.Context, at []Mem, k Op, sums, held []VecVirtual) {
			d := widen(c, at[0], k)
			c.VSUBPS(held[0], d, d)
			c.VMULPS(d, d, d)
			c.VADDPS(d, sums[0], sums[0])
		},
	}).write(c)
	for _, z := range []bool{false, true} {
		name, rows := "halfNorm", []string{"y", "x"}
		if z {
			name, rows = "halfNormAdd", append(rows, "z")
		}
		var lo, hi VecVirtual
		(&columns{
			name: name, rows: rows, held: []string{"mean", "a", "b"}, more: ", lo, hi float32",
			begin: func(c *build.Context) {
				lo, hi = c.ZMM(), c.ZMM()
				c.VBROADCASTSS(address(c, "lo"), lo)
				c.VBROADCASTSS(address(c, "hi"), hi)
			},
			body: func(c *build.Context, at []Mem, k Op, _, held []VecVirtual) {
				v := widen(c, at[1], k)
				c.VSUBPS(held[0], v, v)
				c.VMULPS(held[1], v, v)
				c.VADDPS(held[2], v, v)
				if z {
					c.VADDPS(widen(c, at[2], k), v, v)
				}
				c.VMAXPS(v, lo, v) // a NaN in the last source stays
				c.VMINPS(v, hi, v)
				storeNarrow(c, v, at[0], k)
			},
		}).write(c)
	}
	for _, gate := range []bool{false, true} {
		dots, grad := "halfDots", "halfGrad"
		held, more := []string{"mean"}, []string{"mean", "c", "q", "p"}
		if gate {
			dots, grad = "halfDotsGate", "halfGradGate"
			held, more = append(held, "a", "b"), append(more, "a", "b")
		}
		ab := func(v []VecVirtual) (a, b VecVirtual) {
			if !gate {
				return nil, nil
			}
			return v[len(v)-2], v[len(v)-1]
		}
		(&columns{
			name: dots, rows: []string{"dy", "x"}, sums: []string{"sum", "dot"}, held: held,
			body: func(c *build.Context, at []Mem, k Op, sums, held []VecVirtual) {
				a, b := ab(held)
				g, d := gated(c, at[0], at[1], k, held[0], a, b)
				c.VADDPS(g, sums[0], sums[0])
				c.VMULPS(g, d, d)
				c.VADDPS(d, sums[1], sums[1])
			},
		}).write(c)
		(&columns{
			name: grad, rows: []string{"dx", "dy", "x"}, held: more,
			body: func(c *build.Context, at []Mem, k Op, _, held []VecVirtual) {
				a, b := ab(held)
				g, d := gated(c, at[1], at[2], k, held[0], a, b)
				c.VMULPS(held[1], g, g)
				c.VMULPS(held[2], d, d)
				c.VSUBPS(d, g, g)
				c.VSUBPS(held[3], g, g)
				storeNarrow(c, g, at[0], k)
			},
		}).write(c)
	}
}

// elements writes what is done element by element.
func elements(c *build.Context) {
	start(c, "halfAdd", "func(y, a, b *uint16, n int)")
	vectors(c, count(c), []stream{{pointer(c, "y"), 32}, {pointer(c, "a"), 32}, {pointer(c, "b"), 32}}, func(k Op, at []Mem) {
		v, w := widen(c, at[1], k), widen(c, at[2], k)
		c.VADDPS(w, v, v)
		storeNarrow(c, v, at[0], k)
	})
	start(c, "halfReLUGrad", "func(dx, dy, y *uint16, n int)")
	vectors(c, count(c), []stream{{pointer(c, "dx"), 32}, {pointer(c, "dy"), 32}, {pointer(c, "y"), 32}}, func(k Op, at []Mem) {
		v := widen(c, at[1], k)
		c.VMOVAPS_Z(v, above(c, widen(c, at[2], k)), v)
		storeNarrow(c, v, at[0], k)
	})
}

// address is the place of a scalar parameter.
func address(c *build.Context, name string) Mem {
	p, err := c.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}
