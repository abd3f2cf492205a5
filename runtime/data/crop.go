package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Crop cuts a window out of an image. Outside training the window is in the
// middle, the odd pixel being left over at the bottom and on the right.
//
// With a scale the window is a share of the image and is resized: in training a
// random share at a random place with random proportions, otherwise 7/8 of the
// height and width of the largest window in the middle that has the proportions
// of the size. Source: C. Szegedy et al., "Going deeper with convolutions",
// CVPR 2015.
type Crop struct {
	At    string `net:"at,pos,required,oneof=random|center" doc:"where the window is in training"`
	Size  [2]int `net:"size,pos,required,min=1" doc:"height and width of the result"`
	Pad   int    `net:"pad,min=0" doc:"black pixels put around the image first"`
	Scale Range  `net:"scale,min=1e-4,max=1" doc:"the least and the greatest share of the image's area that is taken, then resized"`
	Ratio Range  `net:"ratio,min=0.01,max=100" doc:"with scale: the least and the greatest width by height; 3/4 to 4/3"`
}

// Shape returns the window's.
func (t *Crop) Shape(in Shape) (Shape, error) {
	out := Shape{in.C, t.Size[0], t.Size[1]}
	if t.At != "random" && t.At != "center" {
		return in, fmt.Errorf("at %q, expected random or center", t.At)
	}
	if out.H < 1 || out.W < 1 || out.H > maxSide || out.W > maxSide || t.Pad < 0 || t.Pad > maxSide {
		return in, fmt.Errorf("size %dx%d, pad %d: expected a size of 1 to %d a side, a pad of 0 to %d", out.H, out.W, t.Pad, maxSide, maxSide)
	}
	if t.Scale != (Range{}) {
		return out, t.scales()
	}
	if t.Ratio != (Range{}) {
		return in, errors.New("ratio= without scale=, expected both: only a window that is resized has proportions of its own")
	}
	if in.Varies() {
		return out, nil
	}
	return out, t.fits(in)
}

// scales checks the settings of a window that is resized.
func (t *Crop) scales() error {
	s, r := t.Scale, t.ratio()
	switch {
	case t.At != "random":
		return errors.New("scale= with center, expected random: to resize the middle write resize(…) and crop(center, …)")
	case t.Pad != 0:
		return errors.New("both scale= and pad=, expected one of them")
	case !(s.Lo > 0 && s.Lo <= s.Hi && s.Hi <= 1):
		return fmt.Errorf("scale %v..%v, expected a range within 0..1", s.Lo, s.Hi)
	case !(r.Lo >= 0.01 && r.Lo <= r.Hi && r.Hi <= 100):
		return fmt.Errorf("ratio %v..%v, expected a range within 0.01..100", r.Lo, r.Hi)
	}
	return nil
}

func (t *Crop) ratio() Range {
	if t.Ratio == (Range{}) {
		return Range{3.0 / 4, 4.0 / 3}
	}
	return t.Ratio
}

func (t *Crop) fits(in Shape) error {
	if in.H+2*t.Pad < t.Size[0] || in.W+2*t.Pad < t.Size[1] {
		return fmt.Errorf("window is %dx%d, expected at most %dx%d: the image is %v, the pad %d; resize(%d) in front makes it large enough",
			t.Size[0], t.Size[1], in.H+2*t.Pad, in.W+2*t.Pad, in, t.Pad, max(t.Size[0], t.Size[1]))
	}
	return nil
}

func (t *Crop) change(m *Image, r *rand.Rand) error {
	if r == nil || t.At != "random" {
		return t.view(m, middle)
	}
	if t.Scale != (Range{}) {
		y, x, h, w := t.part(m.Shape, r)
		m.resize(y, x, h, w, t.Size[0], t.Size[1])
		return nil
	}
	if err := t.fits(m.Shape); err != nil {
		return err
	}
	rows, columns := t.free(m.Shape)
	m.window(r.IntN(rows+1)-t.Pad, r.IntN(columns+1)-t.Pad, t.Size[0], t.Size[1])
	return nil
}

// tries is how many random windows are drawn before the middle is taken: a
// narrow image may have room for none.
const tries = 10

// part is the window of a crop with a scale.
func (t *Crop) part(in Shape, r *rand.Rand) (y, x, h, w int) {
	if r == nil {
		h, w = largest(in, t.Size[1], t.Size[0])
		h, w = max(1, h*7/8), max(1, w*7/8)
		return (in.H - h) / 2, (in.W - w) / 2, h, w
	}
	ratio := t.ratio()
	lo, hi := math.Log(ratio.Lo), math.Log(ratio.Hi)
	for range tries {
		area := float64(in.H) * float64(in.W) * (t.Scale.Lo + (t.Scale.Hi-t.Scale.Lo)*r.Float64())
		wide := math.Exp(lo + (hi-lo)*r.Float64())
		w, h = int(math.RoundToEven(math.Sqrt(area*wide))), int(math.RoundToEven(math.Sqrt(area/wide)))
		if 1 <= w && w <= in.W && 1 <= h && h <= in.H {
			return r.IntN(in.H - h + 1), r.IntN(in.W - w + 1), h, w
		}
	}
	h, w = largest(in, t.Size[1], t.Size[0])
	return (in.H - h) / 2, (in.W - w) / 2, h, w
}

// largest is the largest window of an image with the proportions w:h.
func largest(in Shape, w, h int) (H, W int) {
	if in.W*h > in.H*w {
		return in.H, max(1, in.H*w/h)
	}
	return max(1, in.W*h/w), in.W
}
