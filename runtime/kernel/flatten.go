package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Flatten makes each sample a vector in C,H,W order, the order in which the
// weights of a dense layer are stored.
//
// Shapes: y N,(C·H·W); x N,H,W,C. Formula: y[n,c,h,w] = x[n,h,w,c], exact.
type Flatten struct{ N, H, W, C int }

// Run sets y from x.
func (k *Flatten) Run(p *par.Pool, y, x []float32) {
	checkLen("flatten", "y", len(y), k.N*k.H*k.W*k.C)
	checkLen("flatten", "x", len(x), k.N*k.H*k.W*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(flattenTiles(k), flattenTile, t)
}

func flattenTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Flatten)
	transposeTile(t.F[0], t.F[1], k, i, k.H*k.W, k.C)
}

// Call runs the kernel on views in the order of Operands.
func (k *Flatten) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Flatten) Operands() []plan.Operand {
	n := k.N * k.H * k.W * k.C
	return []plan.Operand{write("y", n), read("x", n)}
}

// FlattenBackward is the gradient of Flatten.
//
// Shapes: dx N,H,W,C; dy N,(C·H·W). Formula: dx[n,h,w,c] = dy[n,c,h,w], exact.
type FlattenBackward struct{ N, H, W, C int }

// Run sets dx from dy.
func (k *FlattenBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("flatten backward", "dx", len(dx), k.N*k.H*k.W*k.C)
	checkLen("flatten backward", "dy", len(dy), k.N*k.H*k.W*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	p.Run(flattenTiles((*Flatten)(k)), flattenBackwardTile, t)
}

func flattenBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := (*Flatten)(t.Kernel.(*FlattenBackward))
	transposeTile(t.F[0], t.F[1], k, i, k.C, k.H*k.W)
}

// Call runs the kernel on views in the order of Operands.
func (k *FlattenBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *FlattenBackward) Operands() []plan.Operand {
	n := k.N * k.H * k.W * k.C
	return []plan.Operand{write("dx", n), read("dy", n)}
}

// samples is the number of samples in a tile.
func (k *Flatten) samples() int { return max(1, elemTile/max(1, k.H*k.W*k.C)) }

func flattenTiles(k *Flatten) int { return (k.N + k.samples() - 1) / k.samples() }

// transposeTile transposes the samples of tile i, each a matrix of rows by cols
// in x.
func transposeTile(y, x []float32, k *Flatten, i, rows, cols int) {
	size := rows * cols
	for n := i * k.samples(); n < min((i+1)*k.samples(), k.N); n++ {
		transpose(y[n*size:(n+1)*size], x[n*size:(n+1)*size], rows, cols)
	}
}

// transpose sets y[j,i] = x[i,j] for x of rows by cols, in blocks of sixteen
// columns, so that the cache lines of y are written whole while they are near.
func transpose(y, x []float32, rows, cols int) {
	const block = 16
	for j0 := 0; j0 < cols; j0 += block {
		j1 := min(j0+block, cols)
		for i := range rows {
			to := i + j0*rows
			for _, v := range x[i*cols+j0 : i*cols+j1] {
				y[to] = v
				to += rows
			}
		}
	}
}
