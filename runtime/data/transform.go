package data

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Transform is one step that a sample goes through between its dataset and a
// batch. Transforms are plain structs whose field tags say how they are written:
//
//	net:"KEY[,OPTION…]"  doc:"…"
//
// KEY is the argument's name. Options: pos (may be given without its name),
// flag (the bare key sets the bool), required, oneof=a|b, min=, max=. Fields are
// int, float64, bool, string, [2]int (written HxW), Range (written lo..hi) or
// []float64 (written as a number or a list).
//
// What differs from sample to sample by chance does so in training only.
type Transform interface {
	// Shape returns the shape in which images of shape in come out. It fails
	// where the transform cannot take them, or its fields make no sense.
	Shape(in Shape) (Shape, error)
}

// changer is a Transform that works on an image's bytes. A Transform that is
// none mixes samples, or says what numbers the bytes become.
type changer interface {
	Transform
	// change applies the transform. r is nil outside training: then the result
	// is the one without chance. Shape has accepted the image's shape, unless
	// that varies.
	change(m *Image, r *rand.Rand) error
}

// fitted is a changer that needs to know the data it changes in training.
type fitted interface {
	changer
	// fit returns the changer for the data.
	fit(set Dataset) (changer, error)
}

// Range is an interval of numbers, both ends included.
type Range struct{ Lo, Hi float64 }

// TransformSpec is what the language knows of a transform.
type TransformSpec struct {
	Name string
	Doc  string
	New  func() Transform // with the values that hold where nothing is written
}

// Transforms are the known transforms.
var Transforms = []TransformSpec{
	{"shift", "moves the image by up to n pixels each way, at random; black comes in", func() Transform { return &Shift{} }},
	{"rotate", "turns the image about its centre by up to the given degrees either way, at random", func() Transform { return &Rotate{} }},
	{"zoom", "scales the image about its centre by a random factor; its size stays", func() Transform { return &Zoom{} }},
	{"crop", "cuts out a window, at a random place in training (crop random) or in the middle", func() Transform { return &Crop{} }},
	{"flip", "mirrors every second image, at random", func() Transform { return &Flip{} }},
	{"resize", "makes the image larger or smaller: resize(256) its shorter side, resize(256x256) both", func() Transform { return &Resize{} }},
	{"color", "changes brightness, contrast, saturation and hue at random, and the colours along the principal axes of the data's (pca=)", func() Transform { return &Color{} }},
	{"cutout", "blackens a square at a random place", func() Transform { return &Cutout{} }},
	{"erase", "fills a random rectangle of some images with noise", func() Transform { return &Erase{Probability: 0.5, Scale: Range{0.02, 0.33}, Ratio: Range{0.3, 3.3}} }},
	{"mixup", "adds another image to each, and what it is compared with, in random shares; for losses on numbers such as cross_entropy(soft)", func() Transform { return &Mixup{Alpha: 0.2} }},
	{"cutmix", "puts a rectangle of another image into each, and mixes what it is compared with by the areas", func() Transform { return &Cutmix{Alpha: 1} }},
	{"normalize", "subtracts a mean and divides by a deviation, per channel; without it pixels are 0 to 1", func() Transform { return &Normalize{} }},
}

// pipeline is a list of transforms made ready for images of one shape.
type pipeline struct {
	out      Shape
	changers []changer
	mixer    mixer          // nil for none
	value    [][256]float32 // what a byte of each channel becomes
}

// fit completes the transforms that depend on the data.
func (p *pipeline) fit(set Dataset) error {
	for i, t := range p.changers {
		f, ok := t.(fitted)
		if !ok {
			continue
		}
		done, err := f.fit(set)
		if err != nil {
			return fmt.Errorf("%s: %w", transformName(t), err)
		}
		p.changers[i] = done
	}
	return nil
}

// newPipeline checks the transforms one after another, from shape in.
func newPipeline(in Shape, transforms []Transform) (*pipeline, error) {
	p := &pipeline{out: in}
	scale := &Normalize{Mean: []float64{0}, Std: []float64{1}}
	for i, t := range transforms {
		out, err := t.Shape(p.out)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", transformName(t), err)
		}
		p.out = out
		switch t := t.(type) {
		case mixer:
			if p.mixer != nil {
				return nil, fmt.Errorf("%s: stands beside %s, expected one of them", transformName(t), transformName(p.mixer))
			}
			p.mixer = t
		case changer:
			p.changers = append(p.changers, t)
		case *Normalize:
			if i != len(transforms)-1 {
				return nil, fmt.Errorf("normalize: is followed by %s, expected last: the others work on bytes", transformName(transforms[i+1]))
			}
			scale = t
		default:
			return nil, fmt.Errorf("%T: not a transform that images can go through", t)
		}
	}
	p.value = scale.values()
	return p, nil
}

// run takes m through the transforms and writes its numbers to dst.
func (p *pipeline) run(dst []float32, m *Image, r *rand.Rand) error {
	for _, t := range p.changers {
		if err := t.change(m, r); err != nil {
			return fmt.Errorf("%s: %w", transformName(t), err)
		}
	}
	if len(m.Pix) != len(dst) {
		return fmt.Errorf("image is %v, expected %d values", m.Shape, len(dst))
	}
	if len(p.value) == 1 {
		value := &p.value[0]
		for i, b := range m.Pix {
			dst[i] = value[b]
		}
		return nil
	}
	for c := range p.value {
		value := &p.value[c]
		for i := c; i < len(dst); i += len(p.value) {
			dst[i] = value[m.Pix[i]]
		}
	}
	return nil
}

// transformName is the name under which the language knows t.
func transformName(t Transform) string {
	name := fmt.Sprintf("%T", t)
	return strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
}
