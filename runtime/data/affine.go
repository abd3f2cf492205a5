package data

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Rotate turns an image about its centre. Corners that come in are black.
type Rotate struct {
	Degrees float64 `net:"degrees,pos,required,min=0,max=180" doc:"the most degrees, either way"`
}

// Shape returns in.
func (t *Rotate) Shape(in Shape) (Shape, error) {
	if !(t.Degrees >= 0 && t.Degrees <= 180) {
		return in, fmt.Errorf("by %v degrees, expected 0 to 180", t.Degrees)
	}
	return in, nil
}

func (t *Rotate) change(m *Image, r *rand.Rand) error {
	if r == nil || t.Degrees == 0 {
		return nil
	}
	sin, cos := math.Sincos((2*r.Float64() - 1) * t.Degrees * math.Pi / 180)
	m.resample(cos, -sin, sin, cos)
	return nil
}

// Zoom scales an image about its centre, keeping its size. Above 1 it comes
// nearer and loses its border, below 1 black comes in around it.
type Zoom struct {
	Factor Range `net:"factor,pos,required,min=0.1,max=10" doc:"the least and the greatest factor"`
}

// Shape returns in.
func (t *Zoom) Shape(in Shape) (Shape, error) {
	if f := t.Factor; !(f.Lo >= 0.1 && f.Lo <= f.Hi && f.Hi <= 10) {
		return in, fmt.Errorf("by %v..%v, expected a range within 0.1..10", f.Lo, f.Hi)
	}
	return in, nil
}

func (t *Zoom) change(m *Image, r *rand.Rand) error {
	if r == nil {
		return nil
	}
	k := 1 / (t.Factor.Lo + (t.Factor.Hi-t.Factor.Lo)*r.Float64())
	m.resample(k, 0, 0, k)
	return nil
}

// resample replaces the image by its linear map about the centre: the pixel at
// (y, x) from the centre becomes what is at (yy·y + yx·x, xy·y + xx·x), by
// bilinear interpolation, black outside. Places are rounded to 1/256 of a
// pixel, and all arithmetic after that is of integers. Labels are those of the
// nearest pixel.
func (m *Image) resample(yy, yx, xy, xx float64) {
	H, W, C := m.H, m.W, m.C
	src, mask := m.replace(m.Shape)
	const half = 1 << (fraction - 9) // of 1/256
	dy, dx := fixedPoint(yx), fixedPoint(xx)
	midY, midX := float64(H-1)/2, float64(W-1)/2
	for q := range H {
		v := float64(q) - midY
		y0, x0 := half+fixedPoint(midY+yy*v-yx*midX), half+fixedPoint(midX+xy*v-xx*midX)
		dst := m.Pix[q*W*C : (q+1)*W*C]
		for p := range W {
			bilinear(dst[:C:C], src, H, W, y0>>(fraction-8), x0>>(fraction-8))
			if len(mask) > 0 {
				m.Mask[q*W+p] = m.nearest(mask, y0, x0)
			}
			dst = dst[C:]
			y0 += dy
			x0 += dx
		}
	}
}

// nearest is the label of mask nearest to (y, x), in fixed point.
func (m *Image) nearest(mask []byte, y, x int64) byte {
	const half = 1 << (fraction - 1)
	iy, ix := int((y+half)>>fraction), int((x+half)>>fraction)
	if iy < 0 || ix < 0 || iy >= m.H || ix >= m.W {
		return m.Void
	}
	return mask[iy*m.W+ix]
}

// fraction is the number of bits after the point in coordinates that are
// added up along a row.
const fraction = 32

func fixedPoint(x float64) int64 { return int64(math.RoundToEven(x * (1 << fraction))) }

// bilinear writes the pixel of src at (y, x), in 1/256 pixels.
func bilinear(dst, src []byte, H, W int, y, x int64) {
	iy, ix := int(y>>8), int(x>>8)
	fy, fx := uint32(y&255), uint32(x&255)
	C := len(dst)
	if iy >= 0 && ix >= 0 && iy < H-1 && ix < W-1 {
		top, bottom := src[(iy*W+ix)*C:], src[((iy+1)*W+ix)*C:]
		for c := range dst {
			a, b := uint32(top[c])*(256-fx), uint32(top[c+C])*fx
			d, e := uint32(bottom[c])*(256-fx), uint32(bottom[c+C])*fx
			dst[c] = byte(((a+b)*(256-fy) + (d+e)*fy + 1<<15) >> 16)
		}
		return
	}
	for c := range dst {
		at := func(p, q int) uint32 {
			if p < 0 || q < 0 || p >= H || q >= W {
				return 0
			}
			return uint32(src[(p*W+q)*C+c])
		}
		top := at(iy, ix)*(256-fx) + at(iy, ix+1)*fx
		bottom := at(iy+1, ix)*(256-fx) + at(iy+1, ix+1)*fx
		dst[c] = byte((top*(256-fy) + bottom*fy + 1<<15) >> 16)
	}
}
