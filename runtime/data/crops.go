package data

import (
	"fmt"
	"sync"
)

// Crops is how many windows of each image are shown to a model whose predictions
// for them are averaged: the one in the middle; or those in the four corners as
// well; or each of the five and its mirror image. Source: A. Krizhevsky,
// I. Sutskever and G. Hinton, "ImageNet classification with deep convolutional
// neural networks", NIPS 2012.
type Crops int

// The crops that there are. 0 stands for CenterCrop.
const (
	CenterCrop Crops = 1
	FiveCrops  Crops = 5
	TenCrops   Crops = 10
)

// views is a dataset with several windows of each image of another, one after
// another.
type views struct {
	of     Dataset
	before []changer // what images go through first
	crop   *Crop
	crops  Crops
	info   Info
	whole  sync.Pool // of *decoded
}

// decoded is an image that has come as far as the crop.
type decoded struct {
	Image
	at, label int
}

// Windowed replaces the last crop among the transforms of a dataset by so many
// windows of each image, of the size that the crop takes from the middle: sample
// i is window i mod n of image i div n. It returns what transforms are left.
func Windowed(set Dataset, transforms []Transform, crops Crops) (Dataset, []Transform, error) {
	last := -1
	for i, t := range transforms {
		if _, ok := t.(*Crop); ok {
			last = i
		}
	}
	info := set.Info()
	switch {
	case last < 0:
		return nil, nil, fmt.Errorf("%s: %d crops of each image, and no crop among the transforms that says their size", info.Name, crops)
	case info.Masks:
		return nil, nil, fmt.Errorf("%s: %d crops of each image, whose pixels have labels: no two of them would be of the same pixels", info.Name, crops)
	}
	v := &views{of: set, crop: transforms[last].(*Crop), crops: crops, info: info}
	var rest []Transform
	shape := info.Shape
	for _, t := range transforms[:last] {
		c, ok := t.(changer)
		if !ok { // it has to do with batches
			rest = append(rest, t)
			continue
		}
		var err error
		if shape, err = c.Shape(shape); err != nil {
			return nil, nil, fmt.Errorf("%s: %s: %w", info.Name, transformName(t), err)
		}
		v.before = append(v.before, c)
	}
	out, err := v.crop.Shape(shape)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: crop: %w", info.Name, err)
	}
	if !shape.Varies() {
		if y, x := v.crop.free(shape); y == 0 && x == 0 {
			return nil, nil, fmt.Errorf("%s: %d crops of each image, which all would be one: the image is %v, and a window %dx%d; "+
				"resize(…) in front of crop makes room", info.Name, crops, shape, out.H, out.W)
		}
	}
	v.info.Shape = out
	return v, append(rest, transforms[last+1:]...), nil
}

func (v *views) Info() Info         { return v.info }
func (v *views) Len() int           { return v.of.Len() * int(v.crops) }
func (v *views) place(i int) string { return placeOf(v.of, i/int(v.crops)) }

func (v *views) values(i int, dst []float32) { v.of.(valued).values(i/int(v.crops), dst) }

// Sample cuts out window i. The image that was decoded for another window of it
// is used again where it is still there.
func (v *views) Sample(i int, m *Image) (int, error) {
	d, _ := v.whole.Get().(*decoded)
	if d == nil {
		d = &decoded{at: -1}
	}
	defer v.whole.Put(d)
	if err := v.decode(d, i/int(v.crops)); err != nil {
		return 0, err
	}
	m.Reset(d.Shape)
	copy(m.Pix, d.Pix)
	if err := v.crop.view(m, i%int(v.crops)); err != nil {
		return 0, fmt.Errorf("%s: crop: %w", v.place(i), err)
	}
	return d.label, nil
}

func (v *views) decode(d *decoded, image int) (err error) {
	if d.at == image {
		return nil
	}
	d.at = -1
	if d.label, err = v.of.Sample(image, &d.Image); err != nil {
		return err
	}
	for _, c := range v.before {
		if err := c.change(&d.Image, nil); err != nil {
			return fmt.Errorf("%s: %s: %w", placeOf(v.of, image), transformName(c), err)
		}
	}
	d.at = image
	return nil
}

// free is how far apart the windows at opposite borders of an image are.
func (t *Crop) free(in Shape) (rows, columns int) {
	if t.Scale != (Range{}) {
		_, _, h, w := t.part(in, nil)
		return in.H - h, in.W - w
	}
	return in.H + 2*t.Pad - t.Size[0], in.W + 2*t.Pad - t.Size[1]
}

// middle is the number of the window in the middle among the views of an image.
const middle = 4

// view replaces an image by one of its ten windows: those at the four corners and
// in the middle, which is the one outside training, then their mirror images.
func (t *Crop) view(m *Image, which int) error {
	if t.Scale == (Range{}) {
		if err := t.fits(m.Shape); err != nil {
			return err
		}
	}
	rows, columns := t.free(m.Shape)
	y, x := rows/2, columns/2
	if corner := which % int(FiveCrops); corner != middle {
		y, x = rows*(corner/2), columns*(corner%2)
	}
	if t.Scale != (Range{}) {
		m.resize(y, x, m.H-rows, m.W-columns, t.Size[0], t.Size[1])
	} else {
		m.window(y-t.Pad, x-t.Pad, t.Size[0], t.Size[1])
	}
	if which >= int(FiveCrops) {
		mirror(m.Pix, m.Shape, true)
	}
	return nil
}
