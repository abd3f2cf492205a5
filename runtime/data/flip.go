package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Flip mirrors an image with probability one half.
type Flip struct {
	Axis string `net:"axis,pos,required,oneof=horizontal|vertical" doc:"horizontal swaps left and right"`
}

// Shape returns in.
func (t *Flip) Shape(in Shape) (Shape, error) {
	if t.Axis != "horizontal" && t.Axis != "vertical" {
		return in, fmt.Errorf("%q, expected horizontal or vertical", t.Axis)
	}
	return in, nil
}

func (t *Flip) change(m *Image, r *rand.Rand) error {
	if r == nil || r.Uint64()>>63 == 0 {
		return nil
	}
	mirror(m.Pix, m.Shape, t.Axis == "horizontal")
	if len(m.Mask) > 0 {
		mirror(m.Mask, Shape{1, m.H, m.W}, t.Axis == "horizontal")
	}
	return nil
}

// mirror swaps left and right, or top and bottom, of pixels of shape s.
func mirror(pix []byte, s Shape, horizontal bool) {
	row := s.W * s.C
	if horizontal {
		for y := range s.H {
			reversePixels(pix[y*row:(y+1)*row], s.C)
		}
		return
	}
	for y := range s.H / 2 {
		top, bottom := pix[y*row:(y+1)*row], pix[(s.H-1-y)*row:(s.H-y)*row]
		for i := range top {
			top[i], bottom[i] = bottom[i], top[i]
		}
	}
}

// reversePixels turns the order of pixels of C bytes around.
func reversePixels(pix []byte, C int) {
	slices.Reverse(pix)
	for i := 0; C > 1 && i < len(pix); i += C {
		slices.Reverse(pix[i : i+C])
	}
}
