// Package data turns files into the batches that training reads.
//
// Input: a specification such as "mnist" or "idx:DIR", a list of transforms and
// a seed. Output: batches of NHWC float32 images and int32 labels, in order.
//
// Three layers, each usable alone: Open finds, fetches and decodes a Set of
// Datasets; a Transform changes an Image; a Loader runs both on workers ahead
// of training.
//
// Invariants: a batch is a function of the data set, the configuration and the
// step alone, so neither the number of workers nor the step at which a run
// starts changes a bit of it. Every size that a file states is checked before
// memory is taken for it. Nothing unreadable is skipped: it is an error that
// names the file and, within one, the sample. What is no sample by its name is
// left out and named in the notes of the set.
package data

import "fmt"

// Shape is the extent of an image: channels, height, width. H and W are 0 where
// they vary from image to image.
type Shape struct{ C, H, W int }

// String writes the shape as the language does: 3x32x32, or 3xHxW.
func (s Shape) String() string {
	if s.Varies() {
		return fmt.Sprintf("%dxHxW", s.C)
	}
	return fmt.Sprintf("%dx%dx%d", s.C, s.H, s.W)
}

// Varies reports whether images of this shape differ in height and width.
func (s Shape) Varies() bool { return s.H == 0 || s.W == 0 }

// Len is the number of values of one image.
func (s Shape) Len() int { return s.C * s.H * s.W }

// Info is what is known of all samples of a dataset together.
type Info struct {
	Name    string   // what errors call it: a file, a folder, "glyphs"
	Shape   Shape    // of every image
	Classes []string // by label
	Masks   bool     // each pixel of an image has a label: Sample fills Mask
	Values  []string // names of the numbers that an image has instead of a label
}

// located is a Dataset that knows which file a sample comes from.
type located interface{ place(i int) string }

// placeOf says where sample i of a dataset comes from.
func placeOf(d Dataset, i int) string {
	if d, ok := d.(located); ok {
		return d.place(i)
	}
	return d.Info().Name
}

// Dataset is a fixed sequence of labelled images. Its methods are safe for use
// by several goroutines at once.
type Dataset interface {
	Info() Info
	// Len is the number of samples, at least one.
	Len() int
	// Sample decodes sample i, 0 ≤ i < Len, into m, and returns its label.
	// An error names the file that the sample came from.
	Sample(i int, m *Image) (label int, err error)
}

// Set is the parts of a data set. A part that the source does not have is nil.
type Set struct {
	Train, Val, Test Dataset

	// Notes are what a person should know of the files, such as which of them
	// were left out, a sentence each.
	Notes []string
}

// Image is a picture in memory, as bytes: 0 is black, 255 full intensity. It is
// a buffer to be used again and again by one goroutine.
type Image struct {
	Shape
	Pix []byte // row by row, the channels of a pixel together; len is Shape.Len()

	// Mask has the label of each pixel, row by row; nothing where an image as a
	// whole has one. What moves pixels moves their labels too.
	Mask []byte
	Void byte // the label of pixels that come in from outside the image

	spare     []byte // becomes Pix when a transform cannot work in place
	spareMask []byte // likewise Mask
	between   []byte // of a resize, between its two directions
}

// Reset gives the image a shape and no mask. The contents of Pix are left
// undefined.
func (m *Image) Reset(s Shape) {
	m.Shape = s
	m.Pix = grown(m.Pix, s.Len())
	m.Mask = m.Mask[:0]
}

// ResetMask gives the image a mask, whose contents are left undefined.
func (m *Image) ResetMask() { m.Mask = grown(m.Mask, m.H*m.W) }

// replace gives the image a new shape and returns what it held. The new Pix and
// Mask are undefined; the old ones are valid until the next call.
func (m *Image) replace(s Shape) (old, oldMask []byte) {
	old, oldMask = m.Pix, m.Mask
	m.Shape, m.Pix, m.spare = s, grown(m.spare, s.Len()), old
	if len(oldMask) > 0 {
		m.Mask, m.spareMask = grown(m.spareMask, s.H*s.W), oldMask
	}
	return old, oldMask
}

func grown(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
