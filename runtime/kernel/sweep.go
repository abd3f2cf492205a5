package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// sweep is a sum over taps at every point of a grid: a convolution, or one
// phase of its gradient by the input. Output (p, q) reads input rows
// OrgH + p·StepH + r·DilH, columns likewise, for the taps r < R and s < S; what
// lies outside of the input counts as 0. The weights of tap (r, s) stand at tap
// Tap0 + r·TapRow + s·TapCol of the panels.
type sweep struct {
	N, H, W, C   int // input images, and channels of a pixel
	P, Q         int // grid of one image
	StepH, StepW int
	OrgH, OrgW   int
	R, S         int
	DilH, DilW   int
	Panels       panels
	Tap0         int
	TapRow       int
	TapCol       int
	Pairs        bool // channels and weights are pairs of bf16

	Out                        int // where output (0, 0) of image 0 starts
	OutImage, OutRow, OutPixel int // strides of the output
}

// flat is the same sweep with all pixels in one row where they are independent:
// one tap, no stride, no padding.
func (s sweep) flat() sweep {
	one := s.R == 1 && s.S == 1 && s.StepH == 1 && s.StepW == 1
	if one && s.OrgH == 0 && s.OrgW == 0 && s.P == s.H && s.Q == s.W &&
		s.OutRow == s.Q*s.OutPixel && s.OutImage == s.P*s.OutRow {
		n := s.N * s.H * s.W
		s.N, s.H, s.W, s.P, s.Q = 1, 1, n, 1, n
	}
	return s
}

// empty says that no tap is left, so that every output is 0 or the bias.
func (s *sweep) empty() bool { return s.R == 0 || s.S == 0 }

// padded says whether some tap of some output lies outside of the input.
func (s *sweep) padded() bool {
	return s.OrgH < 0 || s.OrgH+(s.P-1)*s.StepH+(s.R-1)*s.DilH >= s.H ||
		s.OrgW < 0 || s.OrgW+(s.Q-1)*s.StepW+(s.S-1)*s.DilW >= s.W
}

// table is the offsets of pixels in the input and in the output.
type table struct{ x, y [maxPixels]int }

// tablePixels are enough to fill tiles: a table of so many pixels, if need be of
// several images, is used again for the next images.
const tablePixels = 16 * simd.Rows

// desk is where a worker computes a task of a Run: its scratch memory, and whose
// window that holds, by the first task of the block.
type desk struct {
	scratch []float32
	holds   *int
	task    int
}

func deskOf(p *par.Pool, worker, task int) desk {
	return desk{p.Scratch(worker), p.Kept(worker), task}
}

// task computes task i: some panels of one block.
func (s *sweep) task(i int, y, x, packed []float32, e epilogue, d desk) {
	b := s.split()
	parts := s.parts(&b)
	o := s.block(&b, i/parts)
	part, count := i%parts, s.Panels.count()
	lo, hi := part*count/parts, (part+1)*count/parts
	var offsets table
	inRuns := e.partials != nil && s.inRuns(&b)
	if inRuns {
		e.sums = e.partials[2*(i/parts)*s.OutPixel:][:2*s.OutPixel]
	}
	switch {
	case s.empty():
		s.compute(o, window{}, &offsets, lo, hi, y, packed, e)
	case !b.exact:
		s.compute(o, s.shared(&b, o, x, d, d.task-part), &offsets, lo, hi, y, packed, e)
	default:
		s.bands(o, &offsets, lo, hi, y, x, packed, e)
	}
	if e.partials != nil && !inRuns {
		s.moments(o, i/parts, lo, hi, y, e.partials)
	}
}

// bands computes a block piece by piece, each piece the outputs that have the
// same taps inside the input.
func (s *sweep) bands(o block, offsets *table, lo, hi int, y, x, packed []float32, e epilogue) {
	u := *s
	v := window{image: s.H * s.W * s.C, row: s.W * s.C, pixel: s.C}
	part := o
	for part.p0 = o.p0; part.p0 < o.p1; part.p0 = part.p1 {
		var r0, s0 int
		part.p1, r0, u.R = band(part.p0, o.p1, s.OrgH, s.StepH, s.R, s.DilH, s.H)
		for part.q0 = o.q0; part.q0 < o.q1; part.q0 = part.q1 {
			part.q1, s0, u.S = band(part.q0, o.q1, s.OrgW, s.StepW, s.S, s.DilW, s.W)
			u.Tap0 = s.Tap0 + r0*s.TapRow + s0*s.TapCol
			if v.x = nil; !u.empty() {
				h, w := s.OrgH+part.p0*s.StepH+r0*s.DilH, s.OrgW+part.q0*s.StepW+s0*s.DilW
				v.x = x[((part.n0*s.H+h)*s.W+w)*s.C:]
			}
			u.compute(part, v, offsets, lo, hi, y, packed, e)
		}
	}
}

// band is the run of outputs from at, before end, that have the same taps
// inside an axis of the given size, and the first and the number of these.
func band(at, end, org, step, taps, dil, size int) (next, first, n int) {
	inside := func(p int) (lo, hi int) {
		start := org + p*step
		lo = max(0, (-start+dil-1)/dil)
		hi = min(taps, (size-start+dil-1)/dil)
		if lo >= hi {
			return 0, 0
		}
		return lo, hi
	}
	lo, hi := inside(at)
	for next = at + 1; next < end; next++ {
		if l, h := inside(next); l != lo || h != hi {
			break
		}
	}
	return next, lo, hi - lo
}

// fill lists the pixels of n images of a block, relative to its first.
func (s *sweep) fill(t *table, o block, n int, v *window) {
	i := 0
	for n := range n {
		for p := range o.p1 - o.p0 {
			x, y := n*v.image+p*s.StepH*v.row, n*s.OutImage+p*s.OutRow
			for range o.q1 - o.q0 {
				t.x[i], t.y[i] = x, y
				x, y, i = x+s.StepW*v.pixel, y+s.OutPixel, i+1
			}
		}
	}
}

// compute computes a block from its window in panels lo … hi-1.
func (s *sweep) compute(o block, v window, offsets *table, lo, hi int, y, packed []float32, e epilogue) {
	if s.Panels.Depthwise {
		s.depthwise(o, v, lo, hi, y, packed, e)
		return
	}
	if s.Pairs {
		s.computePairs(o, v, offsets, lo, hi, y, packed, e)
		return
	}
	pixels := (o.p1 - o.p0) * (o.q1 - o.q0)
	images := min(o.n1-o.n0, (tablePixels+pixels-1)/pixels, maxPixels/pixels) // of one table
	s.fill(offsets, o, images, &v)

	l := &s.Panels
	t := simd.Tile{
		XOff: offsets.x[:], YOff: offsets.y[:],
		R: s.R, S: s.S, T: l.Rows, XR: s.DilH * v.row, XS: s.DilW * v.pixel, XT: 1,
		Clamp: e.fn.clamp(),
	}
	if s.DilW == 1 && s.TapCol == 1 && v.pixel == l.Rows { // the taps of a row are one run
		t.S, t.T = min(1, s.S), s.S*l.Rows
	}
	first := s.Out + o.n0*s.OutImage + o.p0*s.OutRow + o.q0*s.OutPixel
	for j := lo; j < hi; j++ {
		c := l.at(j)
		row := l.Rows * c.Width // of the panel, one tap
		t.W = packed[c.Start*l.Taps*l.Rows+s.Tap0*row:]
		t.WR, t.WS, t.WT, t.N = s.TapRow*row, s.TapCol*row, c.Width, c.N
		out := c.Group*l.Cols + c.Col
		if e.b != nil {
			t.B = e.b[out:]
		}
		var sums momentSums
		if e.sums != nil {
			sums = newMomentSums(e.sums, out, c.N)
		}
		for n := 0; n < o.n1-o.n0; n += images {
			if !s.empty() {
				t.X = v.x[n*v.image+c.Group*l.Rows:]
			}
			at := first + n*s.OutImage + out
			t.Y = y[at:]
			if e.z != nil {
				t.Z = e.z[at:]
			}
			m := pixels * min(images, o.n1-o.n0-n)
			if e.sums != nil {
				sums.store(t, m)
				continue
			}
			t.Run(m)
			if e.fn.late() {
				for _, off := range offsets.y[:m] {
					e.fn.apply(y[at+off:], t.N, 1, t.N)
				}
			}
		}
	}
}
