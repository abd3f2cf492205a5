package data

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strconv"
)

// maxClasses is how many classes a mask can have: labels are bytes, and 255
// stands for none.
const maxClasses = 255

// inColour marks the value of a pixel that is a colour rather than a number.
const inColour = 1 << 24

// legend says which labels the values of masks stand for.
type legend struct {
	classes []string
	labels  map[uint32]byte
}

// rawMask is the value of each pixel of a mask: its number, where the mask is
// grey or has a palette of colours, else its colour.
func rawMask(f *pictureFile) ([]uint32, error) {
	if f.format == "jpeg" {
		return nil, fmt.Errorf("%s: a JPEG image, whose compression changes labels: expected PNG, GIF, BMP, TIFF or lossless WebP", f.name())
	}
	img, err := f.decode()
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	if b.Dy() != f.H || b.Dx() != f.W {
		return nil, fmt.Errorf("%s: is now %d×%d, was %d×%d when the data was opened", f.name(), b.Dx(), b.Dy(), f.W, f.H)
	}
	raw := make([]uint32, 0, f.H*f.W)
	switch m := img.(type) {
	case *image.Paletted:
		if greyModel(m.Palette) {
			break // black and white, in whichever order
		}
		for y := range f.H {
			for _, v := range m.Pix[y*m.Stride:][:f.W] {
				raw = append(raw, uint32(v))
			}
		}
		return raw, nil
	case *image.Gray16:
		for y := range f.H {
			for x := range f.W {
				raw = append(raw, uint32(m.Gray16At(b.Min.X+x, b.Min.Y+y).Y))
			}
		}
		return number16(raw, f)
	}
	flat := image.NewNRGBA(image.Rect(0, 0, f.W, f.H))
	draw.Draw(flat, flat.Bounds(), img, b.Min, draw.Src)
	grey := true
	for y := range f.H {
		for x := range f.W {
			p := flat.Pix[y*flat.Stride+4*x:][:3]
			grey = grey && p[0] == p[1] && p[1] == p[2]
			raw = append(raw, uint32(p[0])<<16|uint32(p[1])<<8|uint32(p[2])|inColour)
		}
	}
	if grey {
		for i, v := range raw {
			raw[i] = v & 255
		}
	}
	return raw, nil
}

// number16 makes numbers of 16 bits labels: they are numbers of classes, or
// black and white.
func number16(raw []uint32, f *pictureFile) ([]uint32, error) {
	for i, v := range raw {
		switch {
		case v == 1<<16-1:
			raw[i] = 255
		case v > 255:
			return nil, fmt.Errorf("%s: value %d in row %d, column %d, expected numbers of classes up to 254, or 65535", f.name(), v, i/f.W, i%f.W)
		}
	}
	return raw, nil
}

// newLegend is that of the values found in masks. 0 and 255 alone are classes 0
// and 1; other numbers are those of the classes, and 255 is none of them.
// Colours are numbered in ascending order of red, green and blue.
func newLegend(found []map[uint32]bool, masks []*pictureFile) (*legend, error) {
	all := map[uint32]bool{}
	coloured := false
	for _, values := range found {
		for v := range values {
			all[v] = true
			coloured = coloured || v >= inColour
		}
	}
	if coloured {
		return colourLegend(all, masks)
	}
	l := &legend{labels: map[uint32]byte{}}
	most := uint32(0)
	for v := range all {
		l.labels[v] = byte(v)
		if v != 255 {
			most = max(most, v)
		}
	}
	if most == 0 && all[255] {
		l.labels[255], most = 1, 1
	}
	for c := range most + 1 {
		l.classes = append(l.classes, strconv.Itoa(int(c)))
	}
	return l, nil
}

func colourLegend(all map[uint32]bool, masks []*pictureFile) (*legend, error) {
	l := &legend{labels: map[uint32]byte{}}
	colours := map[uint32]bool{}
	for v := range all {
		colours[asColour(v)] = true
	}
	if len(colours) > maxClasses {
		return nil, fmt.Errorf("%s and the other masks have %d colours, expected one for each of at most %d classes", masks[0].name(), len(colours), maxClasses)
	}
	sorted := make([]uint32, 0, len(colours))
	for c := range colours {
		sorted = append(sorted, c)
	}
	slices.Sort(sorted)
	for v := range all {
		label, _ := slices.BinarySearch(sorted, asColour(v))
		l.labels[v] = byte(label)
	}
	for _, c := range sorted {
		l.classes = append(l.classes, fmt.Sprintf("#%06x", c&^inColour))
	}
	return l, nil
}

// asColour is a value as a colour: a number is a grey.
func asColour(v uint32) uint32 {
	if v >= inColour {
		return v
	}
	return v*0x010101 | inColour
}

// translate writes the labels of a mask's values.
func (l *legend) translate(dst []byte, raw []uint32, f *pictureFile) error {
	if len(dst) != len(raw) {
		return fmt.Errorf("%s: %d labels, expected %d", f.name(), len(raw), len(dst))
	}
	last, label := uint32(1<<31), byte(0)
	for i, v := range raw {
		if v != last {
			known, ok := l.labels[v]
			if !ok {
				return fmt.Errorf("%s: has changed since the data was opened: value %#x in row %d, column %d was in no mask", f.name(), v, i/f.W, i%f.W)
			}
			last, label = v, known
		}
		dst[i] = label
	}
	return nil
}

// Palette colours labels: black and white for two classes, else colours that
// are easily told apart, of which the first is black.
func Palette(classes int) color.Palette {
	if classes <= 2 {
		return color.Palette{color.Gray{0}, color.Gray{255}}
	}
	p := make(color.Palette, classes)
	for label := range p {
		// The bits of the label, three at a time, become the upper bits of red,
		// green and blue, as in the PASCAL VOC challenge.
		var c [3]uint8
		for bit, rest := 7, label; rest > 0; bit, rest = bit-1, rest>>3 {
			for channel := range 3 {
				c[channel] |= uint8(rest>>channel&1) << bit
			}
		}
		p[label] = color.RGBA{c[0], c[1], c[2], 255}
	}
	return p
}
