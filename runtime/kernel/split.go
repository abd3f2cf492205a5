package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// The limits of a block of outputs. Its input window shares a level-2 cache
// with one panel of weights; the offsets of its pixels are kept on the stack.
const (
	maxPixels = 1024     // of an image
	minPixels = 64       // where tasks are wanted
	maxBlock  = 4096     // pixels in all
	maxWindow = 96 << 10 // elements
	maxPoint  = 64 << 10 // elements read and written where there is one tap
)

// aliased is the pixel stride, in elements, whose multiples fall into one set
// of a level-1 cache, so that the rows of a tile would evict one another.
const aliased = 1024

// A task is worth starting from minTask multiplications, and wantTasks of them
// keep the workers of a common machine busy to the end.
const (
	minTask   = 1 << 17
	wantTasks = 16
)

// split is how outputs fall into blocks. It depends on the geometry alone.
type split struct {
	n, p, q    int  // images, rows and columns of a block
	nn, np, nq int  // blocks along each
	copied     bool // the input is copied to a window, between zeros
	exact      bool // taps outside of the input are left out
	pixel      int  // pitch of a pixel of the window
}

// split cuts a sweep into blocks for its tasks.
func (s *sweep) split() split {
	b := split{pixel: s.C}
	if !s.empty() {
		clash := s.StepW*s.C%aliased == 0 && s.N*s.P*s.Q > 1 && !s.Panels.Depthwise
		b.exact = s.padded() && !clash && s.small() || s.Panels.Depthwise
		b.copied = clash || s.padded() && !b.exact
		if clash {
			b.pixel += 16
		}
	}
	s.cut(&b, s.pixels())
	if want := s.want() / (s.N * s.Panels.count()); want > b.np*b.nq {
		s.cut(&b, max(minPixels, s.P*s.Q/(want&^1)))
	}
	rest := b.np * b.nq
	images := max(s.N*rest/wantTasks, minTask*s.N*rest/max(1, s.macs()))
	if b.exact {
		images = max(images, 16) // the pixels of a corner fill a tile
	}
	most := maxBlock / (b.p * b.q)
	if b.copied {
		most = min(most, maxWindow/(s.inputs(b.p, b.q)*b.pixel))
	}
	if rest > 1 {
		images = 1
	}
	b.n, b.nn = even(s.N, max(1, min(images, most, s.N)))
	return b
}

// pixels bounds those of a block. Where there is one tap, what they read and write
// for all panels stays in a level-2 cache.
func (s *sweep) pixels() int {
	if s.R*s.S != 1 || s.Panels.Depthwise {
		return maxPixels
	}
	l := &s.Panels
	return max(8*simd.Rows, min(maxPixels, maxPoint/(s.C+l.Groups*l.Cols)))
}

// small says that so many taps of a padded sweep lie outside that leaving them
// out pays for the smaller pieces: 3×3 taps on 14×14 pixels, not on 28×28.
func (s *sweep) small() bool {
	return (s.R-1)*s.DilH*7 >= s.H || (s.S-1)*s.DilW*7 >= s.W
}

func (s *sweep) macs() int {
	l := &s.Panels
	return s.N * s.P * s.Q * s.R * s.S * l.Rows * l.Cols * l.Groups
}

// cut finds the rows and columns of a block of at most so many pixels.
func (s *sweep) cut(b *split, pixels int) {
	fits := func(p, q int) bool {
		return p*q <= pixels && (!b.copied || s.inputs(p, q)*b.pixel <= maxWindow)
	}
	b.p, b.q = 1, s.Q
	for b.q > simd.Rows && !fits(1, b.q) {
		b.q = max(simd.Rows, (b.q+1)/2)
	}
	for b.q == s.Q && b.p < s.P && fits(b.p+1, b.q) {
		b.p++
	}
	b.p, b.np = even(s.P, b.p)
	b.q, b.nq = even(s.Q, b.q)
}

// even is the least size of the same number of parts of n, and that number.
func even(n, size int) (int, int) {
	parts := max(1, (n+size-1)/size)
	size = max(1, (n+parts-1)/parts)
	return size, (n + size - 1) / size
}

// parts is the number of tasks that share the panels of one block.
func (s *sweep) parts(b *split) int {
	return max(1, min(s.want()/b.blocks(), s.Panels.count()))
}

// want is the number of tasks worth starting.
func (s *sweep) want() int { return wanted(s.macs()) }

// wanted is the number of tasks worth starting for so many multiplications.
func wanted(macs int) int { return min(wantTasks, macs/minTask) }

// imageParts is the number of tasks that share the rows of each of so many images of
// macs multiplications, where at most fit rows go to a task.
func imageParts(rows, fit, macs, images int) int {
	parts := max((rows+fit-1)/fit, min(macs/minTask, wantTasks/images))
	return max(1, min(parts, rows))
}

// tasks is the number of tasks of the sweep.
func (s *sweep) tasks() int {
	b := s.split()
	return b.blocks() * s.parts(&b)
}

func (b *split) blocks() int { return b.nn * b.np * b.nq }

// block is a box of outputs.
type block struct{ n0, n1, p0, p1, q0, q1 int }

// block is block i: columns within rows within images.
func (s *sweep) block(b *split, i int) block {
	q, p, n := i%b.nq*b.q, i/b.nq%b.np*b.p, i/b.nq/b.np*b.n
	return block{n, min(n+b.n, s.N), p, min(p+b.p, s.P), q, min(q+b.q, s.Q)}
}
