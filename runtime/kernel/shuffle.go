package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Shuffle deals the channels of every group out to all groups. Its gradient is
// the Shuffle with C/Groups for Groups.
//
// Shapes: y, x Rows,C. Formula: y[i, j·Groups+g] = x[i, g·C/Groups+j], exact.
// Source: X. Zhang, X. Zhou, M. Lin, J. Sun, "ShuffleNet", CVPR 2018.
type Shuffle struct{ Rows, C, Groups int }

// Run sets y from x.
func (k *Shuffle) Run(p *par.Pool, y, x []float32) {
	checkLen("shuffle", "y", len(y), k.Rows*k.C)
	checkLen("shuffle", "x", len(x), k.Rows*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.Rows, k.C), shuffleTile, t)
}

func shuffleTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Shuffle)
	lo, hi := rowSpan(i, k.Rows, k.C)
	for r := lo; r < hi; r++ {
		transpose(t.F[0][r*k.C:][:k.C], t.F[1][r*k.C:][:k.C], k.Groups, k.C/k.Groups)
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Shuffle) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Shuffle) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.Rows*k.C), read("x", k.Rows*k.C)}
}

// PixelShuffle makes a square of Factor by Factor pixels of every pixel.
//
// Shapes: y N, H·Factor, W·Factor, C; x N,H,W,C·Factor². Formula:
// y[n, h·Factor+i, w·Factor+j, c] = x[n,h,w, (c·Factor+i)·Factor+j], exact.
// Source: W. Shi et al., "Real-time single image and video super-resolution using
// an efficient sub-pixel convolutional neural network", CVPR 2016.
type PixelShuffle struct{ N, H, W, C, Factor int }

func (k *PixelShuffle) len() int { return k.N * k.H * k.W * k.C * k.Factor * k.Factor }

// Run sets y from x.
func (k *PixelShuffle) Run(p *par.Pool, y, x []float32) {
	checkLen("pixel shuffle", "y", len(y), k.len())
	checkLen("pixel shuffle", "x", len(x), k.len())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.N*k.H, k.len()/k.N/k.H), pixelShuffleTile, t)
}

func pixelShuffleTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*PixelShuffle)
	k.tile(i, func(y, x int) { t.F[0][y] = t.F[1][x] })
}

// tile calls move with the places of an element in y and in x, for all elements
// of some rows of x.
func (k *PixelShuffle) tile(i int, move func(y, x int)) {
	row, area := k.len()/k.N/k.H, k.Factor*k.Factor
	lo, hi := rowSpan(i, k.N*k.H, row)
	for r := lo; r < hi; r++ {
		for w := range k.W {
			for a := range area {
				y := r*row + ((a/k.Factor*k.W+w)*k.Factor+a%k.Factor)*k.C
				x := r*row + w*k.C*area + a
				for c := range k.C {
					move(y+c, x+c*area)
				}
			}
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *PixelShuffle) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *PixelShuffle) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.len()), read("x", k.len())}
}

// PixelShuffleBackward is the gradient of the PixelShuffle with the same fields.
//
// Shapes: dx N,H,W,C·Factor²; dy N, H·Factor, W·Factor, C. Formula: dx is dy at
// the place that its element was taken to, exact.
type PixelShuffleBackward struct{ N, H, W, C, Factor int }

// Run sets dx from dy.
func (k *PixelShuffleBackward) Run(p *par.Pool, dx, dy []float32) {
	s := (*PixelShuffle)(k)
	checkLen("pixel shuffle backward", "dx", len(dx), s.len())
	checkLen("pixel shuffle backward", "dy", len(dy), s.len())
	t := par.Task{Kernel: s}
	t.F[0], t.F[1] = dx, dy
	p.Run(rowTiles(k.N*k.H, s.len()/k.N/k.H), pixelShuffleBackwardTile, t)
}

func pixelShuffleBackwardTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*PixelShuffle)
	k.tile(i, func(y, x int) { t.F[0][x] = t.F[1][y] })
}

// Call runs the kernel on views in the order of Operands.
func (k *PixelShuffleBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *PixelShuffleBackward) Operands() []plan.Operand {
	n := (*PixelShuffle)(k).len()
	return []plan.Operand{write("dx", n), read("dy", n)}
}
