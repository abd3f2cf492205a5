package kernel

import (
	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
)

// PoolShape is the geometry of a pooling layer: maps of H by W with C channels
// give maps of P by Q. Window (p, q) has its first tap at row
// p·StrideH-PadT, column q·StrideW-PadL, and R by S taps, DilH and DilW apart.
// Taps outside of the map are left out.
type PoolShape struct {
	N, H, W, C       int
	R, S             int
	P, Q             int
	StrideH, StrideW int
	PadT, PadL       int
	DilH, DilW       int
}

func (s *PoolShape) inLen() int  { return s.N * s.H * s.W * s.C }
func (s *PoolShape) outLen() int { return s.N * s.P * s.Q * s.C }

// clip returns the taps first … last-1 of a window that lie in a map of size n,
// for a window of k taps that starts at start.
func clip(start, k, dil, n int) (first, last int) {
	if start < 0 {
		first = (-start + dil - 1) / dil
	}
	switch {
	case start+(k-1)*dil < n:
		last = k
	case start < n:
		last = (n - start + dil - 1) / dil
	}
	return first, max(first, last)
}

// span is a run of windows of one output row that are clipped alike.
type span struct {
	row  simd.Row
	x, y int // offsets of the first tap of the first window, and of its output, in a sample
	h, w int // the place of the window's first tap, inside or not
}

// span returns the longest run of windows from (p, q): all windows that lie
// wholly inside the columns together, others one by one.
func (s *PoolShape) span(p, q int) span {
	h, w := p*s.StrideH-s.PadT, q*s.StrideW-s.PadL
	r0, r1 := clip(h, s.R, s.DilH, s.H)
	s0, s1 := clip(w, s.S, s.DilW, s.W)
	n := 1
	if s1-s0 == s.S {
		n = s.Q - q
		if free := s.W - 1 - (s.S-1)*s.DilW - w; free < (n-1)*s.StrideW {
			n = free/s.StrideW + 1
		}
	}
	run := span{
		row: simd.Row{
			N: n, C: s.C, YStep: s.C, XStep: s.StrideW * s.C,
			R: r1 - r0, RStep: s.DilH * s.W * s.C,
			S: s1 - s0, SStep: s.DilW * s.C,
			Tap: r0*s.S + s0, TapSkip: s.S - (s1 - s0),
		},
		x: ((h+r0*s.DilH)*s.W + w + s0*s.DilW) * s.C,
		y: (p*s.Q + q) * s.C,
		h: h, w: w,
	}
	if r0 == r1 || s0 == s1 {
		run.row.R, run.row.S, run.x = 0, 0, 0
	}
	return run
}

// poolTile is the number of taps in a tile of a pooling kernel: some µs.
const poolTile = 32768

// rows is the number of output rows in a tile of a forward kernel.
func (s *PoolShape) rows() int { return max(1, poolTile/max(1, s.Q*s.C*s.R*s.S)) }

// rowTiles is the number of tiles of the output rows of all samples.
func (s *PoolShape) rowTiles() int { return (s.N*s.P + s.rows() - 1) / s.rows() }

// rowSpan is the range of output rows of tile i, counted over all samples.
func (s *PoolShape) rowSpan(i int) (lo, hi int) {
	return i * s.rows(), min((i+1)*s.rows(), s.N*s.P)
}

// The backward kernels add into the taps of overlapping windows, so a tile is
// whole maps: some samples where there are many, some channels where not. Each
// element of dx gets its terms in the order of the output.
const (
	poolSamples = 8  // from this number of samples on, tiles are not split by channels
	poolBlock   = 32 // channels in a tile otherwise
)

// block is the number of channels in a tile of a backward kernel.
func (s *PoolShape) block() int {
	if s.N >= poolSamples {
		return s.C
	}
	return min(poolBlock, s.C)
}

// mapTiles is the number of tiles of a backward kernel.
func (s *PoolShape) mapTiles() int {
	b := s.block()
	return s.N * ((s.C + b - 1) / b)
}

// mapTile is the sample and the range of channels of tile i.
func (s *PoolShape) mapTile(i int) (n, lo, hi int) {
	b := s.block()
	blocks := (s.C + b - 1) / b
	lo = i % blocks * b
	return i / blocks, lo, min(lo+b, s.C)
}

// zeroMap clears channels lo … hi-1 of a sample.
func (s *PoolShape) zeroMap(dx []float32, lo, hi int) {
	if hi-lo == s.C {
		clear(dx)
		return
	}
	for i := 0; i < len(dx); i += s.C {
		clear(dx[i+lo : i+hi])
	}
}
