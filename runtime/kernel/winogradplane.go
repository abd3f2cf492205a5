package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// pairPlanes is a pass by rows from one input channel, computed as planes is: its
// vectors run over the pairs of outputs of a row, whatever the output channels. It
// reads the same weights and gives the same bits as winogradRowTask.
type pairPlanes struct {
	winograd
	written
	inside bool // the maximum is taken before the planes are stored
}

// planar says that the pass is computed so where nothing is added to it.
func (w *winograd) planar() bool { return w.byRow && w.C == 1 && w.Q >= simd.PairLanes }

// pairPlanesOf is the pass w of a kernel.
func pairPlanesOf(k minimalKernel, w *winograd) pairPlanes {
	s := pairPlanes{winograd: *w, written: writtenBy(k, w)}
	s.inside = s.pool && !s.fn.late()
	return s
}

// step is the rows of outputs that make one of the map that is written.
func (s *pairPlanes) step() int {
	if s.pool {
		return 2
	}
	return 1
}

// vectors is the number of vectors of pairs of a row.
func (s *pairPlanes) vectors() int { return (s.pairs() + simd.PairLanes - 1) / simd.PairLanes }

// row is the elements of a mapped row.
func (s *pairPlanes) row() int { return s.vectors() * simd.RowPlaces * simd.PairLanes }

// read is the mapped rows that so many rows of the written map are made of.
func (s *pairPlanes) read(rows int) int { return rows*s.step() + s.r - 1 }

// parts is the number of tasks of an image.
func (s *pairPlanes) parts() int {
	rows := s.P / s.step()
	fit := max(1, (planeWindow/s.row()-s.r+1)/s.step())
	macs := s.P * s.Q * s.K * s.r * s.r
	parts := max((rows+fit-1)/fit, min(macs/minTask, wantTasks/s.N))
	return max(1, min(parts, rows))
}

// most is the most rows of the written map that a task makes.
func (s *pairPlanes) most() int {
	parts := s.parts()
	return (s.P/s.step() + parts - 1) / parts
}

// madeElements is the most elements of planes that are made before they are
// written as pixels, if that is a row at least.
const madeElements = 4 << 10

// made is how many rows of the written map are made together, as planes of so many
// rows for each of them, and the distance of these.
func (s *pairPlanes) made() (block, rows, pitch int) {
	rows, pitch = s.step(), 2*s.vectors()*simd.PairLanes
	if s.inside {
		rows, pitch = 1, pitch/2
	}
	channels := min(s.K, simd.RowCols)
	return max(1, min(madeElements/(channels*rows*pitch), s.most())), rows, pitch
}

func (s *pairPlanes) scratch() int {
	block, rows, pitch := s.made()
	return s.read(s.most())*s.row() + min(s.K, simd.RowCols)*block*rows*pitch
}

// pairPlanesTask computes some rows of the written map of one image.
func pairPlanesTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(minimalKernel)
	w := k.pass()
	s := pairPlanesOf(k, &w)
	parts, all := s.parts(), s.P/s.step()
	n, part := i/parts, i%parts
	lo, hi := part*all/parts, (part+1)*all/parts
	x := p.Scratch(worker)
	size := s.read(s.most()) * s.row()
	s.input(x, t.F[1][n*s.H*s.W:][:s.H*s.W], s.step()*lo-s.PadT, s.read(hi-lo))

	e := epilogue{b: t.F[3], fn: s.fn}
	block, rows, pitch := s.made()
	m := simd.PlanePairs{Y: x[size:], R: s.r, N: s.vectors(), XRow: s.row(), YRow: pitch, YK: block * rows * pitch, Clamp: e.fn.clamp()}
	o := simd.Pixels{X: m.Y, N: s.Q / s.step(), XK: m.YK, XRow: pitch, YN: s.pitch, XNext: rows * pitch, YNext: s.Q / s.step() * s.pitch}
	if s.inside {
		m.Pool = 1
	} else if s.pool {
		o.Pool = 1
	}
	for j := range s.rowPanels() {
		col := j * simd.RowCols
		m.K, m.W = min(simd.RowCols, s.K-col), t.F[2][j*s.rowPanel():]
		o.K = m.K
		if e.b != nil {
			m.B = e.b[col:]
		}
		for row := lo; row < hi; row += block {
			count := min(block, hi-row)
			m.P, m.X = count*rows, x[s.step()*(row-lo)*s.row():]
			m.Run()
			if e.fn.late() {
				e.fn.apply(m.Y, count*rows*pitch, m.K, m.YK)
			}
			o.Rows, o.X, o.Y = count, m.Y, t.F[0][(n*all+row)*o.YNext+col:]
			o.Run()
		}
	}
}

// input maps so many rows of an image from the first on, between zeros.
func (s *pairPlanes) input(mapped, x []float32, first, count int) {
	row := s.row()
	top := max(0, min(count, -first))
	bottom := max(top, min(count, s.H-first))
	clear(mapped[:top*row])
	clear(mapped[bottom*row : count*row])
	if top == bottom {
		return
	}
	m := simd.PlaneMap{
		X: x[(first+top)*s.W:], Y: mapped[top*row:], Rows: bottom - top, W: s.W,
		XRow: s.W, YRow: row, Left: s.PadL, N: s.vectors(),
	}
	m.Run()
}
