package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConvShape is the geometry of a two-dimensional convolution: N images of H×W
// pixels and C channels become P×Q pixels of K channels, through filters of
// R×S taps. Output row p reads input rows p·StrideH − PadT + r·DilH, columns
// likewise; what lies outside of the image counts as 0 (whether this 0 meets an
// infinite weight, and makes a NaN, is not promised). P and Q are given, and so
// imply the padding at the bottom and the right. Channels fall into Groups;
// both C and K are multiples of Groups.
type ConvShape struct {
	N, H, W, C       int
	K, R, S          int
	P, Q             int
	StrideH, StrideW int
	PadT, PadL       int
	DilH, DilW       int
	Groups           int
}

// geometry is a kernel of the convolution family.
type geometry interface{ conv() ConvShape }

func (s *ConvShape) conv() ConvShape { return *s }

func (s *ConvShape) xLen() int { return s.N * s.H * s.W * s.C }
func (s *ConvShape) yLen() int { return s.N * s.P * s.Q * s.K }
func (s *ConvShape) wLen() int { return s.K * s.C / s.Groups * s.R * s.S }

// forward is the convolution as a sweep from x to y.
func (s *ConvShape) forward() sweep {
	return sweep{
		N: s.N, H: s.H, W: s.W, C: s.C,
		P: s.P, Q: s.Q,
		StepH: s.StrideH, StepW: s.StrideW,
		OrgH: -s.PadT, OrgW: -s.PadL,
		R: s.R, S: s.S, DilH: s.DilH, DilW: s.DilW,
		Panels:   s.packed(),
		TapRow:   s.S,
		TapCol:   1,
		OutImage: s.P * s.Q * s.K, OutRow: s.Q * s.K, OutPixel: s.K,
	}.flat()
}

// ConvForward is a convolution.
//
// Shapes: y N,P,Q,K; x N,H,W,C; packed from ConvPack; b K or nil; z as y or nil,
// y may be z. Formula: y[n,p,q,k] = f(z[n,p,q,k] + b[k] + Σ_r Σ_s Σ_c
// x[n, p·StrideH−PadT+r·DilH, q·StrideW−PadL+s·DilW, c] · w[k,c,r,s]), over the c
// of k's group, f the function Fn. With Pitch the pixels of y are that far apart,
// and what lies between them is kept: y has the channels of a joined map, from its
// first one on, and there is no z.
// Order: from zero over r, s, c ascending, one rounding a term; then b, then z.
// Error: at most (R·S·C/Groups + 2)·2⁻²⁴ of Σ|x·w| + |b| + |z|, before f.
// Source: implicit matrix product without a copy of the input, after Dukhan,
// arXiv:1907.02129.
type ConvForward struct {
	ConvShape
	Fn    Fn
	Pitch int
}

// pitched is a kernel whose output may have pixels that lie apart.
type pitched interface{ pixels() int }

func (k *ConvForward) pixels() int { return k.Pitch }

// pitchOf is the distance of pixels of the output of a kernel, of c channels.
func pitchOf(k any, c int) int {
	if p, ok := k.(pitched); ok && p.pixels() > 0 {
		return p.pixels()
	}
	return c
}

// spanLen is the number of elements from the first of an output to its last.
func (s *ConvShape) spanLen(pitch int) int { return (s.N*s.P*s.Q-1)*pitch + s.K }

// pitch is the sweep with the pixels of the map it writes, of c channels, p apart.
func (s sweep) pitch(c, p int) sweep {
	s.Out, s.OutImage, s.OutRow, s.OutPixel = s.Out/c*p, s.OutImage/c*p, s.OutRow/c*p, s.OutPixel/c*p
	return s
}

func (k *ConvForward) planes() planes { return planes{k.ConvShape, false, pitchOf(k, k.K)} }

func (k *ConvForward) function() Fn { return k.Fn }

// Run sets y.
func (k *ConvForward) Run(p *par.Pool, y, x, packed, b, z []float32) {
	runForward(p, k, "conv forward", y, x, packed, b, z, nil)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvForward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// InPlace says that y may lie where z does.
func (k *ConvForward) InPlace() (dst, src int) { return 0, 4 }

// Operands describes the arguments of Run.
func (k *ConvForward) Operands() []plan.Operand { return k.joined(k.forwardOperands(), k.Pitch) }

// joined are the operands where the output may have a pitch.
func (s *ConvShape) joined(ops []plan.Operand, pitch int) []plan.Operand {
	if pitch > 0 {
		ops[0].Len = s.spanLen(pitch)
	}
	return ops
}

// Scratch is the private memory a worker needs.
func (k *ConvForward) Scratch() int {
	s := k.forward()
	b := s.split()
	n := s.scratch(&b)
	if k.Planar() {
		l := k.planes()
		n = max(n, l.scratch())
	}
	return n
}

func runForward(p *par.Pool, k geometry, name string, y, x, packed, b, z, partials []float32) {
	c := k.conv()
	s := c.forward()
	checkLen(name, "y", len(y), c.spanLen(pitchOf(k, c.K)))
	checkLen(name, "x", len(x), c.xLen())
	checkLen(name, "packed", len(packed), s.Panels.len())
	if b != nil {
		checkLen(name, "b", len(b), c.K)
	}
	if z != nil {
		checkLen(name, "z", len(z), c.yLen())
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4], t.F[5] = y, x, packed, b, z, partials
	if _, ok := k.(planar); ok && z == nil && c.Planar() {
		runPlanes(p, t)
		return
	}
	if s.point() && partials == nil {
		p.Run(s.products(), productTask, t)
		return
	}
	p.Run(s.tasks(), forwardTask, t)
}

func forwardTask(p *par.Pool, t *par.Task, worker, i int) {
	c := t.Kernel.(geometry).conv()
	s := c.forward().pitch(c.K, pitchOf(t.Kernel, c.K))
	e := epilogueOf(t.Kernel.(plan.Kernel), t.F[3], t.F[4])
	e.partials = t.F[5]
	s.task(i, t.F[0], t.F[1], t.F[2], e, deskOf(p, worker, i))
}

func (s *ConvShape) forwardOperands() []plan.Operand {
	l := s.packed()
	return []plan.Operand{
		write("y", s.yLen()), read("x", s.xLen()),
		read("packed", l.len()), optional(read("b", s.K)), optional(read("z", s.yLen())),
	}
}
