package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
)

// maxTerms bounds the outputs of a block, and with them the error. Where the
// pixels of the input share cache sets, aliasedTerms of them stay in a level-2
// cache.
const (
	maxTerms     = 512
	aliasedTerms = 128
)

// maxWork bounds, in elements, what several spans may take together.
const maxWork = 1 << 18

// gradient is how the work of ConvBackwardWeights is cut. The product of
// a sweep is turned on its side: taps and channels are its rows, outputs the
// terms of its sums.
type gradient struct {
	sweep
	split
	spans int // runs of blocks, each with sums of its own
	parts int // tasks that share the panels of one span
}

func (s *ConvShape) gradient() gradient {
	g := gradient{sweep: s.forward()}
	g.split = g.sweep.reduction()
	want := min(wantTasks, g.macs()/minTask)
	g.spans = max(1, min(want, g.blocks(), maxWork/g.sums()))
	g.parts = max(1, min(want/g.spans, g.Panels.count()))
	return g
}

// reduction cuts a sweep into blocks of at most maxTerms outputs. Where the
// channels of one tap fill a tile, taps are computed one by one, each over the
// outputs for which it lies inside the input; else all together, over zeros.
func (s *sweep) reduction() split {
	b := split{pixel: s.C, exact: s.Panels.Rows >= simd.Rows || s.Panels.Depthwise}
	b.copied = !b.exact && s.padded()
	terms := maxTerms
	if !b.copied && s.StepW*s.C%aliased == 0 && !s.Panels.Depthwise {
		terms = aliasedTerms
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

// spanTask computes the sums of one span in some panels.
func spanTask(p *par.Pool, t *par.Task, worker, i int) {
	c := t.Kernel.(geometry).conv()
	g := c.gradient()
	span, part := i/g.parts, i%g.parts
	work := t.F[4][span*g.sums():][:g.sums()]
	blocks, count := g.blocks(), g.Panels.count()
	bias := t.F[1] != nil
	var offsets table
	first := span * blocks / g.spans
	for b := first; b < (span+1)*blocks/g.spans; b++ {
		o := g.block(&g.split, b)
		x := t.F[2]
		var v window
		if !g.exact {
			v = g.input(&g.split, o, x, p.Scratch(worker))
		}
		for j := part * count / g.parts; j < (part+1)*count/g.parts; j++ {
			t := g.tile(j, o, t.F[3], work, b > first)
			switch {
			case g.Panels.Depthwise:
				g.eachChannel(t, j, o, x)
			case g.exact:
				g.eachTap(t, &offsets, j, o, x)
			default:
				g.allTaps(t, &offsets, j, &v)
			}
			if bias {
				g.biases(t, j, work)
			}
		}
	}
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

// eachTap computes the sums of every tap in turn, from the input in place.
func (g *gradient) eachTap(t simd.Tile, offsets *table, j int, o block, x []float32) {
	l := &g.Panels
	c := l.at(j)
	for i := range min(maxPixels, l.Rows) {
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
				t.X = x[((o.n0*g.H+h)*g.W+w)*g.C+c.Group*l.Rows:]
				t.W = dy[(p0-o.p0)*g.OutRow+(q0-o.q0)*g.OutPixel:]
			}
			for lo := 0; lo < l.Rows; lo += maxPixels {
				u := t
				u.Y = sums[((r*g.sweep.S+s)*l.Rows+lo)*c.Width:]
				if len(t.Z) > 0 {
					u.Z = u.Y
				}
				if t.X != nil {
					u.X = t.X[lo:]
				}
				u.Run(min(maxPixels, l.Rows-lo))
			}
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
	t.X, t.XOff, t.YOff = one[:], none[:], none[:]
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
