package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// The kernels of this file read and write weights in the order of files, so that
// a layer with more weights than activations moves each of them once a pass.

// Direct says that to rearrange the activations for DenseDirect moves less than
// to pack the weights for DenseForward.
func (s *DenseShape) Direct() bool { return s.N*(s.C+s.K) < s.C*s.K }

// denseRows is the number of rows of weights that a task takes together.
const denseRows = 48

// rowBlocks is the number of such blocks of rows.
func (s *DenseShape) rowBlocks() int { return (s.K + denseRows - 1) / denseRows }

// rowBlock is the rows of block i.
func (s *DenseShape) rowBlock(i int) (lo, hi int) { return i * denseRows, min((i+1)*denseRows, s.K) }

// samples is the layout of the activations, turned on their side: panels whose
// columns are the samples.
func (s *DenseShape) samples() panels { return panels{Groups: 1, Cols: s.N, Rows: s.C, Taps: 1} }

// DenseDirect is DenseForward from weights that are not packed.
//
// Shapes: y N,K; x N,C; w K,C; b K or nil; work of WorkLen. Formula, order and
// error: of DenseForward without z, whose bits it gives.
type DenseDirect struct {
	DenseShape
	Fn Fn
}

// WorkLen is the number of elements of work.
func (k *DenseDirect) WorkLen() int { l := k.samples(); return l.len() }

// Scratch is the private memory a worker needs: the outputs of a block of rows.
func (k *DenseDirect) Scratch() int { return denseRows * simd.Cols }

// Run sets y. What work held does not matter.
func (k *DenseDirect) Run(p *par.Pool, y, x, w, b, work []float32) {
	checkLen("dense direct", "y", len(y), k.N*k.K)
	checkLen("dense direct", "x", len(x), k.N*k.C)
	checkLen("dense direct", "w", len(w), k.K*k.C)
	checkChannels("dense direct", "b", b, k.K)
	checkLen("dense direct", "work", len(work), k.WorkLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = y, x, w, b, work
	l := k.samples()
	p.Run(l.count(), denseSamplesTask, t)
	p.Run(k.rowBlocks(), denseDirectTask, t)
}

func denseSamplesTask(_ *par.Pool, t *par.Task, _, i int) {
	l := t.Kernel.(*DenseDirect).samples()
	q := l.at(i)
	l.pack(t.F[4][q.Start*l.Rows:][:q.Width*l.Rows], t.F[1], nil, q)
}

// denseDirectTask computes some outputs of all samples. Where the rows of weights
// share a set of the level-1 cache, no more of them go together than it holds.
func denseDirectTask(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*DenseDirect)
	l := k.samples()
	lo, hi := k.rowBlock(i)
	sums := p.Scratch(worker)
	step := hi - lo
	if k.C%aliased == 0 {
		step = simd.Rows / 2
	}
	var from, to [denseRows]int
	m := simd.Tile{XOff: from[:], YOff: to[:], R: 1, S: 1, T: k.C, XT: 1}
	for j := range l.count() {
		q := l.at(j)
		m.N, m.WT, m.W = q.N, q.Width, t.F[4][q.Start*l.Rows:]
		for r := range step {
			from[r], to[r] = r*k.C, r*q.Width
		}
		for r := lo; r < hi; r += step {
			m.X, m.Y = t.F[2][r*k.C:], sums[(r-lo)*q.Width:]
			m.Run(min(step, hi-r))
		}
		for n := range q.N {
			y := t.F[0][(q.Col+n)*k.K+lo:][:hi-lo]
			for r := range y {
				y[r] = sums[r*q.Width+n]
			}
			if t.F[3] != nil {
				simd.Add(y, y, t.F[3][lo:hi])
			}
			k.Fn.apply(y, len(y), 1, len(y))
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *DenseDirect) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *DenseDirect) Operands() []plan.Operand {
	return []plan.Operand{
		write("y", k.N*k.K), read("x", k.N*k.C), read("w", k.K*k.C), optional(read("b", k.K)),
		write("work", k.WorkLen()),
	}
}

// DenseBackwardData is the gradient of a fully connected layer by its input.
//
// Shapes: dx N,C; dy N,K; w K,C. Formula: dx[n,c] = Σ_k dy[n,k] · w[k,c]. Order:
// in blocks of 64 k, each from zero over k ascending, one rounding a term; the
// blocks are added in order. Error: at most (64 + K/64)·2⁻²⁴ of Σ|dy·w|.
type DenseBackwardData struct{ DenseShape }

// The part of the weights that is used for all samples at once stays in a level-2
// cache.
const (
	denseTerms  = 64
	densePanels = 16
)

// panels is the number of panels of columns of a task, and of tasks.
func (k *DenseBackwardData) panels() (size, tasks int) {
	all := (k.C + simd.Cols - 1) / simd.Cols
	return even(all, max(1, min(densePanels, all/wantTasks)))
}

// Run sets dx.
func (k *DenseBackwardData) Run(p *par.Pool, dx, dy, w []float32) {
	checkLen("dense backward data", "dx", len(dx), k.N*k.C)
	checkLen("dense backward data", "dy", len(dy), k.N*k.K)
	checkLen("dense backward data", "w", len(w), k.K*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = dx, dy, w
	_, tasks := k.panels()
	p.Run(tasks, denseBackwardDataTask, t)
}

func denseBackwardDataTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*DenseBackwardData)
	size, _ := k.panels()
	lo, hi := i*size*simd.Cols, min((i+1)*size*simd.Cols, k.C)
	var from, to [denseRows]int
	for n := range from {
		from[n], to[n] = n*k.K, n*k.C
	}
	m := simd.Tile{XOff: from[:], YOff: to[:], R: 1, S: 1, XT: 1, WT: k.C}
	for first := 0; first < k.K; first += denseTerms {
		m.T = min(denseTerms, k.K-first)
		for c := lo; c < hi; c += simd.Cols {
			m.N, m.W = min(simd.Cols, hi-c), t.F[2][first*k.C+c:]
			for n := 0; n < k.N; n += denseRows {
				m.X, m.Y, m.Z = t.F[1][n*k.K+first:], t.F[0][n*k.C+c:], nil
				if first > 0 {
					m.Z = m.Y
				}
				m.Run(min(denseRows, k.N-n))
			}
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *DenseBackwardData) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32)
}

// Operands describes the arguments of Run.
func (k *DenseBackwardData) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.N*k.C), read("dy", k.N*k.K), read("w", k.K*k.C)}
}

// DenseBackwardWeights is the gradient of a fully connected layer by its
// parameters.
//
// Shapes: dw K,C; db K or nil; x N,C; dy N,K. Formula: dw[k,c] = Σ_n x[n,c]·dy[n,k],
// db[k] = Σ_n dy[n,k]. Order: in blocks of 512 n, each from zero over n ascending,
// one rounding a term; the blocks are added in order; db is one sum. Error: at most
// (512 + N/512)·2⁻²⁴ of Σ|x·dy|, N·2⁻²⁴ of Σ|dy|.
type DenseBackwardWeights struct{ DenseShape }

// Run sets dw and db.
func (k *DenseBackwardWeights) Run(p *par.Pool, dw, db, x, dy []float32) {
	checkLen("dense backward weights", "dw", len(dw), k.K*k.C)
	checkChannels("dense backward weights", "db", db, k.K)
	checkLen("dense backward weights", "x", len(x), k.N*k.C)
	checkLen("dense backward weights", "dy", len(dy), k.N*k.K)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = dw, db, x, dy
	p.Run(k.rowBlocks(), denseBackwardWeightsTask, t)
}

func denseBackwardWeightsTask(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*DenseBackwardWeights)
	lo, hi := k.rowBlock(i)
	var from, to [denseRows]int
	for r := range from {
		from[r], to[r] = r, r*k.C
	}
	m := simd.Tile{XOff: from[:], YOff: to[:], R: 1, S: 1, XT: k.K, WT: k.C}
	for n := 0; n < k.N; n += maxTerms {
		m.T, m.X = min(maxTerms, k.N-n), t.F[3][n*k.K+lo:]
		for c := 0; c < k.C; c += simd.Cols {
			m.N, m.W, m.Y, m.Z = min(simd.Cols, k.C-c), t.F[2][n*k.C+c:], t.F[0][lo*k.C+c:], nil
			if n > 0 {
				m.Z = m.Y
			}
			m.Run(hi - lo)
		}
	}
	if t.F[1] == nil {
		return
	}
	db := t.F[1][lo:hi]
	clear(db)
	for n := range k.N {
		simd.Add(db, db, t.F[3][n*k.K+lo:][:len(db)])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *DenseBackwardWeights) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *DenseBackwardWeights) Operands() []plan.Operand {
	return []plan.Operand{
		write("dw", k.K*k.C), optional(write("db", k.K)), read("x", k.N*k.C), read("dy", k.N*k.K),
	}
}
