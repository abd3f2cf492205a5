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
// rounding a term (db of few channels: in as many interleaved sums as fit
// a panel); the blocks of a span are added in order, then the spans. Where
// depthwise, an image of a block is a sum of its own, and so are the columns of
// outputs for which some tap of a row lies outside of the input.
// Error: at most (M + blocks)·2⁻²⁴ of Σ|dy·x|, where M ≤ maxTerms is the number
// of outputs in a block.
// Source: the same gathered matrix product as ConvForward, with taps for rows
// and outputs for the reduction.
type ConvBackwardWeights struct{ ConvShape }

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
	p.Run(g.spans*g.chunks*g.parts, spanTask, t)
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
