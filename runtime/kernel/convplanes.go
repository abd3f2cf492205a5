package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// planes is a convolution of one input channel, which is a plane already: its
// vectors run over the pixels of a row, so that few output channels fill them as
// well as many do. The outputs are made as planes, two rows at a time, and
// written as pixels; with pool the maximum of each square of four.
type planes struct {
	ConvShape
	pool  bool
	pitch int // distance of the pixels of y
}

// Planar says that ConvForward takes the convolution plane by plane, and that
// ConvMaxPool can.
func (s *ConvShape) Planar() bool {
	return s.C == 1 && s.StrideH == 1 && s.StrideW == 1 && s.DilH == 1 && s.DilW == 1 && s.Q >= simd.PlaneLanes/2
}

// planeWindow is the most elements of the input that a task works on.
const planeWindow = 8 << 10

// pairs is the number of pairs of rows of an image.
func (s *planes) pairs() int {
	if s.pool {
		return s.P / 2
	}
	return (s.P + 1) / 2
}

// width is the columns of a plane, and of the window that they are made of.
func (s *planes) width() (out, in int) {
	out = (s.Q + simd.PlaneLanes - 1) / simd.PlaneLanes * simd.PlaneLanes
	return out, out + s.S - 1
}

// parts is the number of tasks of an image.
func (s *planes) parts() int {
	_, in := s.width()
	fit := max(1, (planeWindow/in-s.R+1)/simd.PlaneRows)
	pairs := s.pairs()
	macs := s.P * s.Q * s.K * s.R * s.S
	return imageParts(pairs, fit, macs, s.N)
}

// rows is the most rows of the window of a task.
func (s *planes) rows() int {
	parts := s.parts()
	return simd.PlaneRows*((s.pairs()+parts-1)/parts) + s.R - 1
}

func (s *planes) scratch() int {
	out, in := s.width()
	return s.rows()*in + simd.Cols*simd.PlaneRows*out
}

// planar is a kernel that may be computed plane by plane.
type planar interface{ planes() planes }

func runPlanes(p *par.Pool, t par.Task) {
	s := t.Kernel.(planar).planes()
	p.Run(s.N*s.parts(), planesTask, t)
}

// planesTask computes some pairs of rows of one image.
func planesTask(p *par.Pool, t *par.Task, worker, i int) {
	s := t.Kernel.(planar).planes()
	parts, pairs := s.parts(), s.pairs()
	n, part := i/parts, i%parts
	lo, hi := part*pairs/parts, (part+1)*pairs/parts
	out, in := s.width()
	scratch := p.Scratch(worker)
	window, made := scratch[:s.rows()*in], scratch[s.rows()*in:]
	s.input(window, in, t.F[1][n*s.H*s.W:][:s.H*s.W], simd.PlaneRows*lo-s.PadT, simd.PlaneRows*hi-s.PadT+s.R-1)

	e, l := epilogueOf(t.Kernel.(plan.Kernel), t.F[3], nil), s.packed()
	pixels := simd.Pixels{X: made, N: s.Q, XK: simd.PlaneRows * out, XRow: out, YN: s.pitch, Rows: 1}
	if s.pool {
		pixels.N, pixels.Pool = s.Q/2, 1
	}
	plane := simd.Plane{N: out, R: s.R, S: s.S, XRow: in, YK: simd.PlaneRows * out, YRow: out, Clamp: e.fn.clamp()}
	for j := range l.count() {
		c := l.at(j)
		plane.Y, plane.K, plane.WT, pixels.K = made, c.N, c.Width, c.N
		plane.W = t.F[2][c.Start*l.Taps:]
		if e.b != nil {
			plane.B = e.b[c.Col:]
		}
		for pair := lo; pair < hi; pair++ {
			plane.X = window[simd.PlaneRows*(pair-lo)*in:]
			plane.Run()
			if e.fn.late() {
				e.fn.apply(made, c.N*plane.YK, 1, c.N*plane.YK)
			}
			s.output(&pixels, t.F[0][c.Col:], made, n, pair)
		}
	}
}

// input sets the window to rows first … last-1 of an image, between zeros.
func (s *planes) input(window []float32, width int, x []float32, first, last int) {
	clear(window[:(last-first)*width])
	left := min(s.PadL, width)
	n := max(0, min(s.W, width-left))
	for h := max(first, 0); h < min(last, s.H); h++ {
		copy(window[(h-first)*width+left:], x[h*s.W:][:n])
	}
}

// output writes a pair of rows of planes to image n of y.
func (s *planes) output(t *simd.Pixels, y, made []float32, n, pair int) {
	if s.pool {
		t.Y = y[(n*(s.P/2)+pair)*t.N*s.pitch:]
		t.Run()
		return
	}
	for i := range min(simd.PlaneRows, s.P-simd.PlaneRows*pair) {
		t.X = made[i*t.XRow:]
		t.Y = y[(n*s.P+simd.PlaneRows*pair+i)*s.Q*s.pitch:]
		t.Run()
	}
}

// ConvMaxPool is ConvForward of a planar convolution and, of what it makes, the
// maximum of each square of 2×2 pixels, for inference.
//
// Shapes: y N,⌊P/2⌋,⌊Q/2⌋,K; x N,H,W,1; packed from ConvPack; b K or nil.
// Formula, order and error: of ConvForward without z, then of MaxPool.
type ConvMaxPool struct {
	ConvShape
	Fn Fn
}

func (k *ConvMaxPool) function() Fn { return k.Fn }

func (k *ConvMaxPool) planes() planes { return planes{k.ConvShape, true, k.K} }

// Run sets y.
func (k *ConvMaxPool) Run(p *par.Pool, y, x, packed, b []float32) {
	l := k.packed()
	checkLen("conv max pool", "y", len(y), k.outLen())
	checkLen("conv max pool", "x", len(x), k.xLen())
	checkLen("conv max pool", "packed", len(packed), l.len())
	checkChannels("conv max pool", "b", b, k.K)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = y, x, packed, b
	runPlanes(p, t)
}

func (k *ConvMaxPool) outLen() int { return k.N * (k.P / 2) * (k.Q / 2) * k.K }

// Call runs the kernel on views in the order of Operands.
func (k *ConvMaxPool) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *ConvMaxPool) Operands() []plan.Operand {
	l := k.packed()
	return []plan.Operand{
		write("y", k.outLen()), read("x", k.xLen()), read("packed", l.len()), optional(read("b", k.K)),
	}
}

// Scratch is the private memory a worker needs.
func (k *ConvMaxPool) Scratch() int { s := k.planes(); return s.scratch() }
