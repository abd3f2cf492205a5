package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// squares is a pass of 5×5 taps from few channels in tiles of 2×2 outputs whose
// products stay in registers. The pixels of rows are dealt, even columns apart from odd
// ones, and mapped along rows, a vector holding elements of several tiles; then each row
// of tiles is mapped the other way and multiplied while it is near.
type squares struct {
	winograd
	written
}

// squaresOf is the pass w of a kernel.
func squaresOf(k minimalKernel, w *winograd) squares {
	s := squares{*w, writtenBy(k, w)}
	if s.pool { // of whole tiles
		s.rows, s.cols = s.P/2, s.Q/2
	}
	return s
}

// half is the room of the even or the odd pixels of a row that whole lines read, and
// for what simd.Deal writes beyond the last.
func (s *squares) half() int { return s.line() + (2*s.C+8+15)/16*16 }

// line is the room of one place of the tiles of a row.
func (s *squares) line() int { return (s.cols*s.C + 15) / 16 * 16 }

// read is the rows of pixels that so many rows of tiles read.
func (s *squares) read(rows int) int { return 2*rows + s.r - 1 }

// parts is the number of tasks of an image.
func (s *squares) parts() int {
	fit := max(1, (rowWindow/(2*s.half()+s.t*s.line())-s.r+1)/2)
	macs := s.P * s.Q * s.K * s.C * s.r * s.r
	return imageParts(s.rows, fit, macs, s.N)
}

// most is the most rows of tiles of a task.
func (s *squares) most() int {
	parts := s.parts()
	return (s.rows + parts - 1) / parts
}

func (s *squares) scratch() int {
	return s.read(s.most())*(2*s.half()+s.t*s.line()) + s.places()*s.line()
}

// squarePanel is the elements of the mapped weights of SquareCols output channels.
func (w *winograd) squarePanel() int { return w.places() * w.C * simd.SquareCols }

// squareFilters maps a panel of weights, whose rows of columns may make two panels.
func (w *winograd) squareFilters(packed, taps []float32, j int) {
	c := w.panels.at(j)
	row := w.C * c.Width
	for col := 0; col < c.Width; col += simd.SquareCols {
		dst := packed[(c.Col+col)/simd.SquareCols*w.squarePanel():][:w.squarePanel()]
		f := simd.Transform{
			X: taps[col:], Y: dst, N: w.C, C: min(simd.SquareCols, c.Width-col),
			XN: c.Width, XRow: w.r * row, XCol: row,
			YN: w.t * simd.SquareCols, YRow: w.C * w.t * simd.SquareCols, YCol: simd.SquareCols,
		}
		if f.C < simd.SquareCols {
			clear(dst)
		}
		f.Run(w.maps[mapFilter])
	}
}

// squaresTask computes some rows of tiles of one image.
func squaresTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(minimalKernel)
	w := k.pass()
	s := squaresOf(k, &w)
	parts := s.parts()
	n, part := i/parts, i%parts
	lo, hi := part*s.rows/parts, (part+1)*s.rows/parts
	scratch, count := p.Scratch(worker), s.read(hi-lo)
	dealt, scratch := scratch[:count*2*s.half()], scratch[count*2*s.half():]
	s.deal(dealt, t.F[1][n*s.H*s.W*s.C:][:s.H*s.W*s.C], 2*lo-s.PadT, count)

	line := s.line()
	row := s.t * line
	mapped, tiles := scratch[:count*row], scratch[count*row:][:s.t*row]
	f := simd.RowMap{
		X: dealt, Y: mapped, N: line, XStep: s.C, XOdd: s.half(), YStep: line,
		Rows: count, XRow: 2 * s.half(), YRow: row,
	}
	f.Run(s.maps[mapInput])
	o := squareOutputs{squares: s, e: epilogue{b: t.F[3], z: t.F[4], fn: s.fn}, x: tiles, packed: t.F[2], y: t.F[0], step: 2 * s.pitch}
	if s.pool {
		o.step = s.pitch
	}
	var table squareTable
	o.list(&table)
	f = simd.RowMap{Y: tiles, N: row, XStep: 2 * row, XOdd: row, YStep: row, Rows: 1}
	for j := lo; j < hi; j++ {
		f.X = mapped[2*(j-lo)*row:]
		f.Run(s.maps[mapInput])
		o.run(&table, n, j)
	}
}

// deal sets rows of dealt pixels to so many rows of an image from the first on,
// between zeros.
func (s *squares) deal(dealt, x []float32, first, count int) {
	half, size := s.half(), 2*(s.cols+2)
	left, from := min(max(s.PadL, 0), size), min(max(-s.PadL, 0), s.W)
	n := min(s.W-from, size-left)
	top := max(0, min(count, -first))
	bottom := max(top, min(count, s.H-first))
	if n < size || bottom-top < count {
		clear(dealt)
	}
	if n <= 0 || top == bottom {
		return
	}
	d := simd.Deal{
		X: x[((first+top)*s.W+from)*s.C:], Y: dealt[2*top*half:], Rows: bottom - top, N: n, C: s.C,
		XRow: s.W * s.C, YRow: 2 * half, Even: left / 2 * s.C, Odd: half + left/2*s.C,
	}
	if left%2 == 1 {
		d.Even, d.Odd = d.Odd, d.Even+s.C
	}
	d.Run()
}

// squareOutputs makes the outputs of rows of tiles.
type squareOutputs struct {
	squares
	e            epilogue
	x, packed, y []float32
	step         int // from a tile of y to the next
}

// squareTable is the offsets of tiles in a row of them and in the output.
type squareTable struct{ x, y [32]int }

// list sets the table, which suits every run of tiles.
func (o *squareOutputs) list(table *squareTable) {
	for i := range min(o.cols, len(table.x)) {
		table.x[i], table.y[i] = i*o.C, i*o.step
	}
}

// run computes row j of the tiles of image n.
func (o *squareOutputs) run(table *squareTable, n, j int) {
	line, first, whole := o.line(), (n*o.P+2*j)*o.Q*o.pitch, o.Q/2
	t := simd.SquareTile{
		XOff: table.x[:], YOff: table.y[:], T: o.C, XI: o.t * line, XJ: line,
		YP: o.Q * o.pitch, YQ: o.pitch, Clamp: o.e.fn.clamp(),
	}
	if o.pool {
		first, t.Pool = (n*o.rows+j)*o.cols*o.pitch, 1
	} else if 2*j+1 == o.P {
		t.OneP = 1
	}
	for q := 0; q < o.cols; {
		m := min(whole-q, len(table.x))
		if m == 0 {
			m, t.OneQ = 1, 1
		}
		t.X = o.x[q*o.C:]
		at := first + q*o.step
		for col := 0; col < o.K; col += simd.SquareCols {
			t.N, t.W, t.Y = min(simd.SquareCols, o.K-col), o.packed[col/simd.SquareCols*o.squarePanel():], o.y[at+col:]
			if o.e.b != nil {
				t.B = o.e.b[col:]
			}
			if o.e.z != nil {
				t.Z = o.e.z[at+col:]
			}
			t.Run(m)
		}
		q += m
	}
	if o.e.fn.late() {
		for i := range 2 - t.OneP {
			o.e.fn.apply(o.y[first+i*t.YP:], o.K, o.Q, o.pitch)
		}
	}
}
