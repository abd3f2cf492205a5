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
	row := m.W * m.C
	if t.Axis == "horizontal" {
		for y := range m.H {
			reversePixels(m.Pix[y*row:(y+1)*row], m.C)
		}
		return nil
	}
	for y := range m.H / 2 {
		top, bottom := m.Pix[y*row:(y+1)*row], m.Pix[(m.H-1-y)*row:(m.H-y)*row]
		for i := range top {
			top[i], bottom[i] = bottom[i], top[i]
		}
	}
	return nil
}

// reversePixels turns the order of pixels of C bytes around.
func reversePixels(pix []byte, C int) {
	slices.Reverse(pix)
	for i := 0; C > 1 && i < len(pix); i += C {
		slices.Reverse(pix[i : i+C])
	}
}
