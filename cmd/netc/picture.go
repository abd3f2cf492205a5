package main

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"os"

	"golang.org/x/image/draw"

	"github.com/netc-lang/netc/runtime/data"
)

// maxPixels bounds a picture, so that a small file cannot ask for much memory.
const maxPixels = 1 << 27

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
	img, err := readPicture(p.paths[i])
	if err != nil {
		return 0, err
	}
	m.Reset(p.shape)
	return 0, fit(img, m, p.invert)
}

// readPicture decodes a PNG, JPEG or GIF file.
func readPicture(path string) (image.Image, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe or a device might never end
		return nil, fmt.Errorf("%s is not a file, expected a PNG, JPEG or GIF image", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, format, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; expected a PNG, JPEG or GIF image", path, err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxPixels/head.Height {
		return nil, fmt.Errorf("%s: %s image of %d×%d, expected at most %d pixels", path, format, head.Width, head.Height, maxPixels)
	}
	if _, err := f.Seek(0, 0); err != nil {
		return nil, err
	}
	img, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %s image: %w", path, format, err)
	}
	return img, nil
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
