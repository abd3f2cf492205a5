package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// ChannelSums is the gradient by what each channel of a map is multiplied by,
// and by what is added to it.
//
// Shapes: dw, db N,C; x, dy N,Rows,C; work of WorkLen. Where dw is nil x is not
// read; db may be nil. Formula: dw[n,c] = Σ_i dy[n,i,c]·x[n,i,c], with Below over the
// rows with x ≤ 0 only; db[n,c] = Σ_i dy[n,i,c]. Order: rows fall into blocks of a
// size that follows from C; in a block the sum goes from zero over i ascending;
// then the blocks are added in order. Error: at most (rows of a block + blocks +
// 1)·2⁻²⁴ of Σ|dy·x|.
type ChannelSums struct {
	N, Rows, C int
	Below      bool
}

// maxSumRows bounds the rows of a block, and with it the error.
const maxSumRows = 1024

func (k *ChannelSums) blockRows() int { return min(max(1, elemTile/k.C), maxSumRows) }

// blocks is the number of blocks of a sample.
func (k *ChannelSums) blocks() int { return (k.Rows + k.blockRows() - 1) / k.blockRows() }

// WorkLen is the number of elements of work.
func (k *ChannelSums) WorkLen() int { return 2 * k.N * k.blocks() * k.C }

// Run sets dw and db. What work held does not matter.
func (k *ChannelSums) Run(p *par.Pool, dw, db, x, dy, work []float32) {
	n := k.N * k.Rows * k.C
	if dw != nil {
		checkLen("channel sums", "dw", len(dw), k.N*k.C)
		checkLen("channel sums", "x", len(x), n)
	}
	if db != nil {
		checkLen("channel sums", "db", len(db), k.N*k.C)
	}
	checkLen("channel sums", "dy", len(dy), n)
	checkLen("channel sums", "work", len(work), k.WorkLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3], t.F[4] = dw, db, x, dy, work
	p.Run(k.N*k.blocks(), channelSumsTile, t)
	p.Run(k.N, channelSumsTotal, t)
}

// channelSumsTile sums one block into its rows of work.
func channelSumsTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*ChannelSums)
	n, block := i/k.blocks(), i%k.blocks()
	first, last := block*k.blockRows(), min((block+1)*k.blockRows(), k.Rows)
	work := t.F[4][2*i*k.C:][:2*k.C]
	clear(work)
	dw, db := work[:k.C], work[k.C:]
	for r := n*k.Rows + first; r < n*k.Rows+last; r++ {
		dy := t.F[3][r*k.C:][:k.C]
		if t.F[1] != nil {
			simd.Add(db, db, dy)
		}
		if t.F[0] == nil {
			continue
		}
		x := t.F[2][r*k.C:][:k.C]
		for c, g := range dy {
			if v := x[c]; !k.Below || !(v > 0) {
				dw[c] += float32(g * v)
			}
		}
	}
}

// channelSumsTotal adds the blocks of a sample.
func channelSumsTotal(_ *par.Pool, t *par.Task, _, n int) {
	k := t.Kernel.(*ChannelSums)
	for i, dst := range [2][]float32{t.F[0], t.F[1]} {
		if dst == nil {
			continue
		}
		dst = dst[n*k.C:][:k.C]
		clear(dst)
		for b := range k.blocks() {
			simd.Add(dst, dst, t.F[4][(2*(n*k.blocks()+b)+i)*k.C:][:k.C])
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ChannelSums) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32, a[4].F32)
}

// Operands describes the arguments of Run.
func (k *ChannelSums) Operands() []plan.Operand {
	n := k.N * k.Rows * k.C
	return []plan.Operand{
		optional(write("dw", k.N*k.C)), optional(write("db", k.N*k.C)),
		optional(read("x", n)), read("dy", n), write("work", k.WorkLen()),
	}
}
