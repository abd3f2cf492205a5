package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// maxTerms bounds the outputs of a block, and with them the error; where taps are
// computed one by one, tapTerms does, so that a level-2 cache holds what they read.
const (
	maxTerms = 512
	tapTerms = 256
)

// maxWork bounds, in elements, what several spans may take together.
const maxWork = 1 << 18

// The most channels of the input, in whole tiles, and panels of a task: what it
// reads of a block and its sums share a level-2 cache.
const (
	taskRows   = 22 * simd.Rows
	taskPanels = 8
)

// gradient is how the work of ConvBackwardWeights is cut. The product of
// a sweep is turned on its side: taps and channels are its rows, outputs the
// terms of its sums.
type gradient struct {
	sweep
	split
	spans  int // runs of blocks, each with sums of its own
	chunks int // tasks that share the channels of one span
	parts  int // tasks that share the panels of one span
}

func (s *ConvShape) gradient() gradient {
	g := gradient{sweep: s.forward(), chunks: 1}
	g.split = g.sweep.reduction()
	l := &g.Panels
	if g.byTap() {
		_, g.chunks = even(l.Rows, taskRows)
	}
	want, count := g.want(), l.count()
	g.spans = max(1, min(want/g.chunks, g.blocks(), maxWork/g.sums()))
	least, most := (count+taskPanels-1)/taskPanels, (2*count+taskPanels-1)/taskPanels
	if g.spans*g.chunks == 1 {
		most = count
	}
	g.parts = max(1, least, min(want/(g.spans*g.chunks), most))
	return g
}

// byTap says that taps are computed one by one, each over the outputs for which it
// lies inside the input: where the channels of one tap fill a tile. Else they are
// computed all together, over zeros.
func (s *sweep) byTap() bool { return s.Panels.Rows >= simd.Rows && !s.Panels.Depthwise }

// reduction cuts a sweep into blocks.
func (s *sweep) reduction() split {
	b := split{pixel: s.C, exact: s.byTap() || s.Panels.Depthwise}
	b.copied = !b.exact && s.padded()
	terms := maxTerms
	if s.byTap() {
		terms = tapTerms
	}
	s.cut(&b, terms)
	most := terms / (b.p * b.q)
	if b.copied {
		most = min(most, maxWindow/(s.inputs(b.p, b.q)*b.pixel))
	}
	if b.np*b.nq > 1 {
		most = 1
	}
	b.n, b.nn = even(s.N, max(1, min(most, s.N)))
	return b
}

// sums is the length of the sums of one span: the panels, then the biases.
func (g *gradient) sums() int {
	l := &g.Panels
	return l.len() + l.Groups*l.padded()
}

// area is the sums of a task: of channels lo … hi-1 in panels first … last-1.
type area struct{ lo, hi, first, last int }

// area is the span and the sums of task i.
func (g *gradient) area(i int) (span int, a area) {
	part, chunk, rows, count := i%g.parts, i/g.parts%g.chunks, g.Panels.Rows, g.Panels.count()
	return i / (g.parts * g.chunks), area{
		chunk * rows / g.chunks, (chunk + 1) * rows / g.chunks,
		part * count / g.parts, (part + 1) * count / g.parts,
	}
}

// spanTask computes the sums of one span in some channels and panels.
func spanTask(p *par.Pool, t *par.Task, worker, i int) {
	c := t.Kernel.(geometry).conv()
	g := c.gradient()
	span, a := g.area(i)
	x, dy, work := t.F[2], t.F[3], t.F[4][span*g.sums():][:g.sums()]
	bias := t.F[1] != nil && a.lo == 0
	var offsets table
	var ahead [2]simd.Ahead
	first, last := span*g.blocks()/g.spans, (span+1)*g.blocks()/g.spans
	for b := first; b < last; b++ {
		o := g.block(&g.split, b)
		var v window
		if !g.exact {
			v = g.input(&g.split, o, x, p.Scratch(worker))
		}
		for j := a.first; j < a.last; j++ {
			t := g.tile(j, o, dy, work, b > first)
			switch {
			case g.Panels.Depthwise:
				g.eachChannel(t, j, o, x)
			case g.exact:
				if b+1 < last {
					t.Ahead = g.ahead(&ahead, g.block(&g.split, b+1), a, j, x, dy)
				}
				g.eachTap(t, &offsets, j, o, x, a)
			default:
				g.allTaps(t, &offsets, j, &v)
			}
			if bias {
				g.biases(t, j, work)
			}
		}
	}
}

// ahead is, in memory of the caller, what the product of panel j is to fetch of the
// pixels that the next block o reads, where each of x meets one of dy: a share of
// the row, or one of several rows.
func (g *gradient) ahead(out *[2]simd.Ahead, o block, a area, j int, x, dy []float32) *[2]simd.Ahead {
	if g.Panels.Taps > 1 || g.Panels.Groups > 1 {
		return nil
	}
	i, n := j-a.first, a.last-a.first
	from, to := o.q0+i*(o.q1-o.q0)/n, o.q0+(i+1)*(o.q1-o.q0)/n
	image, row := o.n0, o.p0
	if rows := o.p1 - o.p0; rows*(o.n1-o.n0) > 1 {
		if i >= rows*(o.n1-o.n0) {
			return nil
		}
		from, to, image, row = o.q0, o.q1, o.n0+i/rows, o.p0+i%rows
	}
	blocks := (a.hi - a.lo + simd.Rows - 1) / simd.Rows
	c := g.Panels.at(a.first)
	*out = [...]simd.Ahead{
		simd.Pieces(x, ((image*g.H+g.OrgH+row*g.StepH)*g.W+g.OrgW+from*g.StepW)*g.C+a.lo, a.hi-a.lo, g.StepW*g.C, to-from, blocks),
		simd.Pieces(dy, image*g.OutImage+row*g.OutRow+from*g.OutPixel+c.Col, min(n*simd.Cols, g.Panels.Cols-c.Col), g.OutPixel, to-from, blocks),
	}
	return out
}

// tile is the product of a block and panel j, without its rows: it adds to the
// sums, or starts them.
func (g *gradient) tile(j int, o block, dy, work []float32, add bool) simd.Tile {
	l := &g.Panels
	c := l.at(j)
	t := simd.Tile{
		W: dy[o.n0*g.OutImage+o.p0*g.OutRow+o.q0*g.OutPixel+c.Group*l.Cols+c.Col:],
		Y: work[c.Start*l.Taps*l.Rows:],
		N: c.N,
		R: o.n1 - o.n0, S: o.p1 - o.p0, T: o.q1 - o.q0,
		WR: g.OutImage, WS: g.OutRow, WT: g.OutPixel,
	}
	if add {
		t.Z = t.Y
	}
	return t
}

// allTaps computes the sums of every tap and channel from a window.
func (g *gradient) allTaps(t simd.Tile, offsets *table, j int, v *window) {
	l := &g.Panels
	c := l.at(j)
	t.X, t.XR, t.XS, t.XT = v.x[c.Group*l.Rows:], v.image, g.StepH*v.row, g.StepW*v.pixel
	t.XOff, t.YOff = offsets.x[:], offsets.y[:]
	channel, s, r := 0, 0, 0
	for lo, rows := 0, l.Taps*l.Rows; lo < rows; lo += maxPixels {
		n := min(maxPixels, rows-lo)
		for i := range n {
			offsets.x[i] = r*g.DilH*v.row + s*g.DilW*v.pixel + channel
			offsets.y[i] = (lo + i) * c.Width
			if channel++; channel == l.Rows {
				channel = 0
				if s++; s == g.sweep.S {
					s, r = 0, r+1
				}
			}
		}
		t.Run(n)
	}
}

// eachTap computes the sums of the channels of an area, of every tap in turn, from
// the input in place.
func (g *gradient) eachTap(t simd.Tile, offsets *table, j int, o block, x []float32, a area) {
	l := &g.Panels
	c := l.at(j)
	for i := range a.hi - a.lo {
		offsets.x[i], offsets.y[i] = i, i*c.Width
	}
	t.XOff, t.YOff = offsets.x[:], offsets.y[:]
	t.XR, t.XS, t.XT = g.H*g.W*g.C, g.StepH*g.W*g.C, g.StepW*g.C
	dy, sums := t.W, t.Y
	for r := range g.sweep.R {
		p0, p1 := reach(o.p0, o.p1, g.OrgH+r*g.DilH, g.StepH, g.H)
		for s := range g.sweep.S {
			q0, q1 := reach(o.q0, o.q1, g.OrgW+s*g.DilW, g.StepW, g.W)
			t.S, t.T = p1-p0, q1-q0
			t.X, t.W = nil, nil
			if t.S > 0 && t.T > 0 {
				h, w := g.OrgH+r*g.DilH+p0*g.StepH, g.OrgW+s*g.DilW+q0*g.StepW
				t.X = x[((o.n0*g.H+h)*g.W+w)*g.C+c.Group*l.Rows+a.lo:]
				t.W = dy[(p0-o.p0)*g.OutRow+(q0-o.q0)*g.OutPixel:]
			}
			t.Y = sums[((r*g.sweep.S+s)*l.Rows+a.lo)*c.Width:]
			if len(t.Z) > 0 {
				t.Z = t.Y
			}
			t.Run(a.hi - a.lo)
		}
	}
}

// reach is the outputs among lo … hi-1 whose tap, at org from the first, lies
// inside an axis of the given size.
func reach(lo, hi, org, step, size int) (int, int) {
	lo = max(lo, (-org+step-1)/step)
	hi = min(hi, (size-org+step-1)/step)
	return lo, max(lo, hi)
}

// biases adds up the outputs of panel j: a product with one row of ones. Where
// one panel holds all channels, its columns take several pixels at once, whose
// sums are added in their order.
func (g *gradient) biases(t simd.Tile, j int, work []float32) {
	l := &g.Panels
	one, none := [1]float32{1}, [1]int{}
	t.X, t.XOff, t.YOff, t.Ahead = one[:], none[:], none[:], nil
	t.Y = work[l.len()+l.at(j).Start:]
	adding := len(t.Z) > 0
	if adding {
		t.Z = t.Y
	}
	pixels := 1
	if t.N == g.OutPixel {
		pixels = divisor(t.T, simd.Cols/t.N)
	}
	if pixels == 1 {
		t.Run(1)
		return
	}
	var wide [simd.Cols]float32
	channels, sums := t.N, t.Y
	t.N, t.T, t.WT = channels*pixels, t.T/pixels, t.WT*pixels
	t.Y, t.Z = wide[:], nil
	t.Run(1)
	for k := range channels {
		if !adding {
			sums[k] = 0
		}
		for i := range pixels {
			sums[k] += wide[i*channels+k]
		}
	}
}

// divisor is the greatest divisor of n that is at most limit.
func divisor(n, limit int) int {
	d := min(n, limit)
	for n%d != 0 {
		d--
	}
	return d
}
