package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// Extract takes a grid of pixels and a range of channels out of a map, with
// zeros for what lies outside of it: a crop, padding, or the shortcut past a
// residual body that shrinks the map and has more channels.
//
// Shapes: y N,P,Q,K; x N,H,W,C. Formula: y[n,p,q,k] = x[n, OrgH+p·StrideH,
// OrgW+q·StrideW, OrgC+k], or 0, exact.
type Extract struct {
	N, H, W, C       int
	P, Q, K          int
	StrideH, StrideW int
	OrgH, OrgW, OrgC int
}

// Run sets y from x.
func (k *Extract) Run(p *par.Pool, y, x []float32) {
	checkLen("extract", "y", len(y), k.yLen())
	checkLen("extract", "x", len(x), k.xLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = y, x
	p.Run(rowTiles(k.N*k.P, k.Q*k.K), extractTile, t)
}

func (k *Extract) yLen() int { return k.N * k.P * k.Q * k.K }
func (k *Extract) xLen() int { return k.N * k.H * k.W * k.C }

// channels is the range of channels of y that x has.
func (k *Extract) channels() (lo, hi int) {
	lo = min(max(0, -k.OrgC), k.K)
	return lo, max(lo, min(k.K, k.C-k.OrgC))
}

func extractTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*Extract)
	c0, c1 := k.channels()
	lo, hi := rowSpan(i, k.N*k.P, k.Q*k.K)
	for r := lo; r < hi; r++ {
		y, h := t.F[0][r*k.Q*k.K:][:k.Q*k.K], k.OrgH+r%k.P*k.StrideH
		clear(y)
		if h < 0 || h >= k.H || c0 == c1 {
			continue
		}
		x := t.F[1][(r/k.P*k.H+h)*k.W*k.C:][:k.W*k.C]
		for q := range k.Q {
			if w := k.OrgW + q*k.StrideW; w >= 0 && w < k.W {
				copy(y[q*k.K+c0:q*k.K+c1], x[w*k.C+k.OrgC+c0:])
			}
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *Extract) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *Extract) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.yLen()), read("x", k.xLen())}
}

// ExtractBackward is the gradient of the Extract with the same fields.
//
// Shapes: dx N,H,W,C; dy N,P,Q,K. Formula: dx is dy at the place that its element
// was taken to, and 0 where it was not taken, exact.
type ExtractBackward struct {
	N, H, W, C       int
	P, Q, K          int
	StrideH, StrideW int
	OrgH, OrgW, OrgC int
}

// Run sets dx from dy.
func (k *ExtractBackward) Run(p *par.Pool, dx, dy []float32) {
	checkLen("extract backward", "dx", len(dx), (*Extract)(k).xLen())
	checkLen("extract backward", "dy", len(dy), (*Extract)(k).yLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1] = dx, dy
	p.Run(rowTiles(k.N*k.H, k.W*k.C), extractBackwardTile, t)
}

func extractBackwardTile(_ *par.Pool, t *par.Task, _, i int) {
	k := (*Extract)(t.Kernel.(*ExtractBackward))
	c0, c1 := k.channels()
	lo, hi := rowSpan(i, k.N*k.H, k.W*k.C)
	for r := lo; r < hi; r++ {
		dx, h := t.F[0][r*k.W*k.C:][:k.W*k.C], r%k.H-k.OrgH
		clear(dx)
		if h < 0 || h%k.StrideH != 0 || h/k.StrideH >= k.P || c0 == c1 {
			continue
		}
		dy := t.F[1][(r/k.H*k.P+h/k.StrideH)*k.Q*k.K:][:k.Q*k.K]
		for q := range k.Q {
			if w := k.OrgW + q*k.StrideW; w >= 0 && w < k.W {
				copy(dx[w*k.C+k.OrgC+c0:w*k.C+k.OrgC+c1], dy[q*k.K+c0:])
			}
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *ExtractBackward) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32) }

// Operands describes the arguments of Run.
func (k *ExtractBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", (*Extract)(k).xLen()), read("dy", (*Extract)(k).yLen())}
}
