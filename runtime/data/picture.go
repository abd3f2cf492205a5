package data

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// What bounds a picture, so that a small file cannot ask for much memory.
const (
	maxPixels  = 1 << 26 // of a picture: 67 million
	maxPicture = 1 << 28 // bytes of a file
)

// pictureKinds is what errors expect of a file.
const pictureKinds = "a JPEG, PNG, GIF, BMP, TIFF or WebP image"

var pictureSuffixes = []string{".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"}

// isPicture reports whether a file's name promises a picture.
func isPicture(name string) bool {
	return slices.Contains(pictureSuffixes, strings.ToLower(filepath.Ext(name)))
}

// pictureFile is a picture in a file, or in one page of a file.
type pictureFile struct {
	path   string
	page   int // from 0, of a TIFF file
	pages  int // of the file
	bytes  int64
	H, W   int
	grey   bool
	format string // as package image calls it
}

// name is what errors call the picture.
func (f *pictureFile) name() string {
	if f.pages > 1 {
		return fmt.Sprintf("%s, page %d", f.path, f.page+1)
	}
	return f.path
}

// openPicture opens a regular file of at most maxPicture bytes.
func openPicture(path string) (*os.File, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() { // opening a pipe might never return
		return nil, fmt.Errorf("%s: is not a file, expected %s", path, pictureKinds)
	}
	if st.Size() > maxPicture {
		return nil, fmt.Errorf("%s: %d bytes, expected at most %d", path, st.Size(), maxPicture)
	}
	if st.Size() == 0 {
		return nil, fmt.Errorf("%s: is empty, expected %s", path, pictureKinds)
	}
	return os.Open(path)
}

// inspectPage is the picture in a page of a file, whose content is text and
// has its pages at all.
func inspectPage(whole *pictureFile, text []byte, all []uint32, page int) (*pictureFile, error) {
	f := *whole
	f.page = page
	if err := turnTo(text, all, page); err != nil {
		return nil, fmt.Errorf("%s: %w", f.name(), err)
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.name(), err)
	}
	if err := sized(head.Width, head.Height); err != nil {
		return nil, fmt.Errorf("%s: tiff image %w", f.name(), err)
	}
	f.H, f.W, f.grey = head.Height, head.Width, greyModel(head.ColorModel)
	return &f, nil
}

// inspect reads the header of a picture: its format and size, and whether it is
// grey.
func inspect(path string) (*pictureFile, error) {
	f, err := openPicture(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, format, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: expected %s", path, err, pictureKinds)
	}
	if err := sized(head.Width, head.Height); err != nil {
		return nil, fmt.Errorf("%s: %s image %w", path, format, err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	p := &pictureFile{path: path, pages: 1, bytes: st.Size(), H: head.Height, W: head.Width, grey: greyModel(head.ColorModel), format: format}
	if format == "tiff" {
		all, err := readPages(path)
		if err != nil {
			return nil, err
		}
		p.pages = len(all)
	}
	return p, nil
}

func sized(w, h int) error {
	if w < 1 || h < 1 || w > maxSide || h > maxSide || w*h > maxPixels {
		return fmt.Errorf("of %d×%d, expected 1 to %d a side and at most %d pixels", w, h, maxSide, maxPixels)
	}
	return nil
}

func greyModel(m color.Model) bool {
	if p, ok := m.(color.Palette); ok {
		return !slices.ContainsFunc(p, func(c color.Color) bool {
			r, g, b, _ := c.RGBA()
			return r != g || g != b
		})
	}
	return m == color.GrayModel || m == color.Gray16Model
}

// decode reads the picture's pixels.
func (f *pictureFile) decode() (image.Image, error) {
	text, err := readPictureFile(f.path)
	if err != nil {
		return nil, err
	}
	if f.page > 0 {
		all, err := pages(text)
		if err == nil {
			err = turnTo(text, all, f.page)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name(), err)
		}
	}
	head, format, err := image.DecodeConfig(bytes.NewReader(text)) // the file may have changed
	if err != nil {
		return nil, fmt.Errorf("%s: %w: expected %s", f.name(), err, pictureKinds)
	}
	if err := sized(head.Width, head.Height); err != nil {
		return nil, fmt.Errorf("%s: %s image %w", f.name(), format, err)
	}
	img, _, err := image.Decode(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: truncated or damaged %s image: %w", f.name(), format, err)
	}
	return img, nil
}

func readPictureFile(path string) ([]byte, error) {
	f, err := openPicture(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxPicture))
}

// DecodePicture decodes an image file.
func DecodePicture(path string) (image.Image, error) {
	f, err := inspect(path)
	if err != nil {
		return nil, err
	}
	if f.pages > 1 {
		return nil, fmt.Errorf("%s: holds %d pages, expected one image", path, f.pages)
	}
	return f.decode()
}

// take makes the image what img shows, with 1 or 3 channels: what is
// transparent is laid on black, what is in colour made grey for one channel
// (Rec. 601 luma), what is grey repeated for three.
func (m *Image) take(img image.Image, channels int) error {
	if channels != 1 && channels != 3 {
		return fmt.Errorf("pictures have 1 or 3 channels, expected %d", channels)
	}
	b := img.Bounds()
	m.Reset(Shape{channels, b.Dy(), b.Dx()})
	if grey, ok := img.(*image.Gray); ok {
		for y := range m.H {
			row := grey.Pix[y*grey.Stride:][:m.W]
			for x, v := range row {
				for c := range channels {
					m.Pix[(y*m.W+x)*channels+c] = v
				}
			}
		}
		return nil
	}
	flat, ok := img.(*image.RGBA) // premultiplied: as if laid on black
	if !ok {
		flat = image.NewRGBA(image.Rect(0, 0, m.W, m.H))
		draw.Draw(flat, flat.Bounds(), img, b.Min, draw.Src)
	}
	for y := range m.H {
		row := flat.Pix[y*flat.Stride:][:4*m.W]
		dst := m.Pix[y*m.W*channels:]
		for x := range m.W {
			p := row[4*x:][:3]
			if channels == 1 {
				dst[x] = luma(p[0], p[1], p[2])
				continue
			}
			copy(dst[3*x:3*x+3], p)
		}
	}
	return nil
}

// luma is the brightness of a colour by Rec. 601.
func luma(r, g, b byte) byte {
	return byte((19595*uint32(r) + 38470*uint32(g) + 7471*uint32(b) + 1<<15) >> 16)
}
