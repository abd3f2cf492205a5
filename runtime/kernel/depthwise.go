package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// depthwise says that every channel is convolved with one filter of its own.
// Such a convolution is no matrix product: its vectors run over channels of
// input and output alike.
func (s *ConvShape) depthwise() bool { return s.C > 1 && s.C == s.K && s.C == s.Groups }

// channels is the layout of the weights of a depthwise convolution: that of one
// group with one input channel.
func (s *ConvShape) channels() panels {
	return panels{Groups: 1, Cols: s.C, Rows: 1, Taps: s.R * s.S, Depthwise: true}
}

// line is one axis of a block: its outputs, and how far apart they are in input
// and output.
type line struct{ n, x, y int }

// depthwise computes a block from its window in the channels of panels
// lo … hi-1, outputs together along its longer side.
func (s *sweep) depthwise(o block, v window, lo, hi int, y, packed []float32, e epilogue) {
	l := &s.Panels
	across := line{o.p1 - o.p0, s.StepH * v.row, s.OutRow}
	along := line{o.q1 - o.q0, s.StepW * v.pixel, s.OutPixel}
	if along.n < across.n {
		across, along = along, across
	}
	d := simd.Depthwise{
		N: along.n, R: s.R, S: s.S,
		XN: along.x, XR: s.DilH * v.row, XS: s.DilW * v.pixel,
		YN: along.y, Clamp: e.fn.clamp(),
	}
	for n := o.n0; n < o.n1; n++ {
		for i := range across.n {
			in := (n-o.n0)*v.image + i*across.x
			out := s.Out + n*s.OutImage + o.p0*s.OutRow + o.q0*s.OutPixel + i*across.y
			for j := lo; j < hi; j++ {
				c := l.at(j)
				d.C = c.N
				d.W = packed[c.Start*l.Taps+s.Tap0*c.Width:]
				d.WR, d.WS = s.TapRow*c.Width, s.TapCol*c.Width
				if e.b != nil {
					d.B = e.b[c.Col:]
				}
				if e.z != nil {
					d.Z = e.z[out+c.Col:]
				}
				if !s.empty() {
					d.X = v.x[in+c.Col:]
				}
				d.Y = y[out+c.Col:]
				d.Run()
				if e.fn.late() {
					e.fn.apply(y[out+c.Col:], d.C, d.N, d.YN)
				}
			}
		}
	}
}

// eachChannel adds the products of a block to the sums of panel j, whose tile
// tells where they and the outputs are. The taps of a row go together over the
// columns of outputs for which all of them lie inside the input, and one by one
// over the columns beside.
func (g *gradient) eachChannel(t simd.Tile, j int, o block, x []float32) {
	c := g.Panels.at(j)
	d := simd.Depthwise{
		C:  c.N,
		XN: g.DilW * g.C, XR: g.StepH * g.W * g.C, XS: g.StepW * g.C,
		WR: g.OutRow, WS: g.OutPixel,
		YN: c.Width,
	}
	adding := len(t.Z) > 0
	taps := g.sweep.S
	for n := o.n0; n < o.n1; n++ {
		for r := range g.sweep.R {
			row := g.OrgH + r*g.DilH
			p0, p1 := reach(o.p0, o.p1, row, g.StepH, g.H)
			// add takes n taps from s on over columns q0 … q1-1.
			add := func(s, count, q0, q1 int) {
				d.N, d.R, d.S = count, p1-p0, q1-q0
				if d.R > 0 && d.S > 0 {
					h, w := row+p0*g.StepH, g.OrgW+s*g.DilW+q0*g.StepW
					d.X = x[((n*g.H+h)*g.W+w)*g.C+c.Col:]
					d.W = t.W[(n-o.n0)*g.OutImage+(p0-o.p0)*g.OutRow+(q0-o.q0)*g.OutPixel:]
				} else if adding {
					return
				}
				d.Y, d.Z = t.Y[(r*taps+s)*c.Width:], nil
				if adding {
					d.Z = d.Y
				}
				d.Run()
			}
			lo, _ := reach(o.q0, o.q1, g.OrgW, g.StepW, g.W)
			_, hi := reach(o.q0, o.q1, g.OrgW+(taps-1)*g.DilW, g.StepW, g.W)
			hi = max(lo, hi)
			add(0, taps, lo, hi)
			before := adding
			adding = true
			for s := range taps {
				q0, q1 := reach(o.q0, o.q1, g.OrgW+s*g.DilW, g.StepW, g.W)
				add(s, 1, q0, min(q1, lo))
				add(s, 1, max(q0, hi), q1)
			}
			adding = before
		}
		adding = true
	}
}
