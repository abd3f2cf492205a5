package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The offsets of the fields of Row.
const (
	rowN = 8 * iota
	rowC
	rowYStep
	rowXStep
	rowR
	rowRStep
	rowS
	rowSStep
	rowTap
	rowTapSkip
)

// lane is a part of the channels of one pixel that fits a register.
type lane struct {
	offset int // bytes from the first channel
	count  int // 8, 4, 2 or 1
}

// widths are the numbers of channels that are done together, the widest first.
// The widest takes a cache line.
var widths = []struct {
	channels int
	lanes    []lane
}{
	{16, []lane{{0, 8}, {32, 8}}},
	{8, []lane{{0, 8}}},
	{4, []lane{{0, 4}}},
	{2, []lane{{0, 2}}},
	{1, []lane{{0, 1}}},
}

func (l lane) register() VecVirtual {
	if l.count == 8 {
		return YMM()
	}
	return XMM()
}

func (l lane) at(base Register) Mem { return Mem{Base: base, Disp: l.offset} }

func (l lane) load(base Register) VecVirtual {
	v := l.register()
	l.loadInto(v, base)
	return v
}

func (l lane) loadInto(v VecVirtual, base Register) {
	switch l.count {
	case 2:
		VMOVSD(l.at(base), v)
	case 1:
		VMOVSS(l.at(base), v)
	default:
		VMOVUPS(l.at(base), v)
	}
}

func (l lane) store(v VecVirtual, base Register) {
	switch l.count {
	case 2:
		VMOVSD(v, l.at(base))
	case 1:
		VMOVSS(v, l.at(base))
	default:
		VMOVUPS(v, l.at(base))
	}
}

// fill returns a register with the 32-bit word at m in every place.
func (l lane) fill(m Mem) VecVirtual {
	v := l.register()
	VBROADCASTSS(m, v)
	return v
}

// window is one width of channels in one output pixel. start runs before its
// taps, tap at each with the tap's address, row after each row of taps, finish
// after all. The pointers of output-sized operands are in out.
type window struct {
	start, tap, row, finish func(l lane, out []Register, tap Register)
}

// advance moves a pointer by the step that is a field of a Row.
func advance(p, row Register, field int) {
	step := GP64()
	MOVQ(Mem{Base: row, Disp: field}, step)
	LEAQ(Mem{Base: p, Index: step, Scale: 4}, p)
}

// rows defines a function over a Row. out names the
// pointers of output-sized operands, x that of the input-sized one. body
// returns the window's work for some lanes and is called once a width.
func rows(name, signature, doc string, out []string, x string, body func(row Register, lanes []lane) window) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(doc)
	outs := make([]Register, len(out))
	for i, p := range out {
		outs[i] = Load(Param(p), GP64())
	}
	in := Load(Param(x), GP64())
	row := Load(Param("w"), GP64())
	channels, sStep := GP64(), GP64()
	MOVQ(Mem{Base: row, Disp: rowC}, channels)
	MOVQ(Mem{Base: row, Disp: rowSStep}, sStep)
	SHLQ(Imm(2), sStep)
	for _, w := range widths {
		label := func(s string) string { return fmt.Sprint(s, w.channels) }
		Label(label("width"))
		CMPQ(channels, Imm(uint64(w.channels)))
		JLT(LabelRef(label("narrower")))
		work := body(row, w.lanes)
		each := func(f func(lane, []Register, Register), at []Register, tap Register) {
			if f != nil {
				for _, l := range w.lanes {
					f(l, at, tap)
				}
			}
		}
		n, pixel := GP64(), GP64()
		at := make([]Register, len(outs))
		for i := range outs {
			at[i] = GP64()
			MOVQ(outs[i], at[i])
		}
		MOVQ(in, pixel)
		MOVQ(Mem{Base: row, Disp: rowN}, n)
		next := func(loop string) {
			each(work.finish, at, nil)
			for i := range at {
				advance(at[i], row, rowYStep)
			}
			advance(pixel, row, rowXStep)
			DECQ(n)
			JNZ(LabelRef(label(loop)))
		}
		CMPQ(Mem{Base: row, Disp: rowR}, Imm(2))
		JNE(LabelRef(label("pixel")))
		CMPQ(Mem{Base: row, Disp: rowS}, Imm(2))
		JNE(LabelRef(label("pixel")))

		// The commonest window, two by two, without its loops.
		Label(label("quad"))
		each(work.start, at, nil)
		corner := GP64()
		each(work.tap, at, pixel)
		LEAQ(Mem{Base: pixel, Index: sStep, Scale: 1}, corner)
		each(work.tap, at, corner)
		each(work.row, at, nil)
		MOVQ(pixel, corner)
		advance(corner, row, rowRStep)
		each(work.tap, at, corner)
		ADDQ(sStep, corner)
		each(work.tap, at, corner)
		next("quad")
		JMP(LabelRef(label("following")))

		Label(label("pixel"))
		each(work.start, at, nil)
		r, line := GP64(), GP64()
		MOVQ(pixel, line)
		MOVQ(Mem{Base: row, Disp: rowR}, r)
		Label(label("row"))
		s, tap := GP64(), GP64()
		MOVQ(line, tap)
		MOVQ(Mem{Base: row, Disp: rowS}, s)
		Label(label("tap"))
		each(work.tap, at, tap)
		ADDQ(sStep, tap)
		DECQ(s)
		JNZ(LabelRef(label("tap")))
		each(work.row, at, nil)
		advance(line, row, rowRStep)
		DECQ(r)
		JNZ(LabelRef(label("row")))
		next("pixel")
		Label(label("following"))
		for _, p := range append(outs[:len(outs):len(outs)], in) {
			ADDQ(Imm(uint64(4*w.channels)), p)
		}
		SUBQ(Imm(uint64(w.channels)), channels)
		JMP(LabelRef(label("width")))
		Label(label("narrower"))
	}
	VZEROUPPER()
	RET()
}

// registers gives every lane of a width a register.
func registers(lanes []lane) map[lane]VecVirtual {
	m := map[lane]VecVirtual{}
	for _, l := range lanes {
		m[l] = l.register()
	}
	return m
}

// counter numbers the taps of a window, as Row.Tap and Row.TapSkip say.
type counter struct {
	row       Register
	now       VecVirtual // shared by the lanes
	one, skip VecVirtual
	first     lane
}

func newCounter(row Register, lanes []lane) *counter {
	l := lanes[0]
	return &counter{row, l.register(), l.fill(bits(1)), l.fill(Mem{Base: row, Disp: rowTapSkip}), l}
}

func (c *counter) reset(l lane) {
	if l == c.first {
		VBROADCASTSS(Mem{Base: c.row, Disp: rowTap}, c.now)
	}
}

// next runs after the last lane of a tap.
func (c *counter) next(l lane, lanes []lane) {
	if l == lanes[len(lanes)-1] {
		VPADDD(c.one, c.now, c.now)
	}
}

func (c *counter) nextRow(l lane) {
	if l == c.first {
		VPADDD(c.skip, c.now, c.now)
	}
}

func pools() {
	negInf := number(math.Inf(-1))
	const steps = " w points to the fields of a Row; w.N, w.C, w.R and w.S are positive."
	rows("maxAVX2", "func(y, x *float32, w *int)", "maxAVX2 is the Go loop of Row.Max."+steps,
		[]string{"y"}, "x", func(row Register, lanes []lane) window {
			best := registers(lanes)
			return window{
				start: func(l lane, out []Register, _ Register) { VBROADCASTSS(negInf, best[l]) },
				tap: func(l lane, out []Register, tap Register) {
					v, nan := l.load(tap), l.register()
					VCMPPS(Imm(unordered), v, v, nan)
					VMAXPS(best[l], v, best[l]) // the second source where one is NaN or both are 0
					VBLENDVPS(nan, v, best[l], best[l])
				},
				finish: func(l lane, out []Register, _ Register) { l.store(best[l], out[0]) },
			}
		})
	rows("maxIndexAVX2", "func(y *float32, index *int32, x *float32, w *int)", "maxIndexAVX2 is the Go loop of Row.MaxIndex."+steps,
		[]string{"y", "index"}, "x", func(row Register, lanes []lane) window {
			best, at, number := registers(lanes), registers(lanes), newCounter(row, lanes)
			return window{
				start: func(l lane, out []Register, _ Register) {
					number.reset(l)
					VBROADCASTSS(negInf, best[l])
					VBROADCASTSS(Mem{Base: row, Disp: rowTap}, at[l])
				},
				tap: func(l lane, out []Register, tap Register) {
					v, nan, take := l.load(tap), l.register(), l.register()
					VCMPPS(Imm(unordered), v, v, nan)
					VCMPPS(Imm(greater), best[l], v, take)
					VORPS(nan, take, take)
					VBLENDVPS(take, v, best[l], best[l])
					VBLENDVPS(take, number.now, at[l], at[l])
					number.next(l, lanes)
				},
				row: func(l lane, out []Register, _ Register) { number.nextRow(l) },
				finish: func(l lane, out []Register, _ Register) {
					l.store(best[l], out[0])
					l.store(at[l], out[1])
				},
			}
		})
	rows("maxGradAVX2", "func(dx, dy *float32, index *int32, w *int)", "maxGradAVX2 is the Go loop of Row.MaxGrad; taps that were not taken get +0 added."+steps,
		[]string{"dy", "index"}, "dx", func(row Register, lanes []lane) window {
			dy, at, number := registers(lanes), registers(lanes), newCounter(row, lanes)
			return window{
				start: func(l lane, out []Register, _ Register) {
					number.reset(l)
					l.loadInto(dy[l], out[0])
					l.loadInto(at[l], out[1])
				},
				tap: func(l lane, out []Register, tap Register) {
					v, here := l.load(tap), l.register()
					VPCMPEQD(number.now, at[l], here)
					VANDPS(dy[l], here, here)
					VADDPS(here, v, v)
					l.store(v, tap)
					number.next(l, lanes)
				},
				row: func(l lane, out []Register, _ Register) { number.nextRow(l) },
			}
		})
	rows("meanAVX2", "func(y, x *float32, count float32, w *int)", "meanAVX2 is the Go loop of Row.Mean."+steps,
		[]string{"y"}, "x", func(row Register, lanes []lane) window {
			sum, count := registers(lanes), lanes[0].fill(argument("count"))
			return window{
				start: func(l lane, out []Register, _ Register) { VXORPS(sum[l], sum[l], sum[l]) },
				tap:   func(l lane, out []Register, tap Register) { VADDPS(l.load(tap), sum[l], sum[l]) },
				finish: func(l lane, out []Register, _ Register) {
					VDIVPS(count, sum[l], sum[l])
					l.store(sum[l], out[0])
				},
			}
		})
	rows("meanGradAVX2", "func(dx, dy *float32, count float32, w *int)", "meanGradAVX2 is the Go loop of Row.MeanGrad."+steps,
		[]string{"dy"}, "dx", func(row Register, lanes []lane) window {
			dy, count := registers(lanes), lanes[0].fill(argument("count"))
			return window{
				start: func(l lane, out []Register, _ Register) {
					l.loadInto(dy[l], out[0])
					VDIVPS(count, dy[l], dy[l])
				},
				tap: func(l lane, out []Register, tap Register) {
					v := l.load(tap)
					VADDPS(dy[l], v, v)
					l.store(v, tap)
				},
			}
		})
}
