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
// with one panel of weights; its offsets are kept on the stack.
const (
	maxPixels = 512
	maxWindow = 96 << 10 // elements
)

// aliased is the pixel stride, in elements, whose multiples fall into one set
// of a level-1 cache, so that the rows of a tile would evict one another.
const aliased = 1024

// split is how the outputs of a sweep fall into blocks. It depends on the
// geometry alone.
type split struct {
	n, p, q    int // images, rows and columns of a block
	nn, np, nq int // blocks along each
	copied     bool
	pixel      int // pitch of a pixel of the window
}

func (s *sweep) split() split {
	b := split{n: 1, p: 1, q: s.Q, pixel: s.C}
	if !s.empty() {
		clash := s.StepW*s.C%aliased == 0 && s.N*s.P*s.Q > 1
		b.copied = clash || s.padded()
		if clash {
			b.pixel += 16
		}
	}
	fits := func(n, p, q int) bool {
		return n*p*q <= maxPixels && (!b.copied || n*s.window(p, q)*b.pixel <= maxWindow)
	}
	for b.q > simd.Rows && !fits(1, 1, b.q) {
		b.q = max(simd.Rows, (b.q+1)/2)
	}
	if b.q == s.Q {
		for b.p < s.P && fits(1, b.p+1, b.q) {
			b.p++
		}
	}
	if b.p == s.P && b.q == s.Q {
		for b.n < s.N && fits(b.n+1, b.p, b.q) {
			b.n++
		}
	}
	b.n, b.nn = even(s.N, b.n)
	b.p, b.np = even(s.P, b.p)
	b.q, b.nq = even(s.Q, b.q)
	return b
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
func (s *sweep) scratch() int {
	b := s.split()
	if !b.copied {
		return 0
	}
	return b.n * s.window(b.p, b.q) * b.pixel
}

func (b *split) blocks() int { return b.nn * b.np * b.nq }

// block is a box of outputs.
type block struct{ n0, n1, p0, p1, q0, q1 int }

func (b *block) pixels() int { return (b.n1 - b.n0) * (b.p1 - b.p0) * (b.q1 - b.q0) }

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

// window returns the input of a block, in place or copied between zeros.
func (s *sweep) input(b *split, o block, x, scratch []float32) window {
	if s.empty() {
		return window{}
	}
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

// offsets lists where in the window and in the output the pixels of a block
// start, relative to its first.
func (s *sweep) offsets(o block, v *window, xoff, yoff []int) {
	i := 0
	for n := range o.n1 - o.n0 {
		for p := range o.p1 - o.p0 {
			x, y := n*v.image+p*s.StepH*v.row, n*s.OutImage+p*s.OutRow
			for range o.q1 - o.q0 {
				xoff[i], yoff[i] = x, y
				x, y, i = x+s.StepW*v.pixel, y+s.OutPixel, i+1
			}
		}
	}
}

// parts is the number of tasks that share the panels of one block: enough for
// sixteen tasks in all where each has a hundred thousand multiplications.
func (s *sweep) parts(b *split) int {
	l := &s.Panels
	macs := s.N * s.P * s.Q * s.R * s.S * l.Rows * l.Cols * l.Groups
	return clampTasks(macs, b.blocks(), l.count())
}

func clampTasks(macs, blocks, most int) int {
	want := min(16, macs>>17)
	return max(1, min(most, want/max(1, blocks)))
}

// tasks is the number of tasks of the sweep.
func (s *sweep) tasks() int {
	b := s.split()
	return b.blocks() * s.parts(&b)
}

// task computes task i: some panels of one block.
func (s *sweep) task(i int, y, x, packed, bias, scratch []float32) {
	b := s.split()
	parts := s.parts(&b)
	o := s.block(&b, i/parts)
	v := s.input(&b, o, x, scratch)
	var xoff, yoff [maxPixels]int
	s.offsets(o, &v, xoff[:], yoff[:])

	l := &s.Panels
	t := simd.Tile{X: v.x, R: s.R, S: s.S, T: l.Rows, XR: s.DilH * v.row, XS: s.DilW * v.pixel, XT: 1}
	runs := s.DilW == 1 && s.TapCol == 1 && v.pixel == l.Rows
	if runs { // the taps of a row and their channels are one run
		t.S, t.T = 1, s.S*l.Rows
	}
	first := s.Out + o.n0*s.OutImage + o.p0*s.OutRow + o.q0*s.OutPixel
	pixels, count := o.pixels(), l.count()
	part := i % parts
	for j := part * count / parts; j < (part+1)*count/parts; j++ {
		c := l.at(j)
		row := l.Rows * c.Width // of the panel, one tap
		t.W = packed[c.Start*l.Taps*l.Rows+s.Tap0*row:]
		t.WR, t.WS, t.WT, t.N = s.TapRow*row, s.TapCol*row, c.Width, c.N
		if !s.empty() {
			t.X = v.x[c.Group*l.Rows:]
		}
		out := c.Group*l.Cols + c.Col
		t.Y = y[first+out:]
		if bias != nil {
			t.B = bias[out:]
		}
		tiles := (pixels + simd.Rows - 1) / simd.Rows
		for k := range tiles {
			lo, hi := k*pixels/tiles, (k+1)*pixels/tiles
			t.XOff, t.YOff = xoff[lo:hi], yoff[lo:hi]
			t.Run(hi - lo)
		}
	}
}
