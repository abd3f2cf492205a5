package data

import (
	"fmt"
	"math/rand/v2"
)

// Crop cuts a window out of an image. Outside training the window is in the
// middle, the odd pixel being left over at the bottom and on the right.
type Crop struct {
	At   string `net:"at,pos,required,oneof=random|center" doc:"where the window is in training"`
	Size [2]int `net:"size,pos,required,min=1" doc:"height and width of the window"`
	Pad  int    `net:"pad,min=0" doc:"black pixels put around the image first"`
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
	if in.Varies() {
		return out, nil
	}
	return out, t.fits(in)
}

func (t *Crop) fits(in Shape) error {
	if in.H+2*t.Pad < t.Size[0] || in.W+2*t.Pad < t.Size[1] {
		return fmt.Errorf("window is %dx%d, expected at most %dx%d: the image is %v, the pad %d", t.Size[0], t.Size[1], in.H+2*t.Pad, in.W+2*t.Pad, in, t.Pad)
	}
	return nil
}

func (t *Crop) change(m *Image, r *rand.Rand) error {
	if err := t.fits(m.Shape); err != nil {
		return err
	}
	freeH, freeW := m.H+2*t.Pad-t.Size[0], m.W+2*t.Pad-t.Size[1]
	y, x := freeH/2, freeW/2
	if r != nil && t.At == "random" {
		y, x = r.IntN(freeH+1), r.IntN(freeW+1)
	}
	m.window(y-t.Pad, x-t.Pad, t.Size[0], t.Size[1])
	return nil
}
