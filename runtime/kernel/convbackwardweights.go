package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConvBackwardWeights is the gradient of a convolution by its weights and bias.
//
// Shapes: dw K, C/Groups, R, S; db K or nil; x N,H,W,C; dy N,P,Q,K; work of
// WorkLen. Formula: dw[k,c,r,s] = Σ_n Σ_p Σ_q dy[n,p,q,k] · x[n,
// p·StrideH−PadT+r·DilH, q·StrideW−PadL+s·DilW, c]; db[k] = Σ dy[n,p,q,k].
// Order: outputs fall into blocks, and blocks into spans, by the geometry
// alone. Within a block the sum goes from zero over n, p, q ascending, one
// rounding a term; the blocks of a span are added in order, then the spans.
// Error: at most (M + blocks)·2⁻²⁴ of Σ|dy·x|, where M ≤ maxTerms is the number
// of outputs in a block.
// Source: the same gathered matrix product as ConvForward, with taps for rows
// and outputs for the reduction.
type ConvBackwardWeights struct{ ConvShape }

// maxTerms bounds the outputs of a block, and with them the error.
const maxTerms = 512

// maxWork bounds, in elements, what several spans may take together.
const maxWork = 1 << 18

// gradient is how the work of ConvBackwardWeights is cut.
type gradient struct {
	sweep
	split
	spans int // runs of blocks, each with sums of its own
	parts int // tasks that share the panels of one span
}

func (s *ConvShape) gradient() gradient {
	g := gradient{sweep: s.forward()}
	g.split = g.sweep.reduction()
	l := &g.Panels
	want := min(wantTasks, g.macs()/minTask)
	g.spans = max(1, min(want, g.blocks(), maxWork/g.sums()))
	g.parts = max(1, min(want/g.spans, l.count()))
	return g
}

// reduction cuts a sweep into blocks of at most maxTerms outputs.
func (s *sweep) reduction() split {
	b := split{pixel: s.C, copied: s.padded()}
	s.cut(&b, maxTerms)
	most := maxTerms / (b.p * b.q)
	if b.copied {
		most = min(most, maxWindow/(s.window(b.p, b.q)*b.pixel))
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

// WorkLen is the number of elements of work.
func (k *ConvBackwardWeights) WorkLen() int {
	g := k.gradient()
	return g.spans * g.sums()
}

// Run sets dw and db. What work held does not matter.
func (k *ConvBackwardWeights) Run(p *par.Pool, dw, db, x, dy, work []float32) {
	runBackwardWeights(p, k, "conv backward weights", dw, db, x, dy, work)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvBackwardWeights) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *ConvBackwardWeights) Operands() []plan.Operand { return k.backwardWeightsOperands() }

// Scratch is the private memory a worker needs.
func (k *ConvBackwardWeights) Scratch() int {
	g := k.gradient()
	return g.scratch(&g.split)
}

func runBackwardWeights(p *par.Pool, k geometry, name string, dw, db, x, dy, work []float32) {
	c := k.conv()
	g := c.gradient()
	checkLen(name, "dw", len(dw), c.wLen())
	if db != nil {
		checkLen(name, "db", len(db), c.K)
	}
	checkLen(name, "x", len(x), c.xLen())
	checkLen(name, "dy", len(dy), c.yLen())
	checkLen(name, "work", len(work), g.spans*g.sums())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = dw, db, x, dy, work
	p.Run(g.spans*g.parts, spanTask, t)
	p.Run(g.Panels.count(), gatherTask, t)
}

func (s *ConvShape) backwardWeightsOperands() []plan.Operand {
	g := s.gradient()
	return []plan.Operand{
		write("dw", s.wLen()), optional(write("db", s.K)),
		read("x", s.xLen()), read("dy", s.yLen()),
		write("work", g.spans*g.sums()),
	}
}

// spanTask computes the sums of one span in some panels.
func spanTask(p *par.Pool, t *par.Task, worker, i int) {
	c := t.Kernel.(geometry).conv()
	g := c.gradient()
	span, part := i/g.parts, i%g.parts
	work := t.F[4][span*g.sums():][:g.sums()]
	blocks, count := g.blocks(), g.Panels.count()
	first := span * blocks / g.spans
	for b := first; b < (span+1)*blocks/g.spans; b++ {
		o := g.block(&g.split, b)
		v := g.input(&g.split, o, t.F[2], p.Scratch(worker))
		for j := part * count / g.parts; j < (part+1)*count/g.parts; j++ {
			g.panel(j, o, &v, t.F[3], work, t.F[1] != nil, b > first)
		}
	}
}

// panel adds one block of outputs to the sums of panel j, or starts them.
func (g *gradient) panel(j int, o block, v *window, dy, work []float32, bias, add bool) {
	l := &g.Panels
	c := l.at(j)
	t := simd.Tile{
		W: dy[o.n0*g.OutImage+o.p0*g.OutRow+o.q0*g.OutPixel+c.Group*l.Cols+c.Col:],
		Y: work[c.Start*l.Taps*l.Rows:],
		N: c.N,
		R: o.n1 - o.n0, S: o.p1 - o.p0, T: o.q1 - o.q0,
		XR: v.image, XS: g.StepH * v.row, XT: g.StepW * v.pixel,
		WR: g.OutImage, WS: g.OutRow, WT: g.OutPixel,
	}
	if add {
		t.Add = 1
	}
	var xoff, yoff [maxPixels]int
	x, channel, s, r := c.Group*l.Rows, 0, 0, 0
	t.X, t.XOff, t.YOff = v.x, xoff[:], yoff[:]
	rows := l.Taps * l.Rows
	for lo := 0; lo < rows; lo += maxPixels {
		n := min(maxPixels, rows-lo)
		for i := range n {
			xoff[i] = x + r*g.DilH*v.row + s*g.DilW*v.pixel + channel
			yoff[i] = (lo + i) * c.Width
			if channel++; channel == l.Rows {
				channel = 0
				if s++; s == g.sweep.S {
					s, r = 0, r+1
				}
			}
		}
		t.Run(n)
	}
	if bias {
		one := [1]float32{1}
		t.X, t.XR, t.XS, t.XT = one[:], 0, 0, 0
		t.Y = work[l.len()+c.Start:]
		xoff[0], yoff[0] = 0, 0
		t.Run(1)
	}
}

// gatherTask adds the spans of one panel and puts its sums in file order.
func gatherTask(_ *par.Pool, t *par.Task, _, i int) {
	c := t.Kernel.(geometry).conv()
	g := c.gradient()
	l := &g.Panels
	q := l.at(i)
	length := l.Taps * l.Rows
	sums := t.F[4][q.Start*length:][:q.Width*length]
	biases := t.F[4][l.len()+q.Start:][:q.N]
	for n := 1; n < g.spans; n++ {
		more := t.F[4][n*g.sums():]
		simd.Add(sums, sums, more[q.Start*length:][:len(sums)])
		if t.F[1] != nil {
			simd.Add(biases, biases, more[l.len()+q.Start:][:q.N])
		}
	}
	out := q.Group*l.Cols + q.Col
	unpackPanel(t.F[0][out*length:][:q.N*length], sums, q.N, q.Width, l.Rows, l.Taps)
	if t.F[1] != nil {
		copy(t.F[1][out:], biases)
	}
}
