package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// NormShape is the geometry of a normalisation that pools over pixels: N parts
// of Rows pixels with C channels. Inside a part the channels fall into Groups
// of neighbours that share a mean and a variance. Batch normalisation is one
// part with a group a channel; group normalisation has a part an image;
// instance normalisation is both.
type NormShape struct{ N, Rows, C, Groups int }

func (s *NormShape) len() int { return s.N * s.Rows * s.C }

// momentsLen is the length of the moments: for each part the means, the
// inverses of the standard deviations, and the variances, C of each. Channels
// of one group have equal ones.
func (s *NormShape) momentsLen() int { return 3 * s.N * s.C }

// moments returns those of part n.
func (s *NormShape) moments(m []float32, n int) (mean, inv, variance []float32) {
	m = m[3*n*s.C : 3*(n+1)*s.C]
	return m[:s.C], m[s.C : 2*s.C], m[2*s.C:]
}

// A chunk is the rows that are summed in float32. It stays in a level-2 cache
// between the two passes over it; what chunks give is added in float64.
const (
	chunkElems = 16384
	chunkMin   = 64
	chunkMax   = 512
)

func (s *NormShape) chunkRows() int { return min(max(chunkElems/s.C, chunkMin), chunkMax) }

// chunks is the number of chunks of one part.
func (s *NormShape) chunks() int { return (s.Rows + s.chunkRows() - 1) / s.chunkRows() }

// chunk is the part of chunk i, its number there, and its elements.
func (s *NormShape) chunk(i int) (n, at, lo, hi int) {
	n, at = i/s.chunks(), i%s.chunks()
	first := at * s.chunkRows()
	last := min(first+s.chunkRows(), s.Rows)
	return n, at, (n*s.Rows + first) * s.C, (n*s.Rows + last) * s.C
}

// partials returns the two vectors of C that chunk i left in work.
func (s *NormShape) partials(work []float32, i int) (a, b []float32) {
	work = work[2*i*s.C : 2*(i+1)*s.C]
	return work[:s.C], work[s.C:]
}

// mergeChannels is about the number of channels in a tile that merges chunks.
const mergeChannels = 64

// groupBlock is the number of groups in such a tile: whole groups.
func (s *NormShape) groupBlock() int { return max(1, mergeChannels*s.Groups/s.C) }

func (s *NormShape) groupBlocks() int { return (s.Groups + s.groupBlock() - 1) / s.groupBlock() }

// groupRange is the part and the groups of merging tile i.
func (s *NormShape) groupRange(i int) (n, lo, hi int) {
	n, lo = i/s.groupBlocks(), i%s.groupBlocks()*s.groupBlock()
	return n, lo, min(lo+s.groupBlock(), s.Groups)
}

// Moments takes the mean and the biased variance of each group.
//
// Shapes: moments N,3,C (mean, 1/√(variance+Eps), variance); x N,Rows,C; work of
// WorkLen. Formula: mean = Σx/m, variance = Σ(x-mean)²/m over the m elements of
// the group. Order: per channel and chunk of rows in order, float32, squares
// about the chunk's own mean; chunks are joined in float64, by channel.
// Error: the mean 512 roundings of Σ|x|/m at most, the variance as many of itself.
// Source: T. Chan, G. Golub, R. LeVeque, "Updating formulae and a pairwise
// algorithm for computing sample variances", 1979.
type Moments struct {
	NormShape
	Eps float32
}

// WorkLen is the number of elements of work.
func (k *Moments) WorkLen() int { return 2 * k.N * k.chunks() * k.C }

// Run sets moments from x.
func (k *Moments) Run(p *par.Pool, moments, x, work []float32) {
	checkLen("moments", "moments", len(moments), k.momentsLen())
	checkLen("moments", "x", len(x), k.len())
	checkLen("moments", "work", len(work), k.WorkLen())
	t := par.Task{Kernel: k}
	t.F[0], t.F[1], t.F[2] = moments, x, work
	p.Run(k.N*k.chunks(), momentsChunk, t)
	p.Run(k.N*k.groupBlocks(), momentsMerge, t)
}

// momentsChunk leaves the means of a chunk and the squares about them.
func momentsChunk(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Moments)
	_, _, lo, hi := k.chunk(i)
	x := t.F[1][lo:hi]
	mean, squares := k.partials(t.F[2], i)
	simd.ColumnSum(mean, x)
	rows := float32(len(x) / k.C)
	for c := range mean {
		mean[c] /= rows
	}
	simd.ColumnSquares(squares, x, mean)
}

// momentsMerge joins the chunks of some groups.
func momentsMerge(p *par.Pool, t *par.Task, worker, i int) {
	k := t.Kernel.(*Moments)
	n, lo, hi := k.groupRange(i)
	mean, inv, variance := k.moments(t.F[0], n)
	per, first := k.C/k.Groups, n*k.chunks()
	count := float64(k.Rows) * float64(per)
	for g := lo; g < hi; g++ {
		m, v := 0.0, 0.0
		for c := g * per; c < (g+1)*per; c++ {
			for j := range k.chunks() {
				a, _ := k.partials(t.F[2], first+j)
				m += float64(k.rowsOf(j)) * float64(a[c])
			}
		}
		m /= count
		for c := g * per; c < (g+1)*per; c++ {
			for j := range k.chunks() {
				a, squares := k.partials(t.F[2], first+j)
				d := float64(a[c]) - m
				v += float64(squares[c]) + float64(float64(float64(k.rowsOf(j))*d)*d)
			}
		}
		v /= count
		scale := 1 / math.Sqrt(v+float64(k.Eps))
		for c := g * per; c < (g+1)*per; c++ {
			mean[c], inv[c], variance[c] = float32(m), float32(scale), float32(v)
		}
	}
}

// rowsOf is the number of rows of chunk j of a part.
func (s *NormShape) rowsOf(j int) int { return min(s.chunkRows(), s.Rows-j*s.chunkRows()) }

// Call runs the kernel on views in the order of Operands.
func (k *Moments) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].F32, a[2].F32) }

// Operands describes the arguments of Run.
func (k *Moments) Operands() []plan.Operand {
	return []plan.Operand{write("moments", k.momentsLen()), read("x", k.len()), write("work", k.WorkLen())}
}
