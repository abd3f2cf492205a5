package data

import (
	"fmt"
	"math/rand/v2"
)

// Shift moves an image by whole pixels. What comes in is black, what goes out
// is lost.
type Shift struct {
	By int `net:"by,pos,required,min=0" doc:"the most pixels, each way"`
}

// Shape returns in. It fails where an image could be moved out of sight.
func (t *Shift) Shape(in Shape) (Shape, error) {
	if t.By < 0 {
		return in, fmt.Errorf("by %d pixels, expected 0 or more", t.By)
	}
	if !in.Varies() && t.By >= min(in.H, in.W) {
		return in, fmt.Errorf("by %d pixels, expected less than the %d of the image", t.By, min(in.H, in.W))
	}
	return in, nil
}

func (t *Shift) change(m *Image, r *rand.Rand) error {
	if r == nil || t.By == 0 {
		return nil
	}
	dy, dx := r.IntN(2*t.By+1)-t.By, r.IntN(2*t.By+1)-t.By
	m.window(-dy, -dx, m.H, m.W)
	return nil
}

// window replaces the image by its part that starts at row y, column x and has
// H rows and W columns. What lies outside the image is black.
func (m *Image) window(y, x, H, W int) {
	in := m.Shape
	old, oldMask := m.replace(Shape{in.C, H, W})
	cut(m.Pix, old, 0, in, y, x, H, W)
	if len(oldMask) > 0 {
		cut(m.Mask, oldMask, m.Void, Shape{1, in.H, in.W}, y, x, H, W)
	}
}

// cut fills dst, H rows and W columns, with the part of src that starts at row
// y, column x. What lies outside src is the fill.
func cut(dst, src []byte, fill byte, in Shape, y, x, H, W int) {
	for i := range dst {
		dst[i] = fill
	}
	// The columns of the window that lie within the image.
	left, right := min(max(0, -x), W), max(min(W, in.W-x), 0)
	if left >= right {
		return
	}
	for q := range H {
		if p := y + q; p >= 0 && p < in.H {
			copy(dst[(q*W+left)*in.C:], src[(p*in.W+x+left)*in.C:(p*in.W+x+right)*in.C])
		}
	}
}
