package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/rng"
)

// The fills give a tensor its first values. Each value is a function of the
// seed, the tensor's stream and the element's index in file order, so no
// change elsewhere in a network changes it.

// FillConstant sets every element to Value.
//
// Shapes: w of Len; seed of one element, not used, so that all fills are called
// alike.
type FillConstant struct {
	Len   int
	Value float32
}

// Run fills w.
func (k *FillConstant) Run(p *par.Pool, w []float32, seed []int64) {
	runFill(p, k, fillConstantTile, k.Len, w, seed)
}

func fillConstantTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*FillConstant)
	lo, hi := elemSpan(i, k.Len)
	w := t.F[0][lo:hi]
	for j := range w {
		w[j] = k.Value
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *FillConstant) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I64) }

// Operands describes the arguments of Run.
func (k *FillConstant) Operands() []plan.Operand { return fillOperands(k.Len) }

// FillNormal draws every element from the normal distribution of mean 0 and
// standard deviation Std.
//
// Shapes: w of Len; seed of one element. Formula: w[i] = Std·normal(seed,
// Stream, i), one rounding.
type FillNormal struct {
	Len    int
	Std    float32
	Stream uint64
}

// Run fills w.
func (k *FillNormal) Run(p *par.Pool, w []float32, seed []int64) {
	runFill(p, k, fillNormalTile, k.Len, w, seed)
}

func fillNormalTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*FillNormal)
	lo, hi := elemSpan(i, k.Len)
	w := t.F[0][lo:hi]
	rng.New(uint64(t.L[0]), k.Stream).Normals(w, uint64(lo))
	for j := range w {
		w[j] *= k.Std
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *FillNormal) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I64) }

// Operands describes the arguments of Run.
func (k *FillNormal) Operands() []plan.Operand { return fillOperands(k.Len) }

// FillUniform draws every element from [-Bound, Bound).
//
// Shapes: w of Len; seed of one element. Formula: w[i] = Bound·(2u-1) with
// u = uniform(seed, Stream, i), one rounding.
type FillUniform struct {
	Len    int
	Bound  float32
	Stream uint64
}

// Run fills w.
func (k *FillUniform) Run(p *par.Pool, w []float32, seed []int64) {
	runFill(p, k, fillUniformTile, k.Len, w, seed)
}

func fillUniformTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*FillUniform)
	lo, hi := elemSpan(i, k.Len)
	w := t.F[0][lo:hi]
	rng.New(uint64(t.L[0]), k.Stream).Float32s(w, uint64(lo))
	for j, u := range w {
		w[j] = k.Bound * (2*u - 1) // 2u-1 is exact
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *FillUniform) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I64) }

// Operands describes the arguments of Run.
func (k *FillUniform) Operands() []plan.Operand { return fillOperands(k.Len) }

func runFill(p *par.Pool, kernel any, body par.Body, n int, w []float32, seed []int64) {
	checkLen("fill", "w", len(w), n)
	checkLen("fill", "seed", len(seed), 1)
	t := par.Task{Kernel: kernel}
	t.F[0] = w
	t.L[0] = seed[0]
	p.Run(elemTiles(n), body, t)
}

func fillOperands(n int) []plan.Operand {
	return []plan.Operand{write("w", n), typed(read("seed", 1), plan.I64)}
}
