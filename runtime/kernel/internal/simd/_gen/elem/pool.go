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

// slim is the number of channels below which pixels follow each other in the
// inner loop.
const slim = 16

// rows defines a function over a Row. out names the
// pointers of output-sized operands, x that of the input-sized one. body
// returns the window's work for some lanes and is called once a width and loop.
// Pixels come one after another with all their channels, so that memory is read
// in streams; of slim pixels one width of channels after the other.
func rows(name, signature, doc string, out []string, x string, body func(row Register, lanes []lane) window) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(doc)
	f := &rowLoop{body: body, outs: make([]Register, len(out)), at: make([]Register, len(out))}
	for i, p := range out {
		f.outs[i], f.at[i] = Load(Param(p), GP64()), GP64()
	}
	f.in = Load(Param(x), GP64())
	f.row = Load(Param("w"), GP64())
	f.inner, f.sStep, f.pixel, f.outer = GP64(), GP64(), GP64(), AllocLocal(8)
	MOVQ(Mem{Base: f.row, Disp: rowSStep}, f.sStep)
	SHLQ(Imm(2), f.sStep)
	CMPQ(Mem{Base: f.row, Disp: rowC}, Imm(slim))
	JLT(LabelRef("slim"))
	f.wide()
	Label("slim")
	f.slim()
}

// rowLoop is the state of the loops of a function over a Row.
type rowLoop struct {
	body       func(row Register, lanes []lane) window
	outs, at   []Register // operands, and the current place in them
	in, pixel  Register
	row, sStep Register
	inner      Register // channels left of a wide pixel, or slim pixels left
	outer      Mem      // the other
}

// wide takes the channels of a pixel in the inner loop.
func (f *rowLoop) wide() {
	n := GP64()
	MOVQ(Mem{Base: f.row, Disp: rowN}, n)
	MOVQ(n, f.outer)
	Label("pixel")
	for i := range f.outs {
		MOVQ(f.outs[i], f.at[i])
	}
	MOVQ(f.in, f.pixel)
	MOVQ(Mem{Base: f.row, Disp: rowC}, f.inner)
	for _, w := range widths {
		label := func(s string) string { return fmt.Sprint(s, w.channels) }
		Label(label("width"))
		CMPQ(f.inner, Imm(uint64(w.channels)))
		JLT(LabelRef(label("narrower")))
		f.window(w.lanes, label)
		for _, p := range append(f.at[:len(f.at):len(f.at)], f.pixel) {
			ADDQ(Imm(uint64(4*w.channels)), p)
		}
		SUBQ(Imm(uint64(w.channels)), f.inner)
		JMP(LabelRef(label("width")))
		Label(label("narrower"))
	}
	for _, p := range f.outs {
		advance(p, f.row, rowYStep)
	}
	advance(f.in, f.row, rowXStep)
	DECQ(f.outer)
	JNZ(LabelRef("pixel"))
	VZEROUPPER()
	RET()
}

// slim takes pixels in the inner loop.
func (f *rowLoop) slim() {
	channels := GP64()
	MOVQ(Mem{Base: f.row, Disp: rowC}, channels)
	MOVQ(channels, f.outer)
	for _, w := range widths {
		if w.channels >= slim {
			continue
		}
		label := func(s string) string { return fmt.Sprint("slim_", s, w.channels) }
		Label(label("width"))
		CMPQ(f.outer, Imm(uint64(w.channels)))
		JLT(LabelRef(label("narrower")))
		MOVQ(Mem{Base: f.row, Disp: rowN}, f.inner)
		for i := range f.outs {
			MOVQ(f.outs[i], f.at[i])
		}
		MOVQ(f.in, f.pixel)
		Label(label("pixel"))
		f.window(w.lanes, label)
		for _, p := range f.at {
			advance(p, f.row, rowYStep)
		}
		advance(f.pixel, f.row, rowXStep)
		DECQ(f.inner)
		JNZ(LabelRef(label("pixel")))
		for _, p := range append(f.outs[:len(f.outs):len(f.outs)], f.in) {
			ADDQ(Imm(uint64(4*w.channels)), p)
		}
		SUBQ(Imm(uint64(w.channels)), f.outer)
		JMP(LabelRef(label("width")))
		Label(label("narrower"))
	}
	VZEROUPPER()
	RET()
}

// window does one window. Every tap of the common ones has loads of its own.
func (f *rowLoop) window(lanes []lane, label func(string) string) {
	work := f.body(f.row, lanes)
	each := func(do func(lane, []Register, Register), tap Register) {
		if do != nil {
			for _, l := range lanes {
				do(l, f.at, tap)
			}
		}
	}
	each(work.start, nil)
	for _, size := range []int{2, 3} {
		next := label(fmt.Sprint("not", size, "of"))
		CMPQ(Mem{Base: f.row, Disp: rowR}, Imm(uint64(size)))
		JNE(LabelRef(next))
		CMPQ(Mem{Base: f.row, Disp: rowS}, Imm(uint64(size)))
		JNE(LabelRef(next))
		line, tap := GP64(), GP64()
		MOVQ(f.pixel, line)
		for r := range size {
			MOVQ(line, tap)
			for s := range size {
				each(work.tap, tap)
				if s < size-1 {
					ADDQ(f.sStep, tap)
				}
			}
			each(work.row, nil)
			if r < size-1 {
				advance(line, f.row, rowRStep)
			}
		}
		JMP(LabelRef(label("finish")))
		Label(next)
	}
	r, line := GP64(), GP64()
	MOVQ(f.pixel, line)
	MOVQ(Mem{Base: f.row, Disp: rowR}, r)
	Label(label("row"))
	s, tap := GP64(), GP64()
	MOVQ(line, tap)
	MOVQ(Mem{Base: f.row, Disp: rowS}, s)
	Label(label("tap"))
	each(work.tap, tap)
	ADDQ(f.sStep, tap)
	DECQ(s)
	JNZ(LabelRef(label("tap")))
	each(work.row, nil)
	advance(line, f.row, rowRStep)
	DECQ(r)
	JNZ(LabelRef(label("row")))
	Label(label("finish"))
	each(work.finish, nil)
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
