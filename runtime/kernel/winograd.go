package kernel

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
)

// winograd is a pass of a convolution of r×r taps by minimal filtering: from x,
// images of H×W pixels and C channels, to y, of P×Q pixels and K channels. The
// outputs fall into tiles of m×m; those of a tile, which read t×t inputs, are
// the image of t×t products for each pair of channels, where a direct
// convolution takes r²·m². The products at one place of all tiles are a product
// of matrices.
type winograd struct {
	N, H, W, C int
	P, Q, K    int
	PadT, PadL int
	m, r, t    int
	rows, cols int // tiles of an image
	panels     panels
	maps       [5]simd.Winograd // input, output, filter, gradient, taps
	form       form
}

// form is how a pass is computed.
type form int

const (
	byTile   form = iota // products of matrices, one for each place of a tile
	byPlane              // along rows alone, in tiles of 1×4 outputs, as planes
	byRow                // and of 1×2
	bySquare             // in tiles of 2×2 outputs whose products stay in registers
)

// The places in winograd.maps.
const (
	mapInput = iota
	mapOutput
	mapFilter
	mapGradient
	mapTaps
)

// winogradForward is the forward pass by tiles of m outputs, in its form.
func (s *ConvShape) winogradForward(m int) (w winograd) {
	s.setWinograd(&w, m)
	w.setForm()
	return w
}

// winograd is the forward pass in tiles of m×m outputs.
func (s *ConvShape) winograd(m int) (w winograd) {
	s.setWinograd(&w, m)
	return w
}

func (s *ConvShape) setWinograd(w *winograd, m int) {
	if !s.minimal() || m != 2 && (m != 4 || s.R != 3) {
		panic(fmt.Sprintf("kernel winograd: %d×%d outputs a tile of %+v; expected 2 or 4 with 3×3 taps, 2 with 5×5, without stride, dilation and groups", m, m, *s))
	}
	w.N, w.H, w.W, w.C, w.P, w.Q, w.K = s.N, s.H, s.W, s.C, s.P, s.Q, s.K
	w.PadT, w.PadL, w.r, w.panels = s.PadT, s.PadL, s.R, s.packed()
	w.tile(m)
}

// winogradData is the pass from dy to dx: the convolution with the flipped
// filters, in its form.
func (s *ConvShape) winogradData(m int) winograd {
	w := s.winograd(m)
	w.H, w.W, w.P, w.Q, w.C, w.K = w.P, w.Q, w.H, w.W, w.K, w.C
	w.PadT, w.PadL, w.panels = w.r-1-w.PadT, w.r-1-w.PadL, s.transposed()
	w.tile(m)
	w.setForm()
	return w
}

// tile cuts the pass into tiles of m×m outputs.
func (w *winograd) tile(m int) {
	w.m, w.t = m, m+w.r-1
	w.rows, w.cols = (w.P+m-1)/m, (w.Q+m-1)/m
	switch {
	case w.r == 5:
		w.maps = [...]simd.Winograd{simd.Input4, simd.Output25, simd.Filter25, simd.Gradient25, simd.Taps25}
	case m == 4:
		w.maps = [...]simd.Winograd{simd.Input4, simd.Output4, simd.Filter4, simd.Gradient4, simd.Taps4}
	default:
		w.maps = [...]simd.Winograd{simd.Input2, simd.Output2, simd.Filter2, simd.Gradient2, simd.Taps2}
	}
}

// minimal says that minimal filtering applies, by tiles of 2 outputs each way and,
// of 3×3 taps, of 4.
func (s *ConvShape) minimal() bool {
	return s.R == s.S && (s.R == 3 || s.R == 5) && s.StrideH == 1 && s.StrideW == 1 && s.DilH == 1 && s.DilW == 1 && s.Groups == 1
}

func (w *winograd) tiles() int { return w.N * w.rows * w.cols }

// places is the number of products for a pair of channels of a tile.
func (w *winograd) places() int { return w.t * w.t }

// pitch is the distance of runs of n elements, none of which shares a set of
// the level-1 cache with the next ones: the least odd number of cache lines.
func pitch(n int) int { return ((n+15)/16 | 1) * 16 }

// place is the distance, in a panel of transformed weights, of the rows of one
// place to those of the next.
func (w *winograd) place(c panel) int { return w.panels.Rows*c.Width + 16 }

// start is where panel j of transformed weights starts.
func (w *winograd) start(j int, c panel) int {
	return w.places() * (c.Start*w.panels.Rows + 16*j)
}

// packedLen is the number of elements of the transformed weights.
func (w *winograd) packedLen() int {
	switch w.form {
	case byPlane:
		return w.rowPanels() * w.quadPanel()
	case byRow:
		return w.rowPanels() * w.rowPanel()
	case bySquare:
		return w.rowPanels() * w.squarePanel()
	}
	return w.places() * (w.panels.padded()*w.panels.Rows + 16*w.panels.count())
}

// patches are the squares of pixels that tiles read: size pixels each way, step
// apart, from org on. What lies outside of an image counts as 0.
type patches struct {
	H, W, C    int
	orgH, orgW int
	size, step int
	rows, cols int // patches of an image
}

// inputs are the patches of x.
func (w *winograd) inputs() patches {
	return patches{w.H, w.W, w.C, -w.PadT, -w.PadL, w.t, w.m, w.rows, w.cols}
}

// outputs are the patches of y.
func (w *winograd) outputs() patches {
	return patches{w.P, w.Q, w.K, 0, 0, w.m, w.m, w.rows, w.cols}
}

// at is where patch i starts: its image, row and column.
func (p *patches) at(i int) (n, h, w int) {
	return i / (p.rows * p.cols), p.orgH + i/p.cols%p.rows*p.step, p.orgW + i%p.cols*p.step
}

// run is the number of patches from i on, at most limit, that follow each other
// in a row and all lie inside the image; zero if the first does not.
func (p *patches) run(i, limit int) int {
	_, h, w := p.at(i)
	if h < 0 || h+p.size > p.H || w < 0 || w+p.size > p.W {
		return 0
	}
	inside := (p.W-p.size-w)/p.step + 1
	return min(inside, p.cols-i%p.cols, limit)
}

// clip is the part of a patch from pixel at on that lies inside an axis.
func (p *patches) clip(at, size int) (lo, hi int) {
	lo = min(max(0, -at), p.size)
	return lo, max(lo, min(p.size, size-at))
}

// transform sets row i of every place of dst, rows apart in elements and places
// apart, to the map of patch first+i, for n patches. scratch holds a patch.
func (p *patches) transform(m simd.Winograd, places int, dst []float32, row, place int, x []float32, first, n int, scratch []float32) {
	t := simd.Transform{C: p.C, YN: row, YRow: places * place, YCol: place}
	for i := 0; i < n; i += t.N {
		t.Y = dst[i*row:]
		if t.N = p.run(first+i, n-i); t.N > 0 {
			img, h, w := p.at(first + i)
			t.X = x[((img*p.H+h)*p.W+w)*p.C:]
			t.XN, t.XRow, t.XCol = p.step*p.C, p.W*p.C, p.C
		} else {
			p.copy(scratch, x, first+i)
			t.N, t.X = 1, scratch
			t.XRow, t.XCol = p.size*p.C, p.C
		}
		t.Run(m)
	}
}

// copy sets dst to patch i with zeros around.
func (p *patches) copy(dst, x []float32, i int) {
	n, h, w := p.at(i)
	top, bottom := p.clip(h, p.H)
	left, right := p.clip(w, p.W)
	row := p.size * p.C
	clear(dst[:p.size*row])
	for r := top; r < bottom && left < right; r++ {
		from := x[((n*p.H+h+r)*p.W+w+left)*p.C:]
		copy(dst[r*row+left*p.C:r*row+right*p.C], from)
	}
}
