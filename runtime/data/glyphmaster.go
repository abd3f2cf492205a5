package data

import (
	"fmt"
	"image"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/gomonoitalic"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/gofont/gosmallcaps"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const (
	masterSide   = 64 // of a master, in pixels
	masterHeight = 32 // of a digit in it, about
)

// master is one digit of one font, large and soft-edged: ink from 0 to 1.
type master struct {
	ink    [masterSide * masterSide]float32
	cx, cy float32 // the middle of the digit
}

// drawMasters draws the ten digits of each font, font by font.
func drawMasters() ([]master, error) {
	fonts := [][]byte{
		goregular.TTF, gomedium.TTF, gobold.TTF, goitalic.TTF, gobolditalic.TTF,
		gomono.TTF, gomonobold.TTF, gomonoitalic.TTF, gosmallcaps.TTF,
	}
	masters := make([]master, len(fonts)*len(digits))
	for i, ttf := range fonts {
		f, err := opentype.Parse(ttf)
		if err != nil {
			return nil, err
		}
		// Digits of these fonts are 0.73 em high.
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: masterHeight / 0.73, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			return nil, err
		}
		for j, digit := range digits {
			if err := masters[i*len(digits)+j].draw(face, digit); err != nil {
				return nil, err
			}
		}
	}
	return masters, nil
}

func (g *master) draw(face font.Face, digit string) error {
	canvas := image.NewAlpha(image.Rect(0, 0, masterSide, masterSide))
	bounds, _ := font.BoundString(face, digit)
	width, height := (bounds.Max.X - bounds.Min.X).Ceil(), (bounds.Max.Y - bounds.Min.Y).Ceil()
	if width <= 0 || width > masterSide-8 || height <= 0 || height > masterSide-8 {
		return fmt.Errorf("digit %s is %dx%d pixels, expected at most %d a side", digit, height, width, masterSide-8)
	}
	middle := fixed.I(masterSide / 2)
	d := font.Drawer{Dst: canvas, Src: image.Opaque, Face: face, Dot: fixed.Point26_6{
		X: middle - (bounds.Min.X+bounds.Max.X)/2,
		Y: middle - (bounds.Min.Y+bounds.Max.Y)/2,
	}}
	d.DrawString(digit)
	g.cx, g.cy = masterSide/2-0.5, masterSide/2-0.5
	for i, a := range canvas.Pix {
		g.ink[i] = float32(a) / 255
	}
	g.soften()
	g.soften()
	return nil
}

// soften replaces each ink by the mean of its neighbourhood of 3x3; the border
// stays empty.
func (g *master) soften() {
	old := g.ink
	for y := 1; y < masterSide-1; y++ {
		for x := 1; x < masterSide-1; x++ {
			var sum float32
			for _, row := range [...]int{y - 1, y, y + 1} {
				at := row*masterSide + x
				sum += old[at-1] + old[at] + old[at+1]
			}
			g.ink[y*masterSide+x] = sum / 9
		}
	}
}

// at is the ink at a point between pixels, by bilinear interpolation; none
// outside.
func (g *master) at(x, y float32) float32 {
	if !(x >= 0 && y >= 0 && x < masterSide-1 && y < masterSide-1) {
		return 0
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float32(ix), y-float32(iy)
	p := g.ink[iy*masterSide+ix:]
	p = p[: masterSide+2 : masterSide+2]
	top := p[0] + fx*(p[1]-p[0])
	bottom := p[masterSide] + fx*(p[masterSide+1]-p[masterSide])
	return top + fy*(bottom-top)
}
