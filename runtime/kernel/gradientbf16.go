package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ConvBackwardWeightsBF16 is ConvBackwardWeights on bf16.
//
// Shapes: dw K,C,R,S; db K or nil; x N,H,W, C rounded up to an even number; dy
// N,P,Q,K; work of WorkLen. Order: outputs fall into pairs, pairs into blocks and
// blocks into spans, by the geometry alone. In a block the sum goes from zero over
// its pairs in order of n, p, q, of a pair the second first, one rounding
// a product; the blocks of a span are added in order, then the spans.
// Error: at most (2·gradientPairs + blocks)·2⁻²⁴ of Σ|dy·x|.
// Source: x and dy, transposed to pairs of outputs near the processor, as the
// factors of a product of matrices.
type ConvBackwardWeightsBF16 struct{ ConvShape }

// The limits of what is transposed at once: pairs of outputs, and channels or
// taps times channels. Both factors and their sums fit a level-2 cache.
const (
	gradientPairs = 192
	gradientRows  = 256
)

// pairGradient is how the work is cut. The sums have the layout of the plain
// panels, with taps and channels as rows.
type pairGradient struct {
	panels
	block, blocks int // outputs of a block, a whole number of pairs; how many blocks
	spans         int // runs of blocks, each with sums of its own
	taps, groups  int // taps that are taken together, and how many times
	rows, chunks  int // input channels of a task, a whole number of vectors
	cols, strips  int // panels of a task
}

// pairLanes is the number of channels that are transposed together.
const pairLanes = 16

func (s *ConvShape) pairGradient() pairGradient {
	g := pairGradient{panels: s.packed()}
	outputs := s.N * s.P * s.Q
	pairs := (outputs + 1) / 2
	pairs, g.blocks = even(pairs, min(gradientPairs, pairs))
	g.block = 2 * pairs
	vectors := (s.C + pairLanes - 1) / pairLanes
	vectors, g.chunks = even(vectors, min(gradientRows/pairLanes, vectors))
	g.rows = vectors * pairLanes
	g.taps = 1
	if g.chunks == 1 {
		g.taps = min(max(1, gradientRows/g.rows), s.R*s.S)
	}
	g.taps, g.groups = even(s.R*s.S, g.taps)
	g.cols, g.strips = even(g.count(), min(gradientRows/simd.Cols, g.count()))
	want := min(wantTasks, outputs*s.C*s.K*s.R*s.S/minTask) / (g.groups * g.chunks * g.strips)
	g.spans = max(1, min(want, g.blocks, maxWork/g.sums()))
	return g
}

// sums is the length of the sums of one span: the panels, then the biases.
func (g *pairGradient) sums() int { return g.len() + g.padded() }

func (g *pairGradient) tasks() int { return g.spans * g.groups * g.chunks * g.strips }

// BF16 is the form for bf16.
func (k *ConvBackwardWeights) BF16(func(int) bool) plan.Kernel {
	if !k.pairs() {
		return nil
	}
	return &ConvBackwardWeightsBF16{k.ConvShape}
}

// WorkLen is the number of elements of work.
func (k *ConvBackwardWeightsBF16) WorkLen() int {
	g := k.pairGradient()
	return g.spans * g.sums()
}

// Scratch is the private memory a worker needs: both factors.
func (k *ConvBackwardWeightsBF16) Scratch() int {
	g := k.pairGradient()
	return g.block / 2 * (g.taps*g.rows + g.cols*simd.Cols)
}

// Run sets dw and db. What work held does not matter.
func (k *ConvBackwardWeightsBF16) Run(p *par.Pool, dw, db []float32, x, dy []uint16, work []float32) {
	g := k.pairGradient()
	checkLen("conv backward weights bf16", "dw", len(dw), k.wLen())
	checkChannels("conv backward weights bf16", "db", db, k.K)
	checkLen("conv backward weights bf16", "x", len(x), k.pitchLen())
	checkLen("conv backward weights bf16", "dy", len(dy), k.yLen())
	checkLen("conv backward weights bf16", "work", len(work), g.spans*g.sums())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.H[2], t.H[3], t.F[4] = dw, db, x, dy, work
	p.Run(g.tasks(), pairSpanTask, t)
	p.Run(g.count(), pairGatherTask, t)
}

// Call runs the kernel on views in the order of Operands.
func (k *ConvBackwardWeightsBF16) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].H, a[3].H, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *ConvBackwardWeightsBF16) Operands() []plan.Operand {
	return []plan.Operand{
		write("dw", k.wLen()), optional(write("db", k.K)),
		half(read("x", k.pitchLen())), half(read("dy", k.yLen())), write("work", k.WorkLen()),
	}
}

// pairTask is one task: some taps, channels and panels of one span.
type pairTask struct {
	pairGradient
	s            ConvShape
	tap0, tap1   int
	c0, c1       int // input channels
	panel0       int
	panel1       int
	x, dy        []uint16
	work         []float32
	left, right  []float32 // the factors, pairs of outputs
	off          [2 * gradientPairs]int
	base, hs, ws [2 * gradientPairs]int // of each output: its first tap, and where that lies
	offsets      table
	listed       [2]int // for which number of pairs and width
}

// pairSpanTask computes the sums of one span in some panels and rows.
func pairSpanTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*ConvBackwardWeightsBF16)
	v := pairTask{pairGradient: k.pairGradient(), s: k.ConvShape, x: t.H[2], dy: t.H[3]}
	strip, i := i%v.strips, i/v.strips
	chunk, i := i%v.chunks, i/v.chunks
	group, span := i%v.groups, i/v.groups
	v.tap0, v.tap1 = group*v.taps, min((group+1)*v.taps, k.R*k.S)
	v.c0, v.c1 = chunk*v.rows, min((chunk+1)*v.rows, k.C)
	v.panel0, v.panel1 = strip*v.cols, min((strip+1)*v.cols, v.count())
	v.work = t.F[4][span*v.sums():][:v.sums()]
	v.left = p.Scratch(worker)
	v.right = v.left[v.block/2*v.taps*v.rows:]
	first := span * v.blocks / v.spans
	for b := first; b < (span+1)*v.blocks/v.spans; b++ {
		v.outputs(b)
		v.multiply(b, b > first, t.F[1] != nil && group == 0 && chunk == 0)
	}
}

// outputs lists the outputs of block b: where their first tap lies.
func (v *pairTask) outputs(b int) {
	s := &v.s
	o, end := b*v.block, min((b+1)*v.block, s.N*s.P*s.Q)
	q, p, n := o%s.Q, o/s.Q%s.P, o/s.Q/s.P
	for i := range end - o {
		v.hs[i], v.ws[i] = p*s.StrideH-s.PadT, q*s.StrideW-s.PadL
		v.base[i] = ((n*s.H+v.hs[i])*s.W + v.ws[i]) * paired(s.C)
		if q++; q == s.Q {
			q = 0
			if p++; p == s.P {
				p, n = 0, n+1
			}
		}
	}
}

// multiply adds the products of block b to the sums, or starts them.
func (v *pairTask) multiply(b int, add, bias bool) {
	s := &v.s
	o := b * v.block
	m := min(v.block, s.N*s.P*s.Q-o)
	pairs := (m + 1) / 2
	off := v.off[:2*pairs]
	off[2*pairs-1] = -1 // of an odd number the last stands alone
	for tap := v.tap0; tap < v.tap1; tap++ {
		v.tapOffsets(tap, m)
		simd.GatherPairs(v.left[(tap-v.tap0)*v.rows*pairs:], v.x[v.c0:], off, v.c1-v.c0, pairLanes, pairLanes*pairs)
	}
	off[2*pairs-1] = -1
	for i := range m {
		off[i] = (o + i) * s.K
	}
	for j := v.panel0; j < v.panel1; j++ {
		c := v.at(j)
		w := v.right[(j-v.panel0)*pairs*simd.Cols:][:pairs*simd.Cols]
		simd.GatherPairs(w, v.dy[c.Col:], off, c.N, simd.Cols, pairLanes)
	}
	for j := v.panel0; j < v.panel1; j++ {
		v.tiles(j, pairs, add, bias)
	}
}

// tapOffsets lists where the tap of each of m outputs lies in x, or -1 where that
// is outside.
func (v *pairTask) tapOffsets(tap, m int) {
	s := &v.s
	dh, dw := tap/s.S*s.DilH, tap%s.S*s.DilW
	delta := (dh*s.W + dw) * paired(s.C)
	for i := range m {
		v.off[i] = -1
		if h, w := v.hs[i]+dh, v.ws[i]+dw; uint(h) < uint(s.H) && uint(w) < uint(s.W) {
			v.off[i] = v.base[i] + delta
		}
	}
}

// tiles computes the sums of panel j from the factors.
func (v *pairTask) tiles(j, pairs int, add, bias bool) {
	c := v.at(j)
	t := simd.PairTile{
		W: v.right[(j-v.panel0)*pairs*simd.Cols:], N: c.N,
		R: 1, S: 1, T: pairs, WT: simd.Cols,
	}
	t.X, t.XT, t.Y = v.left, pairLanes, v.work[c.Start*v.Taps*v.Rows:]
	if add {
		t.Z = t.Y
	}
	v.list(pairs, c.Width)
	t.XOff, t.YOff = v.offsets.x[:], v.offsets.y[:]
	t.Run((v.tap1 - v.tap0) * (v.c1 - v.c0))
	if !bias {
		return
	}
	one, first := [1]float32{math.Float32frombits(0x3f803f80)}, [1]int{} // a pair of ones
	t.X, t.XT, t.Y = one[:], 0, v.work[v.len()+c.Start:]
	if add {
		t.Z = t.Y
	}
	t.XOff, t.YOff = first[:], first[:]
	t.Run(1)
}

// list lists the rows of the product: taps, and in each its channels.
func (v *pairTask) list(pairs, width int) {
	if v.listed == [2]int{pairs, width} {
		return
	}
	v.listed = [2]int{pairs, width}
	i := 0
	for tap := v.tap0; tap < v.tap1; tap++ {
		x, y := (tap-v.tap0)*v.rows*pairs, (tap*v.Rows+v.c0)*width
		for r := range v.c1 - v.c0 {
			v.offsets.x[i], v.offsets.y[i] = x+r/pairLanes*pairLanes*pairs+r%pairLanes, y+r*width
			i++
		}
	}
}

// pairGatherTask adds the spans of one panel and puts its sums in file order.
func pairGatherTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ConvBackwardWeightsBF16)
	g := k.pairGradient()
	q := g.at(i)
	length := g.Taps * g.Rows
	sums := t.F[4][q.Start*length:][:q.Width*length]
	biases := t.F[4][g.len()+q.Start:][:q.N]
	for n := 1; n < g.spans; n++ {
		more := t.F[4][n*g.sums():]
		simd.Add(sums, sums, more[q.Start*length:][:len(sums)])
		if t.F[1] != nil {
			simd.Add(biases, biases, more[g.len()+q.Start:][:q.N])
		}
	}
	unpackPanel(t.F[0][q.Col*length:][:q.N*length], sums, q.N, q.Width, length/g.Taps, g.Taps)
	if t.F[1] != nil {
		copy(t.F[1][q.Col:], biases)
	}
}
