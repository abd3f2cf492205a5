package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

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

// The limits of a block of outputs. Its input window shares a level-2 cache
// with one panel of weights; the offsets of its pixels are kept on the stack.
const (
	maxPixels = 1024     // of an image
	maxBlock  = 4096     // pixels in all
	maxWindow = 96 << 10 // elements

	// tablePixels are enough to fill tiles; a table of several images of fewer
	// pixels is used again for the next images.
	tablePixels = 16 * simd.Rows
)

// aliased is the pixel stride, in elements, whose multiples fall into one set
// of a level-1 cache, so that the rows of a tile would evict one another.
const aliased = 1024

// A task is worth starting from minTask multiplications, and wantTasks of them
// keep the workers of a common machine busy to the end.
const (
	minTask   = 1 << 17
	wantTasks = 16
)

// split is how the outputs of a sweep fall into blocks. It depends on the
// geometry alone.
type split struct {
	n, p, q    int // images, rows and columns of a block
	nn, np, nq int // blocks along each
	copied     bool
	exact      bool // taps outside of the input are left out, not multiplied by zeros
	pixel      int  // pitch of a pixel of the window
}

// split cuts a sweep into blocks of at least the wanted number of tasks.
func (s *sweep) split() split {
	b := split{pixel: s.C}
	if !s.empty() {
		clash := s.StepW*s.C%aliased == 0 && s.N*s.P*s.Q > 1
		b.exact = s.padded() && !clash && s.small()
		b.copied = clash || s.padded() && !b.exact
		if clash {
			b.pixel += 16
		}
	}
	s.cut(&b, maxPixels)
	rest := b.np * b.nq
	images := max(s.N*rest/wantTasks, minTask*s.N*rest/max(1, s.macs()))
	if b.exact {
		images = max(images, 16) // the pixels of a corner fill a tile
	}
	most := maxBlock / (b.p * b.q)
	if b.copied {
		most = min(most, maxWindow/(s.window(b.p, b.q)*b.pixel))
	}
	if rest > 1 {
		images = 1
	}
	b.n, b.nn = even(s.N, max(1, min(images, most, s.N)))
	return b
}

// small says that a good share of the taps of a padded sweep lies outside.
func (s *sweep) small() bool {
	return (s.R-1)*s.DilH*7 >= s.H || (s.S-1)*s.DilW*7 >= s.W
}

func (s *sweep) macs() int {
	l := &s.Panels
	return s.N * s.P * s.Q * s.R * s.S * l.Rows * l.Cols * l.Groups
}

// cut finds the rows and columns of a block of at most so many pixels.
func (s *sweep) cut(b *split, pixels int) {
	fits := func(p, q int) bool {
		return p*q <= pixels && (!b.copied || s.window(p, q)*b.pixel <= maxWindow)
	}
	b.p, b.q = 1, s.Q
	for b.q > simd.Rows && !fits(1, b.q) {
		b.q = max(simd.Rows, (b.q+1)/2)
	}
	for b.q == s.Q && b.p < s.P && fits(b.p+1, b.q) {
		b.p++
	}
	b.p, b.np = even(s.P, b.p)
	b.q, b.nq = even(s.Q, b.q)
}

// even is the least size of the same number of parts of n, and that number.
func even(n, size int) (int, int) {
	parts := max(1, (n+size-1)/size)
	size = max(1, (n+parts-1)/parts)
	return size, (n + size - 1) / size
}

// window is the number of pixels that p rows of q outputs read.
func (s *sweep) window(p, q int) int {
	h, w := s.extent(p, q)
	return h * w
}

func (s *sweep) extent(p, q int) (h, w int) {
	return (p-1)*s.StepH + (s.R-1)*s.DilH + 1, (q-1)*s.StepW + (s.S-1)*s.DilW + 1
}

// scratch is the memory for the window of a block.
func (s *sweep) scratch(b *split) int {
	if !b.copied {
		return 0
	}
	return b.n * s.window(b.p, b.q) * b.pixel
}

func (b *split) blocks() int { return b.nn * b.np * b.nq }

// block is a box of outputs.
type block struct{ n0, n1, p0, p1, q0, q1 int }

// block is block i: columns within rows within images.
func (s *sweep) block(b *split, i int) block {
	q, p, n := i%b.nq*b.q, i/b.nq%b.np*b.p, i/b.nq/b.np*b.n
	return block{n, min(n+b.n, s.N), p, min(p+b.p, s.P), q, min(q+b.q, s.Q)}
}

// window is the input of a block: x starts with the first tap of its first
// output; the strides are those of the input's images, rows and pixels.
type window struct {
	x                 []float32
	image, row, pixel int
}

// input returns the input of a block, in place or copied between zeros.
func (s *sweep) input(b *split, o block, x, scratch []float32) window {
	h0, w0 := s.OrgH+o.p0*s.StepH, s.OrgW+o.q0*s.StepW
	if !b.copied {
		return window{x[((o.n0*s.H+h0)*s.W+w0)*s.C:], s.H * s.W * s.C, s.W * s.C, s.C}
	}
	h, w := s.extent(o.p1-o.p0, o.q1-o.q0)
	v := window{scratch, h * w * b.pixel, w * b.pixel, b.pixel}
	lo, hi := min(max(0, -w0), w), max(0, min(w, s.W-w0)) // columns inside the input
	dst := scratch
	for n := o.n0; n < o.n1; n++ {
		for r := h0; r < h0+h; r++ {
			if r < 0 || r >= s.H || lo >= hi {
				clear(dst[:v.row])
			} else {
				clear(dst[:lo*v.pixel])
				copyPixels(dst[lo*v.pixel:hi*v.pixel], x[((n*s.H+r)*s.W+w0+lo)*s.C:], s.C, v.pixel)
				clear(dst[hi*v.pixel : v.row])
			}
			dst = dst[v.row:]
		}
	}
	return v
}

// copyPixels fills dst, pixels of pitch elements, from pixels of c.
func copyPixels(dst, src []float32, c, pitch int) {
	if c == pitch {
		copy(dst, src)
		return
	}
	for i := 0; i*pitch < len(dst); i++ {
		copy(dst[i*pitch:][:c], src[i*c:])
	}
}

// parts is the number of tasks that share the panels of one block.
func (s *sweep) parts(b *split) int {
	want := min(wantTasks, s.macs()/minTask) / b.blocks()
	return max(1, min(want, s.Panels.count()))
}

// tasks is the number of tasks of the sweep.
func (s *sweep) tasks() int {
	b := s.split()
	return b.blocks() * s.parts(&b)
}

// table is the offsets of pixels in the input and in the output.
type table struct{ x, y [maxPixels]int }

// task computes task i: some panels of one block.
func (s *sweep) task(i int, y, x, packed, bias, scratch []float32) {
	b := s.split()
	parts := s.parts(&b)
	o := s.block(&b, i/parts)
	part, count := i%parts, s.Panels.count()
	lo, hi := part*count/parts, (part+1)*count/parts
	var offsets table
	switch {
	case s.empty():
		s.compute(o, window{}, &offsets, lo, hi, y, packed, bias)
	case !b.exact:
		s.compute(o, s.input(&b, o, x, scratch), &offsets, lo, hi, y, packed, bias)
	default:
		s.bands(o, &offsets, lo, hi, y, x, packed, bias)
	}
}

// bands computes a block piece by piece, each piece the outputs that have the
// same taps inside the input.
func (s *sweep) bands(o block, offsets *table, lo, hi int, y, x, packed, bias []float32) {
	u := *s
	v := window{image: s.H * s.W * s.C, row: s.W * s.C, pixel: s.C}
	e := o
	for e.p0 = o.p0; e.p0 < o.p1; e.p0 = e.p1 {
		var r0, s0 int
		e.p1, r0, u.R = band(e.p0, o.p1, s.OrgH, s.StepH, s.R, s.DilH, s.H)
		for e.q0 = o.q0; e.q0 < o.q1; e.q0 = e.q1 {
			e.q1, s0, u.S = band(e.q0, o.q1, s.OrgW, s.StepW, s.S, s.DilW, s.W)
			u.Tap0 = s.Tap0 + r0*s.TapRow + s0*s.TapCol
			if v.x = nil; !u.empty() {
				h, w := s.OrgH+e.p0*s.StepH+r0*s.DilH, s.OrgW+e.q0*s.StepW+s0*s.DilW
				v.x = x[((e.n0*s.H+h)*s.W+w)*s.C:]
			}
			u.compute(e, v, offsets, lo, hi, y, packed, bias)
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
func (s *sweep) compute(o block, v window, offsets *table, lo, hi int, y, packed, bias []float32) {
	pixels := (o.p1 - o.p0) * (o.q1 - o.q0)
	images := min(o.n1-o.n0, (tablePixels+pixels-1)/pixels, maxPixels/pixels) // that one filling of the table covers
	s.fill(offsets, o, images, &v)

	l := &s.Panels
	t := simd.Tile{
		XOff: offsets.x[:], YOff: offsets.y[:],
		R: s.R, S: s.S, T: l.Rows, XR: s.DilH * v.row, XS: s.DilW * v.pixel, XT: 1,
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
		if bias != nil {
			t.B = bias[out:]
		}
		for n := 0; n < o.n1-o.n0; n += images {
			if !s.empty() {
				t.X = v.x[n*v.image+c.Group*l.Rows:]
			}
			t.Y = y[first+n*s.OutImage+out:]
			t.Run(pixels * min(images, o.n1-o.n0-n))
		}
	}
}
