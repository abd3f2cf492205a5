package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// MaxPoolIndexBF16 is MaxPoolIndex on bf16: y and x are. Exact.
type MaxPoolIndexBF16 MaxPoolIndex

// BF16 is the form for bf16.
func (k *MaxPoolIndex) BF16(func(int) bool) plan.Kernel {
	if k.C%2 != 0 {
		return nil
	}
	return (*MaxPoolIndexBF16)(k)
}

// windowRows is the rows of the input that row p of the output reads: from lo, as
// many as it says.
func (s *PoolShape) windowRows(p int) (lo, n int) {
	lo = max(0, p*s.StrideH-s.PadT)
	hi := min(s.H, p*s.StrideH-s.PadT+(s.R-1)*s.DilH+1)
	return lo, max(0, hi-lo)
}

// Scratch is the room for the rows that one row of the output reads, and itself.
func (k *MaxPoolIndexBF16) Scratch() int {
	return min(k.H, (k.R-1)*k.DilH+1)*k.W*k.C + k.Q*k.C
}

// Run sets y and index from x.
func (k *MaxPoolIndexBF16) Run(p *par.Pool, y []uint16, index []int32, x []uint16) {
	checkLen("max pool bf16", "y", len(y), k.outLen())
	checkLen("max pool bf16", "index", len(index), k.outLen())
	checkLen("max pool bf16", "x", len(x), k.inLen())
	t := par.Task{Kernel: k}
	t.H[0], t.H[1] = y, x
	t.I[0] = index
	p.Run(k.rowTiles(), maxPoolIndexHalfTile, t)
}

func maxPoolIndexHalfTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*MaxPoolIndexBF16)
	lo, hi := k.rowSpan(i)
	width := k.Q * k.C
	out := p.Scratch(worker)[:width]
	for j := lo; j < hi; j++ {
		n, row := j/k.P, j%k.P
		first, rows := k.windowRows(row)
		x := p.Scratch(worker)[width:][:rows*k.W*k.C]
		simd.Widen(x, t.H[1][(n*k.H+first)*k.W*k.C:][:len(x)])
		index := t.I[0][j*width:][:width]
		for q := 0; q < k.Q; {
			s := k.span(row, q)
			at := 0
			if s.row.R > 0 && s.row.S > 0 {
				at = s.x - first*k.W*k.C
			}
			s.row.MaxIndex(out[q*k.C:], index[q*k.C:], x[at:])
			q += s.row.N
		}
		simd.Narrow(t.H[0][j*width:][:width], out)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *MaxPoolIndexBF16) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].H, a[1].I32, a[2].H) }

// Operands describes the arguments of Run.
func (k *MaxPoolIndexBF16) Operands() []plan.Operand {
	ops := (*MaxPoolIndex)(k).Operands()
	ops[0], ops[2] = half(ops[0]), half(ops[2])
	return ops
}
