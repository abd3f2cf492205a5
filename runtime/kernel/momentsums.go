package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// momentRun is the most pixels whose moments are taken together, right behind the
// store, when they are near: whole tiles of the inner kernels.
const momentRun = 10 * simd.Rows

// momentSums takes the mean of some channels of a block of outputs and the
// squares about it, run by run.
type momentSums struct {
	mean, squares []float32
	pitch         int // distance of pixels
	count         int // pixels so far
}

// newMomentSums begins those of n channels from col on; sums has the means of all
// channels of the block, then the squares.
func newMomentSums(sums []float32, col, n int) momentSums {
	k := len(sums) / 2
	return momentSums{mean: sums[col:][:n], squares: sums[k+col:][:n], pitch: k}
}

// store computes n pixels that follow each other, and takes their moments.
func (m *momentSums) store(t simd.Tile, n int) {
	x, y := t.XOff, t.YOff
	for at := 0; at < n; at += momentRun {
		t.XOff, t.YOff = x[at:], y[at:]
		pixels := min(n-at, momentRun)
		t.Run(pixels)
		m.add(t.Y[t.YOff[0]:], pixels)
	}
}

// add takes the moments of pixels that follow each other from y on.
func (m *momentSums) add(y []float32, pixels int) {
	for pixels > 0 {
		n := min(pixels, momentRun)
		m.run(y, n)
		if pixels -= n; pixels > 0 {
			y = y[n*m.pitch:]
		}
	}
}

// run joins the moments of some pixels to those so far: with a further pixels
// whose mean is d above that of b before, the mean grows by d·a/(a+b), and the
// squares by their own and d²·a·b/(a+b).
func (m *momentSums) run(y []float32, pixels int) {
	if m.count == 0 {
		moments(m.mean, m.squares, y, pixels, m.pitch)
		m.count = pixels
		return
	}
	var mean, squares [simd.Cols]float32
	n := len(m.mean)
	moments(mean[:n], squares[:n], y, pixels, m.pitch)
	share := float32(pixels) / float32(m.count+pixels)
	before, d := m.mean, mean[:n]
	simd.AddScaled(d, before, -1)
	simd.AddScaled(before, d, share)
	simd.Mul(d, d, d)
	simd.Add(m.squares, m.squares, squares[:n])
	simd.AddScaled(m.squares, d, share*float32(m.count))
	m.count += pixels
}

// moments sets the means of rows of channels, pitch apart, and the squares about
// them.
func moments(mean, squares, y []float32, rows, pitch int) {
	simd.ColumnSumApart(mean, y, rows, pitch)
	simd.Scale(mean, mean, 1/float32(rows))
	simd.ColumnSquaresApart(squares, y, mean, rows, pitch)
}

// pixelRun gathers pixels of a map that turn out to follow each other.
type pixelRun struct{ from, n int }

// next adds pixels to a run, after it has given sums the run so far if they do not
// follow it. y is the map from the first channel of sums on.
func (r *pixelRun) next(m *momentSums, y []float32, from, n int) {
	if r.n > 0 && r.from+r.n != from {
		r.end(m, y)
	}
	if r.n == 0 {
		r.from = from
	}
	r.n += n
}

// end gives sums the run.
func (r *pixelRun) end(m *momentSums, y []float32) {
	if r.n > 0 {
		m.add(y[r.from*m.pitch:], r.n)
	}
	r.n = 0
}

// inRuns says that the moments of outputs can be taken as they are stored: those of
// each table follow each other.
func (s *sweep) inRuns(b *split) bool {
	return !s.empty() && !b.exact && !s.Panels.Depthwise && b.nq == 1
}

// moments leaves those of panels lo … hi-1 of block i, which is stored.
func (s *sweep) moments(o block, i, lo, hi int, y, partials []float32) {
	l := &s.Panels
	for j := lo; j < hi; j++ {
		c := l.at(j)
		col := c.Group*l.Cols + c.Col
		m := newMomentSums(partials[2*i*s.OutPixel:][:2*s.OutPixel], col, c.N)
		var run pixelRun
		for n := o.n0; n < o.n1; n++ {
			for p := o.p0; p < o.p1; p++ {
				run.next(&m, y[col:], (n*s.P+p)*s.Q+o.q0, o.q1-o.q0)
			}
		}
		run.end(&m, y[col:])
	}
}

// moments leaves those of a panel of block i: n tiles from the first on.
func (w *winograd) moments(y, partials []float32, i, first, n int, c panel) {
	m := newMomentSums(partials[2*i*w.K:][:2*w.K], c.Col, c.N)
	p, y := w.outputs(), y[c.Col:]
	var run pixelRun
	for j, tiles := first, 0; j < first+n; j += tiles {
		tiles = min(first+n-j, w.cols-j%w.cols)
		img, h, v := p.at(j)
		for r := h; r < min(h+w.m, p.H); r++ {
			run.next(&m, y, (img*p.H+r)*p.W+v, min(w.m*tiles, p.W-v))
		}
	}
	run.end(&m, y)
}

// pixels is the number of outputs of n tiles from the first on.
func (w *winograd) pixels(first, n int) int {
	p, sum := w.outputs(), 0
	for j, tiles := first, 0; j < first+n; j += tiles {
		tiles = min(first+n-j, w.cols-j%w.cols)
		_, h, v := p.at(j)
		sum += min(w.m, p.H-h) * min(w.m*tiles, p.W-v)
	}
	return sum
}
