package main

import (
	"fmt"
	"image"
	"image/color"

	"golang.org/x/image/draw"

	"github.com/netc-lang/netc/runtime/data"
)

// pictures is image files as a data set: in the shape that a model takes.
type pictures struct {
	paths  []string
	shape  data.Shape
	invert bool
}

func (p *pictures) Info() data.Info {
	return data.Info{Name: "images", Shape: p.shape, Classes: []string{""}}
}

func (p *pictures) Len() int { return len(p.paths) }

func (p *pictures) Sample(i int, m *data.Image) (int, error) {
	img, err := data.DecodePicture(p.paths[i])
	if err != nil {
		return 0, err
	}
	m.Reset(p.shape)
	return 0, fit(img, m, p.invert)
}

// fit scales the middle of a picture onto m: as much of it as has m's
// proportions.
func fit(img image.Image, m *data.Image, invert bool) error {
	if m.C != 1 && m.C != 3 {
		return fmt.Errorf("the model takes %d channels, pictures have 1 or 3", m.C)
	}
	from := middle(img.Bounds(), m.W, m.H)
	canvas := image.NewRGBA(image.Rect(0, 0, m.W, m.H))
	draw.Draw(canvas, canvas.Bounds(), image.Black, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(canvas, canvas.Bounds(), img, from, draw.Over, nil)
	for y := range m.H {
		for x := range m.W {
			c := canvas.RGBAAt(x, y)
			if invert {
				c.R, c.G, c.B = 255-c.R, 255-c.G, 255-c.B
			}
			at := (y*m.W + x) * m.C
			if m.C == 1 {
				m.Pix[at] = color.GrayModel.Convert(c).(color.Gray).Y
				continue
			}
			m.Pix[at], m.Pix[at+1], m.Pix[at+2] = c.R, c.G, c.B
		}
	}
	return nil
}

// middle is the largest part of b around its centre with the proportions w:h.
func middle(b image.Rectangle, w, h int) image.Rectangle {
	W, H := b.Dx(), b.Dy()
	if W*h > H*w {
		W = max(1, H*w/h)
	} else {
		H = max(1, W*h/w)
	}
	at := image.Pt(b.Min.X+(b.Dx()-W)/2, b.Min.Y+(b.Dy()-H)/2)
	return image.Rectangle{at, at.Add(image.Pt(W, H))}
}
