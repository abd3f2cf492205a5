package kernel

// window is the input of a block: x starts with the first tap of its first
// output; the strides are those of the input's images, rows and pixels.
type window struct {
	x                 []float32
	image, row, pixel int
}

// input returns the input of a block, in place or copied between zeros.
func (s *sweep) input(b *split, o block, x, scratch []float32) window {
	v := s.window(b, o, x, scratch)
	if b.copied {
		s.copy(&v, o, x)
	}
	return v
}

// shared is input for one of the tasks that share a block, which first names: a
// worker copies the window for the first of those that follow each other.
func (s *sweep) shared(b *split, o block, x []float32, d desk, first int) window {
	v := s.window(b, o, x, d.scratch)
	if b.copied && *d.holds != first {
		s.copy(&v, o, x)
		*d.holds = first
	}
	return v
}

// window is where the input of a block lies: in x, or copied to scratch.
func (s *sweep) window(b *split, o block, x, scratch []float32) window {
	if !b.copied {
		h, w := s.OrgH+o.p0*s.StepH, s.OrgW+o.q0*s.StepW
		return window{x[((o.n0*s.H+h)*s.W+w)*s.C:], s.H * s.W * s.C, s.W * s.C, s.C}
	}
	h, w := s.extent(o.p1-o.p0, o.q1-o.q0)
	return window{scratch, h * w * b.pixel, w * b.pixel, b.pixel}
}

// copy fills a window.
func (s *sweep) copy(v *window, o block, x []float32) {
	h0, w0 := s.OrgH+o.p0*s.StepH, s.OrgW+o.q0*s.StepW
	h, w := s.extent(o.p1-o.p0, o.q1-o.q0)
	lo, hi := min(max(0, -w0), w), max(0, min(w, s.W-w0)) // columns inside the input
	dst := v.x
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

// inputs is the number of pixels that p rows of q outputs read.
func (s *sweep) inputs(p, q int) int {
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
	return b.n * s.inputs(b.p, b.q) * b.pixel
}
