package kernel

// window is the input of a block: x starts with the first tap of its first
// output; the strides are those of the input's images, rows and pixels.
type window struct {
	x                 []float32
	image, row, pixel int
}

// input returns the input of a block, in place or copied between zeros.
func (s *sweep) input(b *split, o block, x, scratch []float32) window {
	h0, w0 := s.OrgH+o.p0*s.StepH, s.OrgW+o.q0*s.StepW
	if !b.copied {
		return window{x[((o.n0*s.H+h0)*s.W+w0)*s.C:], s.H * s.W * s.C, s.W * s.C, s.C}
	}
	h, w := s.extent(o.p1-o.p0, o.q1-o.q0)
	v := window{scratch, h * w * b.pixel, w * b.pixel, b.pixel}
	lo, hi := min(max(0, -w0), w), max(0, min(w, s.W-w0)) // columns inside the input
	dst := scratch
	for n := o.n0; n < o.n1; n++ {
		for r := h0; r < h0+h; r++ {
			if r < 0 || r >= s.H || lo >= hi {
				clear(dst[:v.row])
			} else {
				clear(dst[:lo*v.pixel])
				copyPixels(dst[lo*v.pixel:hi*v.pixel], x[((n*s.H+r)*s.W+w0+lo)*s.C:], s.C, v.pixel)
				clear(dst[hi*v.pixel : v.row])
			}
			dst = dst[v.row:]
		}
	}
	return v
}

// copyPixels fills dst, pixels of pitch elements, from pixels of c.
func copyPixels(dst, src []float32, c, pitch int) {
	if c == pitch {
		copy(dst, src)
		return
	}
	for i := 0; i*pitch < len(dst); i++ {
		copy(dst[i*pitch:][:c], src[i*c:])
	}
}

// window is the number of pixels that p rows of q outputs read.
func (s *sweep) window(p, q int) int {
	h, w := s.extent(p, q)
	return h * w
}

func (s *sweep) extent(p, q int) (h, w int) {
	return (p-1)*s.StepH + (s.R-1)*s.DilH + 1, (q-1)*s.StepW + (s.S-1)*s.DilW + 1
}

// scratch is the memory for the window of a block.
func (s *sweep) scratch(b *split) int {
	if !b.copied {
		return 0
	}
	return b.n * s.window(b.p, b.q) * b.pixel
}
