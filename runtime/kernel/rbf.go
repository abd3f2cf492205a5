package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// RBFShape is the geometry of Euclidean radial basis functions: K centres in a
// space of C dimensions, for N points.
type RBFShape struct{ N, C, K int }

func (s *RBFShape) check(name string, y, x, w []float32) {
	checkLen(name, "y", len(y), s.N*s.K)
	checkLen(name, "x", len(x), s.N*s.C)
	checkLen(name, "w", len(w), s.K*s.C)
}

// RBF scores points by their squared distance from centres, with its sign
// turned: the nearest centre has the largest score.
//
// Shapes: y N,K; x N,C; w K,C. Formula: y[n,k] = -Σ_c (x[n,c] - w[k,c])². Sums are
// float64, over c ascending. Error: one rounding.
// Source: LeCun et al. 1998, equation 7.
type RBF struct{ RBFShape }

// Run sets y.
func (k *RBF) Run(p *par.Pool, y, x, w []float32) {
	k.check("rbf", y, x, w)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = y, x, w
	p.Run(rowTiles(k.N, k.K*k.C), rbfTile, t)
}

func rbfTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*RBF)
	lo, hi := rowSpan(i, k.N, k.K*k.C)
	for n := lo; n < hi; n++ {
		x, y := t.F[1][n*k.C:][:k.C], t.F[0][n*k.K:][:k.K]
		for j := range y {
			sum := 0.0
			for c, centre := range t.F[2][j*k.C:][:k.C] {
				d := float64(x[c]) - float64(centre)
				sum += float64(d * d) // rounded apart: no fused operation
			}
			y[j] = float32(-sum)
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *RBF) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *RBF) Operands() []plan.Operand {
	return []plan.Operand{write("y", k.N*k.K), read("x", k.N*k.C), read("w", k.K*k.C)}
}

// RBFBackward is the gradient of RBF by the points.
//
// Shapes: dx, x N,C; dy N,K; w K,C. Formula: dx[n,c] = -2 Σ_k dy[n,k]·(x[n,c] -
// w[k,c]). Sums are float64, over k ascending. Error: one rounding.
type RBFBackward struct{ RBFShape }

// Run sets dx.
func (k *RBFBackward) Run(p *par.Pool, dx, dy, x, w []float32) {
	k.check("rbf backward", dy, x, w)
	checkLen("rbf backward", "dx", len(dx), k.N*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = dx, dy, x, w
	p.Run(rowTiles(k.N, k.K*k.C), rbfBackwardTile, t)
}

func rbfBackwardTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*RBFBackward)
	lo, hi := rowSpan(i, k.N, k.K*k.C)
	for n := lo; n < hi; n++ {
		dx, dy, x := t.F[0][n*k.C:][:k.C], t.F[1][n*k.K:][:k.K], t.F[2][n*k.C:][:k.C]
		for c := range dx {
			sum := 0.0
			for j, g := range dy {
				sum += float64(float64(g) * (float64(x[c]) - float64(t.F[3][j*k.C+c])))
			}
			dx[c] = float32(-2 * sum)
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *RBFBackward) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *RBFBackward) Operands() []plan.Operand {
	return []plan.Operand{write("dx", k.N*k.C), read("dy", k.N*k.K), read("x", k.N*k.C), read("w", k.K*k.C)}
}

// RBFBackwardWeights is the gradient of RBF by the centres.
//
// Shapes: dw, w K,C; dy N,K; x N,C. Formula: dw[k,c] = 2 Σ_n dy[n,k]·(x[n,c] -
// w[k,c]). Sums are float64, over n ascending. Error: one rounding.
type RBFBackwardWeights struct{ RBFShape }

// Run sets dw.
func (k *RBFBackwardWeights) Run(p *par.Pool, dw, dy, x, w []float32) {
	k.check("rbf backward weights", dy, x, w)
	checkLen("rbf backward weights", "dw", len(dw), k.K*k.C)
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2], t.F[3] = dw, dy, x, w
	p.Run(rowTiles(k.K, k.C*k.N), rbfWeightsTile, t)
}

func rbfWeightsTile(_ *par.Pool, t *par.Task, _, i int) {
	k := t.Kernel.(*RBFBackwardWeights)
	lo, hi := rowSpan(i, k.K, k.C*k.N)
	for j := lo; j < hi; j++ {
		for c := range k.C {
			sum, centre := 0.0, float64(t.F[3][j*k.C+c])
			for n := range k.N {
				sum += float64(float64(t.F[1][n*k.K+j]) * (float64(t.F[2][n*k.C+c]) - centre))
			}
			t.F[0][j*k.C+c] = float32(2 * sum)
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *RBFBackwardWeights) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *RBFBackwardWeights) Operands() []plan.Operand {
	return []plan.Operand{write("dw", k.K*k.C), read("dy", k.N*k.K), read("x", k.N*k.C), read("w", k.K*k.C)}
}
