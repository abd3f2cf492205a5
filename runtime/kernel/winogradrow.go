package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// fewChannels is the most input channels of a pass whose maps run over vectors of
// elements: of more, vectors of channels are full.
const fewChannels = 8

// setForm gives the pass the form that suits it: where channels are few, squares; of
// one, which has no sum over channels to make a map of both ways worth while,
// filtering goes along rows alone, F(1×4, 5×5) of planes, or F(1×2, 5×5) where a row
// does not fill half a vector.
func (w *winograd) setForm() {
	switch {
	case w.r != 5 || w.C > fewChannels:
		w.form = byTile
	case w.C > 1:
		w.form = bySquare
	case w.Q >= simd.QuadColumns/2:
		w.form = byPlane
	default:
		w.form = byRow
	}
}

// rowWindow is the most elements of the mapped rows of a task.
const rowWindow = 64 << 10

// pairs is the number of pairs of outputs of a row, of which the last one may be
// half.
func (w *winograd) pairs() int { return (w.Q + 1) / 2 }

// rowPixels is the pixels that the pairs of a row read.
func (w *winograd) rowPixels() int { return 2*w.pairs() + w.r - 1 }

// rowParts is the number of tasks of an image.
func (w *winograd) rowParts() int {
	fit := max(1, rowWindow/(simd.RowPlaces*w.rowPixels()*w.C)-w.r+1)
	macs := w.P * w.Q * w.K * w.C * w.r * w.r
	return imageParts(w.P, fit, macs, w.N)
}

// rowScratch is the memory for the rows that a task reads, between zeros, and for
// these mapped.
func (w *winograd) rowScratch() int {
	parts := w.rowParts()
	n := ((w.P+parts-1)/parts + w.r - 1) * max(w.W, w.rowPixels()) * w.C
	return n + simd.RowPlaces*pitch(n)
}

// rowPanel is the elements of the mapped weights of RowCols output channels.
func (w *winograd) rowPanel() int { return w.r * w.C * simd.RowPlaces * simd.RowCols }

// rowPanels is the number of these.
func (w *winograd) rowPanels() int { return (w.K + simd.RowCols - 1) / simd.RowCols }

// rowFilters maps a panel of weights, whose rows of columns may make two panels.
func (w *winograd) rowFilters(packed, taps []float32, j int) {
	c := w.panels.at(j)
	row := w.C * c.Width
	for col := 0; col < c.Width; col += simd.RowCols {
		dst := packed[(c.Col+col)/simd.RowCols*w.rowPanel():][:w.rowPanel()]
		f := simd.RowMap{N: min(simd.RowCols, c.Width-col), XStep: 2 * row, XOdd: row, YStep: simd.RowCols, Rows: 1}
		if f.N < simd.RowCols {
			clear(dst)
		}
		for r := range w.r {
			for ch := range w.C {
				f.X = taps[r*w.r*row+ch*c.Width+col:]
				f.Y = dst[(r*w.C+ch)*simd.RowPlaces*simd.RowCols:]
				f.Run(w.maps[mapFilter])
			}
		}
	}
}

// winogradRowTask computes some rows of one image.
func winogradRowTask(p *par.Pool, t *par.Task, worker, i int) {
	w := t.Kernel.(minimalKernel).pass()
	parts := w.rowParts()
	n, part := i/parts, i%parts
	lo, hi := part*w.P/parts, (part+1)*w.P/parts
	x, row := w.rowInput(p.Scratch(worker), t.F[1][n*w.H*w.W*w.C:], lo-w.PadT, hi-w.PadT+w.r-1)
	size := (hi - lo + w.r - 1) * row
	place, mapped := pitch(size), p.Scratch(worker)[size:]
	f := simd.RowMap{X: x, Y: mapped, N: size - (w.t-1)*w.C, XStep: 2 * w.C, XOdd: w.C, YStep: place, Rows: 1}
	f.Run(w.maps[mapInput])

	o := rowOutputs{winograd: w, e: epilogueOf(t.Kernel.(plan.Kernel), t.F[3], t.F[4]), pitch: pitchOf(t.Kernel, w.K), y: t.F[0], packed: t.F[2]}
	o.x, o.row, o.place = mapped, row, place
	var pairs rowTable
	o.run(&pairs, n, lo, hi, 0, w.Q/2)
	o.one = 1
	o.run(&pairs, n, lo, hi, w.Q/2, w.pairs())
}

// rowInput is rows first … last-1 of an image, with what pairs read beside and
// beyond it, and their distance: x itself, or a copy between zeros.
func (w *winograd) rowInput(window, x []float32, first, last int) (rows []float32, pitch int) {
	size := w.rowPixels()
	if w.PadL == 0 && size <= w.W && first >= 0 && last <= w.H {
		return x[first*w.W*w.C:], w.W * w.C
	}
	row := size * w.C
	clear(window[:(last-first)*row])
	left, from := min(max(w.PadL, 0), size), min(max(-w.PadL, 0), w.W)
	n := min(w.W-from, size-left) * w.C
	for h := max(first, 0); h < min(last, w.H); h++ {
		copy(window[(h-first)*row+left*w.C:][:n], x[(h*w.W+from)*w.C:])
	}
	return window, row
}

// rowOutputs makes the outputs of mapped rows.
type rowOutputs struct {
	winograd
	e            epilogue
	x, packed, y []float32
	row, place   int // distances in x
	pitch        int // of pixels of y
	one          int // 1 where second outputs are left out
}

// rowTable is the offsets of pairs in mapped rows and in the output.
type rowTable struct{ x, y [128]int }

// run computes pairs first … last-1 of rows lo … hi-1 of image n.
func (o *rowOutputs) run(pairs *rowTable, n, lo, hi, first, last int) {
	m := 0
	for p := lo; p < hi; p++ {
		for q := first; q < last; q++ {
			if m == len(pairs.x) {
				o.flush(pairs, m)
				m = 0
			}
			pairs.x[m], pairs.y[m] = (p-lo)*o.row+2*q*o.C, ((n*o.P+p)*o.Q+2*q)*o.pitch
			m++
		}
	}
	if m > 0 {
		o.flush(pairs, m)
	}
}

// flush computes the first m pairs that are listed.
func (o *rowOutputs) flush(pairs *rowTable, m int) {
	t := simd.RowTile{
		X: o.x, XOff: pairs.x[:], YOff: pairs.y[:], R: o.r, T: o.C, XR: o.row, XP: o.place,
		YQ: o.pitch, One: o.one, Clamp: o.e.fn.clamp(),
	}
	for j := range o.rowPanels() {
		col := j * simd.RowCols
		t.N, t.W, t.Y = min(simd.RowCols, o.K-col), o.packed[j*o.rowPanel():], o.y[col:]
		if o.e.b != nil {
			t.B = o.e.b[col:]
		}
		if o.e.z != nil {
			t.Z = o.e.z[col:]
		}
		t.Run(m)
		if !o.e.fn.late() {
			continue
		}
		for _, at := range pairs.y[:m] {
			o.e.fn.apply(o.y[col+at:], t.N, simd.RowOutputs-o.one, o.pitch)
		}
	}
}
