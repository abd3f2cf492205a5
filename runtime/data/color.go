package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Color changes the colours of an image in training, in this order: brightness
// and contrast by random factors, saturation by one, the hue by a turn, and all
// pixels along the principal axes of the data's colours. Labels of pixels stay.
type Color struct {
	Brightness float64 `net:"brightness,min=0,max=10" doc:"the factor on all values is from 1-b, at least 0, to 1+b"`
	Contrast   float64 `net:"contrast,min=0,max=10" doc:"likewise for the distances from the image's mean grey"`
	Saturation float64 `net:"saturation,min=0,max=10" doc:"likewise for the distances from each pixel's grey"`
	Hue        float64 `net:"hue,min=0,max=0.5" doc:"the most by which the hue is turned, of a full circle"`
	PCA        float64 `net:"pca,min=0,max=10" doc:"deviation of the random amounts added along the axes, in standard deviations of the data along each"`
}

// Shape returns in. It fails where there is nothing to change, or no colour.
func (t *Color) Shape(in Shape) (Shape, error) {
	for _, v := range []float64{t.Brightness, t.Contrast, t.Saturation, t.PCA} {
		if !(v >= 0 && v <= 10) {
			return in, fmt.Errorf("a strength of %v, expected 0 to 10", v)
		}
	}
	if !(t.Hue >= 0 && t.Hue <= 0.5) {
		return in, fmt.Errorf("a hue of %v, expected 0 to 0.5", t.Hue)
	}
	if t.Brightness+t.Contrast+t.Saturation+t.Hue+t.PCA == 0 {
		return in, errors.New("no strength, expected brightness=, contrast=, saturation=, hue= or pca=")
	}
	if in.C != 3 && t.Saturation+t.Hue+t.PCA > 0 {
		return in, fmt.Errorf("images are %v, expected 3 channels for saturation=, hue= and pca=", in)
	}
	return in, nil
}

func (t *Color) fit(set Dataset) (changer, error) {
	if t.PCA == 0 {
		return t, nil
	}
	a, err := principal(set)
	return &colorAlong{*t, a}, err
}

// colorAlong is Color with the axes of the data at hand.
type colorAlong struct {
	Color
	axes *axes
}

func (t *colorAlong) change(m *Image, r *rand.Rand) error {
	if err := t.Color.change(m, r); err != nil || r == nil {
		return err
	}
	m.shiftColours(t.axes.draw(t.PCA, r))
	return nil
}

func (t *Color) change(m *Image, r *rand.Rand) error {
	if r == nil {
		return nil
	}
	if t.Brightness > 0 {
		m.towards(around(t.Brightness, r), func([]byte) int32 { return 0 })
	}
	if t.Contrast > 0 {
		grey := m.meanGrey()
		m.towards(around(t.Contrast, r), func([]byte) int32 { return grey })
	}
	if t.Saturation > 0 {
		m.towards(around(t.Saturation, r), func(p []byte) int32 { return int32(luma(p[0], p[1], p[2])) })
	}
	if t.Hue > 0 {
		m.turn((2*r.Float64() - 1) * t.Hue)
	}
	return nil
}

// around is a random factor about 1, in 1/65536.
func around(strength float64, r *rand.Rand) int32 {
	lo := max(0, 1-strength)
	return int32(math.RoundToEven((lo + (1+strength-lo)*r.Float64()) * (1 << 16)))
}

// towards makes each value v of a pixel g + factor·(v - g), where g is what of
// gives for the pixel.
func (m *Image) towards(factor int32, of func(pixel []byte) int32) {
	for i := 0; i < len(m.Pix); i += m.C {
		pixel := m.Pix[i : i+m.C]
		g := of(pixel)
		for c, v := range pixel {
			pixel[c] = clamp(g + int32((int64(factor)*int64(int32(v)-g)+1<<15)>>16))
		}
	}
}

func clamp(v int32) byte { return byte(min(max(v, 0), 255)) }

// meanGrey is the mean brightness of the image.
func (m *Image) meanGrey() int32 {
	sum := int64(0)
	for i := 0; i < len(m.Pix); i += m.C {
		if m.C == 3 {
			sum += int64(luma(m.Pix[i], m.Pix[i+1], m.Pix[i+2]))
			continue
		}
		for _, v := range m.Pix[i : i+m.C] {
			sum += int64(v)
		}
	}
	n := int64(m.H * m.W)
	if m.C != 3 {
		n *= int64(m.C)
	}
	return int32((sum + n/2) / n)
}

// turn turns the hue by a share of the circle: the colour without its
// brightness is turned in the plane that the television's I and Q span.
func (m *Image) turn(share float64) {
	sin, cos := math.Sincos(2 * math.Pi * share)
	toYIQ := [3][3]float64{{0.299, 0.587, 0.114}, {0.595716, -0.274453, -0.321263}, {0.211456, -0.522591, 0.311135}}
	fromYIQ := [3][3]float64{{1, 0.9563, 0.6210}, {1, -0.2721, -0.6474}, {1, -1.1070, 1.7046}}
	turned := product(fromYIQ, product([3][3]float64{{1, 0, 0}, {0, cos, -sin}, {0, sin, cos}}, toYIQ))
	var k [3][3]int32
	for i := range k {
		// Each row adds up to 1, so that grey stays grey.
		for j := range 2 {
			k[i][j] = int32(math.RoundToEven(turned[i][j] * (1 << 16)))
		}
		k[i][2] = 1<<16 - k[i][0] - k[i][1]
	}
	for i := 0; i < len(m.Pix); i += 3 {
		a, b, c := int32(m.Pix[i]), int32(m.Pix[i+1]), int32(m.Pix[i+2])
		for j := range 3 {
			m.Pix[i+j] = clamp((k[j][0]*a + k[j][1]*b + k[j][2]*c + 1<<15) >> 16)
		}
	}
}

func product(a, b [3][3]float64) (p [3][3]float64) {
	for i := range 3 {
		for j := range 3 {
			for k := range 3 {
				p[i][j] += float64(a[i][k] * b[k][j])
			}
		}
	}
	return p
}

// shiftColours adds a colour to all pixels.
func (m *Image) shiftColours(by [3]int32) {
	for i := 0; i < len(m.Pix); i += 3 {
		for c, v := range by {
			m.Pix[i+c] = clamp(int32(m.Pix[i+c]) + v)
		}
	}
}
