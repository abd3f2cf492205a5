package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// quadPlanes is a pass of 5×5 taps from one input channel by rows, F(1×4, 5×5),
// computed as planes is: its vectors run over the tiles of two rows of outputs,
// whatever the output channels.
type quadPlanes struct {
	winograd
	written
	inside bool // the maximum is taken before the planes are stored
}

// quadPlanesOf is the pass w of a kernel.
func quadPlanesOf(k minimalKernel, w *winograd) quadPlanes {
	s := quadPlanes{winograd: *w, written: writtenBy(k, w)}
	s.inside = s.pool && !s.fn.late()
	return s
}

// vectors is the number of vectors of tiles of a pair of rows.
func (s *quadPlanes) vectors() int { return (s.Q + simd.QuadColumns - 1) / simd.QuadColumns }

// row is the elements of a mapped row.
func (s *quadPlanes) row() int { return s.vectors() * simd.QuadPlaces * simd.QuadLanes }

// twos is the number of pairs of rows of outputs of an image.
func (s *quadPlanes) twos() int {
	if s.pool {
		return s.P / 2
	}
	return (s.P + 1) / 2
}

// read is the rows that so many pairs of rows are made of.
func (s *quadPlanes) read(pairs int) int { return 2*pairs + s.r - 1 }

// parts is the number of tasks of an image.
func (s *quadPlanes) parts() int {
	pairs := s.twos()
	fit := max(1, (planeWindow/s.row()-s.r)/2)
	macs := s.P * s.Q * s.K * s.r * s.r
	return imageParts(pairs, fit, macs, s.N)
}

// most is the most pairs of rows of a task.
func (s *quadPlanes) most() int {
	parts := s.parts()
	return (s.twos() + parts - 1) / parts
}

// madeElements is the most elements of planes that are made before they are
// written as pixels, if that is a pair of rows at least.
const madeElements = 4 << 10

// made is how many pairs of rows are made together, as planes of so many rows for each
// of them, and the distance of these.
func (s *quadPlanes) made() (block, rows, pitch int) {
	rows, pitch = 2, s.vectors()*simd.QuadColumns
	if s.inside {
		rows, pitch = 1, pitch/2
	}
	return max(1, min(madeElements/(s.channels()*rows*pitch), s.most())), rows, pitch
}

// channels is the most channels that are made together.
func (s *quadPlanes) channels() int { return min(s.K, simd.QuadCols) }

// scratch is the memory for mapped rows and one more, planes, and their pixels where
// something is added to these.
func (s *quadPlanes) scratch() int {
	block, rows, pitch := s.made()
	return (s.read(s.most())+1)*s.row() + s.channels()*block*(rows*pitch+2*s.Q)
}

// quadPanel is the elements of the mapped weights of QuadCols output channels.
func (w *winograd) quadPanel() int { return w.r * simd.QuadPlaces * simd.QuadCols }

// quadFilters maps a panel of weights, whose rows of columns may make two panels.
func (w *winograd) quadFilters(packed, taps []float32, j int) {
	c := w.panels.at(j)
	for col := range c.Width {
		at := c.Col + col
		if at/simd.QuadCols >= w.rowPanels() {
			return
		}
		dst := packed[at/simd.QuadCols*w.quadPanel()+at%simd.QuadCols:]
		if at%simd.QuadCols == 0 && c.Width < simd.QuadCols {
			clear(dst[:w.quadPanel()])
		}
		for r := range w.r {
			var g [5]float32
			for s := range g {
				g[s] = taps[(r*w.r+s)*c.Width+col]
			}
			simd.QuadFilter(dst[r*simd.QuadPlaces*simd.QuadCols:], g)
		}
	}
}

// quadPlanesTask computes some pairs of rows of one image.
func quadPlanesTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(minimalKernel)
	w := k.pass()
	s := quadPlanesOf(k, &w)
	parts, all := s.parts(), s.twos()
	n, part := i/parts, i%parts
	lo, hi := part*all/parts, (part+1)*all/parts
	x := p.Scratch(worker)
	s.input(x, t.F[1], n, 2*lo-s.PadT, s.read(hi-lo))
	x, made := x[s.row():], x[(s.read(s.most())+1)*s.row():]

	block, rows, pitch := s.made()
	o := quadOutputs{quadPlanes: s, b: t.F[3], y: t.F[0], z: t.F[4], flat: made[s.channels()*block*rows*pitch:]}
	m := simd.PlaneTile{Y: made, R: s.r, N: s.vectors(), XRow: s.row(), YRow: pitch, YK: block * rows * pitch}
	if o.z == nil {
		m.Clamp = s.fn.clamp()
	}
	if s.inside {
		m.Pool = 1
	}
	o.planes = simd.Pixels{X: made, N: s.Q, XK: m.YK, XRow: pitch, XNext: pitch}
	if s.pool {
		o.planes.N, o.planes.XNext = s.Q/2, rows*pitch
	}
	if s.pool && !s.inside {
		o.planes.Pool = 1
	}
	for j := range s.rowPanels() {
		col := j * simd.QuadCols
		m.K, m.W = min(simd.QuadCols, s.K-col), t.F[2][j*s.quadPanel():]
		if o.b != nil {
			m.B = o.b[col:]
		}
		for pair := lo; pair < hi; pair += block {
			m.P, m.X = min(block, hi-pair), x[2*(pair-lo)*s.row():]
			m.Run()
			if s.fn.late() && o.z == nil {
				s.fn.apply(made, m.P*rows*pitch, m.K, m.YK)
			}
			o.write(n, pair, m.P, col, m.K)
		}
	}
}

// input maps so many rows of image n from the first on, between zeros.
func (s *quadPlanes) input(mapped, x []float32, n, first, count int) {
	row := s.row()
	top := max(0, min(count, -first))
	bottom := max(top, min(count, s.H-first))
	if top > 0 {
		clear(mapped[:(top+1)*row])
	}
	if bottom < count {
		clear(mapped[bottom*row : (count+1)*row])
	}
	if top == bottom {
		return
	}
	m := simd.PlaneMap{
		X: x, At: (n*s.H + first + top) * s.W, Y: mapped[top*row:], Rows: bottom - top, W: s.W,
		XRow: s.W, YRow: row, Left: s.PadL, N: s.vectors(),
	}
	m.Run()
}

// quadOutputs writes planes as pixels.
type quadOutputs struct {
	quadPlanes
	planes        simd.Pixels
	b, y, z, flat []float32
}

// write writes count pairs of rows from one on of image n, in k channels from col on.
func (o *quadOutputs) write(n, pair, count, col, k int) {
	t := o.planes
	t.K, t.YN = k, o.pitch
	t.YNext = t.N * o.pitch
	if o.pool {
		t.Rows, t.Y = count, o.y[(n*o.twos()+pair)*t.YNext+col:]
		t.Run()
		return
	}
	at := (n*o.P + 2*pair) * t.YNext
	t.Rows, t.Y = min(2*count, o.P-2*pair), o.y[at+col:]
	if o.z == nil {
		t.Run()
		return
	}
	t.Y, t.YN, t.YNext = o.flat, k, o.Q*k
	t.Run()
	run := k // of elements that lie together
	if k == o.K {
		run = t.Rows * o.Q * k
	}
	for i := 0; i < t.Rows*o.Q*k; i += run {
		to := at + i/k*o.K + col
		simd.Add(o.y[to:to+run], o.flat[i:i+run], o.z[to:to+run])
	}
	if o.fn != Linear {
		o.fn.apply(o.y[at+col:], k, t.Rows*o.Q, o.K)
	}
}
