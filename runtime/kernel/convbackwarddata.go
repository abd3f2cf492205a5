package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConvBackwardData is the gradient of a convolution by its input.
//
// Shapes: dx N,H,W,C; dy N,P,Q,K; packed from ConvPackTransposed.
// Formula: dx[n,h,w,c] = Σ dy[n,p,q,k] · w[k,c,r,s] over all p, q, r, s with
// h = p·StrideH−PadT+r·DilH and w = q·StrideW−PadL+s·DilW, and the k of c's
// group. Order: from zero over p, q, k ascending, one rounding a term.
// Error: at most R·S·K/Groups·2⁻²⁴ of Σ|dy·w|.
// Source: for stride 1 the convolution with the flipped filters; for larger
// strides one convolution for each residue of h and w, with the taps that meet
// it.
type ConvBackwardData struct{ ConvShape }

// phases is the number of residues.
func (s *ConvShape) phases() int { return min(s.StrideH, s.H) * min(s.StrideW, s.W) }

// backward is the sweep from dy to the dx of phase i.
func (s *ConvShape) backward(i int) sweep {
	i, j := i/min(s.StrideW, s.W), i%min(s.StrideW, s.W)
	v := axisPhase(s.R, s.StrideH, s.DilH, i+s.PadT)
	u := axisPhase(s.S, s.StrideW, s.DilW, j+s.PadL)
	return sweep{
		N: s.N, H: s.P, W: s.Q, C: s.K,
		P: (s.H - i + s.StrideH - 1) / s.StrideH, Q: (s.W - j + s.StrideW - 1) / s.StrideW,
		StepH: 1, StepW: 1,
		OrgH: v.org, OrgW: u.org,
		R: v.taps, S: u.taps, DilH: v.dil, DilW: u.dil,
		Panels:   s.transposed(),
		Tap0:     v.first*s.S + u.first,
		TapRow:   v.step * s.S,
		TapCol:   u.step,
		Out:      (i*s.W + j) * s.C,
		OutImage: s.H * s.W * s.C, OutRow: s.StrideH * s.W * s.C, OutPixel: s.StrideW * s.C,
	}.flat()
}

// phase is the taps of one axis that meet one residue, in the order of the
// flipped filter, in which the outputs they read ascend.
type phase struct {
	taps        int
	first, step int // taps first, first+step, … of the flipped filter
	org, dil    int // output org of the first tap, and the step between taps
}

// axisPhase finds the taps r of size with (at − r·dil) divisible by stride; at
// is the input position, padding included.
func axisPhase(size, stride, dil, at int) phase {
	v := phase{step: 1, dil: 1}
	for r := size - 1; r >= 0; r-- {
		if (at-r*dil)%stride != 0 {
			continue
		}
		out := (at - r*dil) / stride
		switch v.taps {
		case 0:
			v.first, v.org = size-1-r, out
		case 1:
			v.step, v.dil = size-1-r-v.first, out-v.org
		}
		v.taps++
	}
	return v
}

// Run sets dx.
func (k *ConvBackwardData) Run(p *par.Pool, dx, dy, packed []float32) {
	runBackwardData(p, k, "conv backward data", dx, dy, packed, nil)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvBackwardData) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// Operands describes the arguments of Run.
func (k *ConvBackwardData) Operands() []plan.Operand { return k.backwardDataOperands() }

// Scratch is the private memory a worker needs.
func (k *ConvBackwardData) Scratch() int {
	n := 0
	for i := range k.phases() {
		s := k.backward(i)
		b := s.split()
		n = max(n, s.scratch(&b))
	}
	return n
}

// inputSpan is spanLen of the map of C channels.
func (s *ConvShape) inputSpan(pitch int) int { return (s.N*s.H*s.W-1)*pitch + s.C }

// runBackwardData adds b, which has an element for each channel of dx, unless it
// is nil.
func runBackwardData(p *par.Pool, k geometry, name string, dx, dy, packed, b []float32) {
	c := k.conv()
	l := c.transposed()
	checkLen(name, "dx", len(dx), c.inputSpan(pitchOf(k, c.C)))
	checkLen(name, "dy", len(dy), c.yLen())
	checkLen(name, "packed", len(packed), l.len())
	tasks := 0
	for i := range c.phases() {
		s := c.backward(i)
		tasks += s.tasks()
	}
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = dx, dy, packed, b
	p.Run(tasks, backwardDataTask, t)
}

func backwardDataTask(p *par.Pool, t *par.Task, worker, i int) {
	c := t.Kernel.(geometry).conv()
	e := epilogueOf(t.Kernel.(plan.Kernel), t.F[3], nil)
	pitch, desk := pitchOf(t.Kernel, c.C), deskOf(p, worker, i)
	for j := range c.phases() {
		s := c.backward(j).pitch(c.C, pitch)
		n := s.tasks()
		if i < n {
			s.task(i, t.F[0], t.F[1], t.F[2], e, desk)
			return
		}
		i -= n
	}
}

func (s *ConvShape) backwardDataOperands() []plan.Operand {
	l := s.transposed()
	return []plan.Operand{write("dx", s.xLen()), read("dy", s.yLen()), read("packed", l.len())}
}
