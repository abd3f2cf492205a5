package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// GlobalAvgPool takes the mean of each channel of a map of H by W pixels.
//
// Shapes: y N,C; x N,H,W,C. Formula: y[n,c] = Σ x[n,h,w,c]/(H·W). Order: row-major
// in pieces of 256 pixels, whose sums are added in order. Error: 256 + H·W/256
// roundings of Σ|x| at most, and one for the division.
// Source: M. Lin, Q. Chen, S. Yan, "Network in network", ICLR 2014.
type GlobalAvgPool struct{ N, H, W, C int }

// globalPiece is the number of pixels summed without a break.
const globalPiece = 256

// Scratch is the room for the sums of a piece.
func (k *GlobalAvgPool) Scratch() int { return k.C }

// Run sets y from x.
func (k *GlobalAvgPool) Run(p *par.Pool, y, x []float32) {
	checkLen("global avg pool", "y", len(y), k.N*k.C)
	checkLen("global avg pool", "x", len(x), k.N*k.H*k.W*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(k.N, globalAvgPoolTile, t)
}

func globalAvgPoolTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*GlobalAvgPool)
	size, piece := k.H*k.W*k.C, globalPiece*k.C
	y, x := t.F[0][i*k.C:(i+1)*k.C], t.F[1][i*size:(i+1)*size]
	simd.ColumnSum(y, x[:min(piece, size)])
	sum := p.Scratch(worker)[:k.C]
	for at := piece; at < size; at += piece {
		simd.ColumnSum(sum, x[at:min(at+piece, size)])
		simd.Add(y, y, sum)
	}
	for c := range y {
		y[c] /= float32(k.H * k.W)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *GlobalAvgPool) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *GlobalAvgPool) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.N*k.C), read("x", k.N*k.H*k.W*k.C)}
}

// GlobalAvgPoolBackward is the gradient of GlobalAvgPool.
//
// Shapes: dx N,H,W,C; dy N,C. Formula: dx[n,h,w,c] = dy[n,c]/(H·W). Error: one
// rounding.
type GlobalAvgPoolBackward struct{ N, H, W, C int }

// Run sets dx from dy.
func (k *GlobalAvgPoolBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("global avg pool backward", "dx", len(dx), k.N*k.H*k.W*k.C)
	checkLen("global avg pool backward", "dy", len(dy), k.N*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	p.Run(k.N, globalAvgPoolBackwardTile, t)
}

func globalAvgPoolBackwardTile(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*GlobalAvgPoolBackward)
	size := k.H * k.W * k.C
	dx := t.F[0][i*size : (i+1)*size]
	for c, g := range t.F[1][i*k.C : (i+1)*k.C] {
		dx[c] = g / float32(k.H*k.W)
	}
	for done := k.C; done < size; done *= 2 {
		copy(dx[done:], dx[:done])
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *GlobalAvgPoolBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *GlobalAvgPoolBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.N*k.H*k.W*k.C), read("dy", k.N*k.C)}
}
