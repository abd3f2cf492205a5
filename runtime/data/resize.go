package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Resize makes images larger or smaller, by a triangle filter that covers all
// the pixels that a result stands for. Labels of pixels are those of the
// nearest.
type Resize struct {
	Short int    `net:"short,pos,min=1" doc:"length of the shorter side; the longer keeps its proportion"`
	Size  [2]int `net:"size,pos,min=1" doc:"height and width, whatever the proportions"`
}

// Shape returns the size that images come out in.
func (t *Resize) Shape(in Shape) (Shape, error) {
	switch {
	case t.Short == 0 && t.Size == [2]int{}:
		return in, errors.New("no size, expected a number for the shorter side, or HxW")
	case t.Short != 0 && t.Size != [2]int{}:
		return in, errors.New("both a number for the shorter side and a size, expected one of them")
	case t.Short < 0 || t.Size[0] < 0 || t.Size[1] < 0 || max(t.Short, t.Size[0], t.Size[1]) > maxSide:
		return in, fmt.Errorf("expected 1 to %d pixels a side", maxSide)
	case in.Varies() && t.Short != 0:
		return in, nil
	}
	H, W := t.size(in)
	if H > maxSide || W > maxSide {
		return in, fmt.Errorf("images of %v become %dx%d, expected at most %d a side", in, H, W, maxSide)
	}
	return Shape{in.C, H, W}, nil
}

func (t *Resize) size(in Shape) (H, W int) {
	if t.Short == 0 {
		return t.Size[0], t.Size[1]
	}
	short := min(in.H, in.W)
	scaled := func(side int) int { return (side*t.Short + short/2) / short }
	return scaled(in.H), scaled(in.W)
}

func (t *Resize) change(m *Image, _ *rand.Rand) error {
	H, W := t.size(m.Shape)
	if H > maxSide || W > maxSide {
		return fmt.Errorf("an image of %v becomes %dx%d, expected at most %d a side", m.Shape, H, W, maxSide)
	}
	m.resize(0, 0, m.H, m.W, H, W)
	return nil
}

// resize replaces the image by its window of h rows and w columns from (y, x),
// made H rows and W columns.
func (m *Image) resize(y, x, h, w, H, W int) {
	if h == H && w == W {
		m.window(y, x, H, W)
		return
	}
	in := m.Shape
	rows, columns := resampling(y, h, H), resampling(x, w, W)
	old, oldMask := m.replace(Shape{in.C, H, W})
	// First along the rows, of those rows that will be read.
	m.between = grown(m.between, h*W*in.C)
	for q := range h {
		src, dst := old[(y+q)*in.W*in.C:][:in.W*in.C], m.between[q*W*in.C:][:W*in.C]
		for p := range W {
			columns[p].add(dst[p*in.C:][:in.C], src, 0, in.C)
		}
	}
	for q := range H {
		dst := m.Pix[q*W*in.C:][:W*in.C]
		rows[q].add(dst, m.between, y, W*in.C)
	}
	if len(oldMask) == 0 {
		return
	}
	for q := range H {
		from := oldMask[(y+middleOf(q, h, H))*in.W+x:]
		for p := range W {
			m.Mask[q*W+p] = from[middleOf(p, w, W)]
		}
	}
}

// middleOf is the place among n at which the middle of place i of N lies.
func middleOf(i, n, N int) int { return (2*i + 1) * n / (2 * N) }

// taps are the weights of neighbouring pixels, in 1/weightOne, of sum weightOne.
type taps struct {
	first   int
	weights []int32
}

const (
	weightBits = 15
	weightOne  = 1 << weightBits
)

// resampling gives the taps of each of N pixels made from n from the given one.
func resampling(from, n, N int) []taps {
	scale := float64(n) / float64(N)
	reach := max(scale, 1)
	all := make([]taps, N)
	for i := range all {
		centre := (float64(i) + 0.5) * scale
		lo, hi := max(0, int(math.Floor(centre-reach))), min(n, int(math.Ceil(centre+reach)))
		weights, sum := make([]float64, hi-lo), 0.0
		for j := range weights {
			weights[j] = max(0, 1-math.Abs((float64(lo+j)+0.5-centre)/reach))
			sum += weights[j]
		}
		all[i] = taps{from + lo, make([]int32, len(weights))}
		all[i].round(weights, sum)
	}
	return all
}

// round makes whole numbers of the weights; what rounding leaves goes to the
// largest of them.
func (t *taps) round(weights []float64, sum float64) {
	left, most := int32(weightOne), 0
	for j, w := range weights {
		t.weights[j] = int32(math.RoundToEven(w / sum * weightOne))
		left -= t.weights[j]
		if w > weights[most] {
			most = j
		}
	}
	t.weights[most] += left
}

// add writes the weighted sums of as many values as dst has: those of pixel i of
// src begin at (i-from)·stride.
func (t *taps) add(dst, src []byte, from, stride int) {
	for c := range dst {
		sum, at := int32(weightOne/2), (t.first-from)*stride+c
		for _, w := range t.weights {
			sum += w * int32(src[at])
			at += stride
		}
		dst[c] = byte(min(max(sum>>weightBits, 0), 255))
	}
}
