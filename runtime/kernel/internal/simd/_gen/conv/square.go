package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Byte offsets of the fields of simd.SquareTile; TestSquareLayout compares them.
const (
	squareX    = 0
	squareW    = 24
	squareY    = 48
	squareB    = 72
	squareZ    = 96
	squareXOff = 120
	squareYOff = 144
	squareT    = 168
	squareXI   = 176
	squareXJ   = 184
	squareYP   = 192
	squareYQ   = 200
	squareN    = 208
	squareOneP = 216
	squareOneQ = 224
	squarePool = 232
	squareOn   = 240
	squareLo   = 248
	squareHi   = 252
)

// Byte offsets of the fields of simd.Deal; TestSquareLayout compares them.
const (
	dealX    = 0
	dealY    = 24
	dealRows = 48
	dealN    = 56
	dealC    = 64
	dealXRow = 72
	dealYRow = 80
	dealEven = 88
	dealOdd  = 96
)

// deal writes Deal.run, which writes eight elements of every pixel.
func deal() {
	TEXT("dealAVX2", NOSPLIT, "func(d *byte)")
	arg := Load(Param("d"), GP64())
	field := fields(arg)
	x, even, odd := field(dealX, 0), field(dealY, 0), GP64()
	MOVQ(even, odd)
	for _, v := range []struct {
		to  Register
		off int
	}{{even, dealEven}, {odd, dealOdd}} {
		from := field(v.off, 0)
		LEAQ(Mem{Base: v.to, Index: from, Scale: 4}, v.to)
	}
	u := &unit{bytes: 32, mask: AllocLocal(32)}
	u.only(field(dealC, 0))
	mask := YMM()
	VMOVUPS(u.mask, mask)
	pixel, xrow, yrow, rows := field(dealC, 2), field(dealXRow, 2), field(dealYRow, 2), field(dealRows, 0)
	from, toEven, toOdd, left := GP64(), GP64(), GP64(), GP64()
	move := func(m Mem, to Register) {
		v := YMM()
		VMASKMOVPS(m, mask, v)
		VMOVUPS(v, Mem{Base: to})
		ADDQ(pixel, to)
	}
	Label("row")
	MOVQ(x, from)
	MOVQ(even, toEven)
	MOVQ(odd, toOdd)
	MOVQ(Mem{Base: arg, Disp: dealN}, left)
	SUBQ(Imm(2), left)
	JLT(LabelRef("last"))
	Label("pixels")
	move(Mem{Base: from}, toEven)
	move(Mem{Base: from, Index: pixel, Scale: 1}, toOdd)
	LEAQ(Mem{Base: from, Index: pixel, Scale: 2}, from)
	SUBQ(Imm(2), left)
	JGE(LabelRef("pixels"))
	Label("last")
	ADDQ(Imm(2), left)
	JZ(LabelRef("next"))
	move(Mem{Base: from}, toEven)
	Label("next")
	ADDQ(xrow, x)
	ADDQ(yrow, even)
	ADDQ(yrow, odd)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// squareTile writes SquareTile.Run for vectors of so many bytes, most tiles at once.
func squareTile(name string, bytes, most int) {
	TEXT(name, NOSPLIT, "func(t *byte, m int)")
	s := &squareLoop{tileLoop: newTileLoop(bytes, tileFields{squareN, squareXOff, squareYOff, squareXI, squareT})}
	for range most * 4 {
		if bytes == 32 {
			s.kept = append(s.kept, AllocLocal(32))
		}
	}
	s.run(most, s.body)
}

// squareLoop is the state of the loop over tiles.
type squareLoop struct {
	tileLoop
	x  []Register // of each tile
	w  Register
	xj apart

	kept []Mem // of 256-bit vectors: the outputs of each tile, until all are there
}

// body computes k tiles.
func (s *squareLoop) body(k int) {
	at := func(name string) string { return fmt.Sprintf("tiles%d%s", k, name) }
	Label(at(""))
	arg := Load(Param("t"), GP64())
	stride, off := GP64(), GP64()
	MOVQ(Mem{Base: arg, Disp: squareXJ}, stride)
	SHLQ(Imm(2), stride)
	s.xj = newApart(stride)
	MOVQ(s.xoff, off)
	s.x = make([]Register, k)
	for i := range s.x {
		p := GP64()
		MOVQ(Mem{Base: off, Disp: 8 * i}, p)
		SHLQ(Imm(2), p)
		ADDQ(Mem{Base: arg, Disp: squareX}, p)
		s.x[i] = p
	}
	s.w = GP64()
	MOVQ(Mem{Base: arg, Disp: squareW}, s.w)
	out := make([][2][]VecVirtual, k)
	for i := range places {
		for n, m := range s.sums(arg, at(fmt.Sprintf("_row%d", i))) {
			if h := output25(s.u, m); s.kept == nil {
				out[n] = s.add(i, out[n], h)
			} else {
				s.keep(i, n, h)
			}
		}
		for _, p := range s.x {
			ADDQ(s.skip, p)
		}
	}
	for n := range out {
		for i := 0; i < 4 && s.kept != nil; i++ {
			out[n][i/2] = append(out[n][i/2], s.fetch(n, i/2, i%2))
		}
	}
	s.finish(arg, out, at)
}

// fetch loads an output that is kept.
func (s *squareLoop) fetch(n, row, q int) VecVirtual {
	v := s.u.vector()
	VMOVUPS(s.kept[4*n+2*row+q], v)
	return v
}

// keep adds row i of tile n to its outputs where they are kept.
func (s *squareLoop) keep(i, n int, h []VecVirtual) {
	for q := range h {
		var y [2][]VecVirtual
		if i > 0 && i < 5 {
			y[0] = []VecVirtual{s.fetch(n, 0, q)}
		}
		if i > 1 {
			y[1] = []VecVirtual{s.fetch(n, 1, q)}
		}
		for row, v := range s.add(i, y, h[q:q+1]) {
			if len(v) > 0 {
				VMOVUPS(v[0], s.kept[4*n+2*row+q])
			}
		}
	}
}

// sums are the products of a row of places, added up over channels.
func (s *squareLoop) sums(arg Register, label string) [][]VecVirtual {
	u := s.u
	acc := make([][]VecVirtual, len(s.x))
	for n := range acc {
		for range places {
			acc[n] = append(acc[n], u.vector())
		}
	}
	term := func(first bool) {
		for j := range places {
			weights := Mem{Base: s.w, Disp: 64 * j}
			w := u.vector()
			VMOVUPS(weights, w)
			for n, p := range s.x {
				x, v := s.xj.at(p, j), w
				if u.bytes == 32 {
					v = u.vector()
					VBROADCASTSS(x, v)
				}
				switch {
				case u.bytes == 64 && first:
					VMULPS_BCST(x, w, acc[n][j])
				case u.bytes == 64:
					VFMADD231PS_BCST(x, w, acc[n][j])
				case first:
					VMULPS(v, w, acc[n][j])
				default:
					VFMADD231PS(v, w, acc[n][j])
				}
			}
		}
		ADDQ(I32(64*places), s.w)
		for _, p := range s.x {
			ADDQ(Imm(4), p)
		}
	}
	left := GP64()
	MOVQ(Mem{Base: arg, Disp: squareT}, left)
	term(true)
	DECQ(left)
	JZ(LabelRef(label + "_done"))
	Label(label)
	term(false)
	DECQ(left)
	JNZ(LabelRef(label))
	Label(label + "_done")
	return acc
}

// add adds row i of a tile to its outputs.
func (s *squareLoop) add(i int, y [2][]VecVirtual, h []VecVirtual) [2][]VecVirtual {
	factors := map[int]float64{1: alpha, 2: -alpha, 3: beta, 4: -beta}
	for q, v := range h {
		switch i {
		case 0:
			y[0] = append(y[0], v)
			continue
		case 5:
			VADDPS(v, y[1][q], y[1][q])
			continue
		case 1:
			y[1] = append(y[1], s.u.mul(factors[i], v))
		default:
			s.u.fmaTo(factors[i], v, y[1][q])
		}
		VADDPS(v, y[0][q], y[0][q])
	}
	return y
}

// fmaTo adds c·x to y, rounded once.
func (u *unit) fmaTo(c float64, x, y VecVirtual) {
	if u.bytes == 64 {
		VFMADD231PS_BCST(number(c), x, y)
	} else {
		VFMADD231PS(number(c), x, y)
	}
}

// finish pools, adds the bias and what lies at the outputs of z, clamps, where that
// is asked for, and stores.
func (s *squareLoop) finish(arg Register, out [][2][]VecVirtual, at func(string) string) {
	u := s.u
	CMPQ(Mem{Base: arg, Disp: squarePool}, Imm(0))
	JEQ(LabelRef(at("_plain")))
	for _, y := range out {
		VMOVAPS(u.most(u.most(y[0][0], y[0][1]), u.most(y[1][0], y[1][1])), y[0][0])
	}
	Label(at("_plain"))
	all := func(f func(v VecVirtual)) {
		for _, y := range out {
			for _, row := range y {
				for _, v := range row {
					f(v)
				}
			}
		}
	}
	u.bias(arg, squareB, at("_nobias"), all)
	yoff, yp, yq := GP64(), GP64(), GP64()
	MOVQ(s.yoff, yoff)
	MOVQ(Mem{Base: arg, Disp: squareYP}, yp)
	MOVQ(Mem{Base: arg, Disp: squareYQ}, yq)
	SHLQ(Imm(2), yp)
	SHLQ(Imm(2), yq)
	// each runs f for every output at its place in the slice of a field.
	each := func(field int, label string, f func(v VecVirtual, m Mem)) {
		base, p := GP64(), GP64()
		place := func(row, col int) {
			for n := range out {
				MOVQ(Mem{Base: yoff, Disp: 8 * n}, p)
				f(out[n][row][col], Mem{Base: base, Index: p, Scale: 4})
			}
		}
		MOVQ(Mem{Base: arg, Disp: field}, base)
		place(0, 0)
		CMPQ(Mem{Base: arg, Disp: squarePool}, Imm(0))
		JNE(LabelRef(at(label)))
		for row := range 2 {
			if row == 1 {
				CMPQ(Mem{Base: arg, Disp: squareOneP}, Imm(0))
				JNE(LabelRef(at(label)))
				ADDQ(yp, base)
				place(1, 0)
			}
			CMPQ(Mem{Base: arg, Disp: squareOneQ}, Imm(0))
			JNE(LabelRef(at(fmt.Sprintf("%s%d", label, row))))
			ADDQ(yq, base)
			place(row, 1)
			SUBQ(yq, base)
			Label(at(fmt.Sprintf("%s%d", label, row)))
		}
		Label(at(label))
	}
	CMPQ(Mem{Base: arg, Disp: squareZ + sliceLen}, Imm(0))
	JEQ(LabelRef(at("_noadd")))
	each(squareZ, "_noadd", func(v VecVirtual, m Mem) { VADDPS(u.load(m), v, v) })
	u.clamp(arg, squareOn, squareLo, squareHi, at("_noclamp"), all)
	each(squareY, "_stored", func(v VecVirtual, m Mem) { u.store(v, m) })
}
