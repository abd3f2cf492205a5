package data

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Cutout blackens a square whose middle is anywhere in the image, so that part
// of it may lie outside. Labels of pixels stay. Source: T. DeVries and
// G. Taylor, "Improved regularization of convolutional neural networks with
// cutout", arXiv:1708.04552.
type Cutout struct {
	Side int `net:"side,pos,required,min=1" doc:"of the square, in pixels"`
	Fill int `net:"fill,min=0,max=255" doc:"what takes the place of its values"`
}

// Shape returns in.
func (t *Cutout) Shape(in Shape) (Shape, error) {
	if t.Side < 1 || t.Side > maxSide || t.Fill < 0 || t.Fill > 255 {
		return in, fmt.Errorf("side %d, fill %d: expected 1 to %d, and 0 to 255", t.Side, t.Fill, maxSide)
	}
	return in, nil
}

func (t *Cutout) change(m *Image, r *rand.Rand) error {
	if r == nil {
		return nil
	}
	y, x := r.IntN(m.H)-t.Side/2, r.IntN(m.W)-t.Side/2
	m.rectangle(y, x, t.Side, t.Side, func(row []byte) {
		for i := range row {
			row[i] = byte(t.Fill)
		}
	})
	return nil
}

// rectangle calls f for each row of a rectangle, as far as it lies within the
// image.
func (m *Image) rectangle(y, x, h, w int, f func(row []byte)) {
	left, right := max(x, 0), min(x+w, m.W)
	for q := max(y, 0); q < min(y+h, m.H) && left < right; q++ {
		f(m.Pix[(q*m.W+left)*m.C : (q*m.W+right)*m.C])
	}
}

// Erase fills a random rectangle with noise, in some images. Labels of pixels
// stay. Source: Z. Zhong et al., "Random erasing data augmentation", AAAI 2020.
type Erase struct {
	Probability float64 `net:"probability,pos,min=0,max=1" doc:"that an image is changed"`
	Scale       Range   `net:"scale,min=1e-4,max=1" doc:"the least and the greatest share of the image's area"`
	Ratio       Range   `net:"ratio,min=0.01,max=100" doc:"the least and the greatest height by width"`
}

// Shape returns in.
func (t *Erase) Shape(in Shape) (Shape, error) {
	s, r := t.Scale, t.Ratio
	if !(t.Probability >= 0 && t.Probability <= 1) || !(s.Lo > 0 && s.Lo <= s.Hi && s.Hi <= 1) || !(r.Lo > 0 && r.Lo <= r.Hi) {
		return in, fmt.Errorf("probability %v, scale %v..%v, ratio %v..%v: expected a probability, a range within 0..1 and a range above 0",
			t.Probability, s.Lo, s.Hi, r.Lo, r.Hi)
	}
	return in, nil
}

func (t *Erase) change(m *Image, r *rand.Rand) error {
	if r == nil || r.Float64() >= t.Probability {
		return nil
	}
	lo, hi := math.Log(t.Ratio.Lo), math.Log(t.Ratio.Hi)
	for range tries {
		area := float64(m.H) * float64(m.W) * (t.Scale.Lo + (t.Scale.Hi-t.Scale.Lo)*r.Float64())
		high := math.Exp(lo + (hi-lo)*r.Float64())
		h, w := int(math.RoundToEven(math.Sqrt(area*high))), int(math.RoundToEven(math.Sqrt(area/high)))
		if h < 1 || w < 1 || h > m.H || w > m.W {
			continue
		}
		m.rectangle(r.IntN(m.H-h+1), r.IntN(m.W-w+1), h, w, func(row []byte) {
			for i := 0; i < len(row); i += 8 {
				noise := r.Uint64()
				for j := i; j < min(i+8, len(row)); j++ {
					row[j] = byte(noise)
					noise >>= 8
				}
			}
		})
		return nil
	}
	return nil
}
