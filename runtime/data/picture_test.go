package data

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// halves is a picture of 8x8 pixels whose left and right halves have a colour
// each.
func halves(into interface {
	image.Image
	Set(x, y int, c color.Color)
}) image.Image {
	for y := range 8 {
		for x := range 8 {
			if x < 4 {
				into.Set(x, y, color.NRGBA{200, 40, 80, 255})
			} else {
				into.Set(x, y, color.NRGBA{20, 160, 220, 255})
			}
		}
	}
	return into
}

func write(t *testing.T, path string, encode func(w io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func asPNG(m image.Image) func(io.Writer) error {
	return func(w io.Writer) error { return png.Encode(w, m) }
}

func TestDecodePicture(t *testing.T) {
	square := image.Rect(0, 0, 8, 8)
	colour := halves(image.NewNRGBA(square))
	clear := halves(image.NewNRGBA(square)).(*image.NRGBA)
	for i := 3; i < len(clear.Pix); i += 4 {
		clear.Pix[i] = 128
	}
	palette := color.Palette{color.NRGBA{200, 40, 80, 255}, color.NRGBA{20, 160, 220, 255}}
	as := func(f func(io.Writer, image.Image) error, m image.Image) func(io.Writer) error {
		return func(w io.Writer) error { return f(w, m) }
	}
	dir := t.TempDir()
	made := func(name string, encode func(io.Writer) error) string {
		return write(t, filepath.Join(dir, name), encode)
	}
	stored := func(name string) string { return filepath.Join("..", "..", "testdata", "picture", name) }
	left, right := [3]byte{200, 40, 80}, [3]byte{20, 160, 220}
	leftGrey, rightGrey := luma(200, 40, 80), luma(20, 160, 220)
	grey := func(l, r byte) [2][3]byte { return [2][3]byte{{l, l, l}, {r, r, r}} }
	tests := []struct {
		path  string
		grey  bool
		error int
		want  [2][3]byte
	}{
		{made("c.png", asPNG(colour)), false, 0, [2][3]byte{left, right}},
		{made("deep.png", asPNG(halves(image.NewNRGBA64(square)))), false, 0, [2][3]byte{left, right}},
		{made("palette.png", asPNG(halves(image.NewPaletted(square, palette)))), false, 0, [2][3]byte{left, right}},
		{made("grey.PNG", asPNG(halves(image.NewGray(square)))), true, 0, grey(leftGrey, rightGrey)},
		{made("greydeep.png", asPNG(halves(image.NewGray16(square)))), true, 1, grey(leftGrey, rightGrey)},
		{made("clear.png", asPNG(clear)), false, 1, [2][3]byte{{100, 20, 40}, {10, 80, 110}}},
		{made("c.JPeG", as(func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: 100}) }, colour)), false, 60, [2][3]byte{left, right}},
		{made("grey.jpg", as(func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }, halves(image.NewGray(square)))), true, 4, grey(leftGrey, rightGrey)},
		{made("c.gif", as(func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) }, halves(image.NewPaletted(square, palette)))), false, 0, [2][3]byte{left, right}},
		{made("c.bmp", as(bmp.Encode, colour)), false, 0, [2][3]byte{left, right}},
		{made("c.tif", as(func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) }, colour)), false, 0, [2][3]byte{left, right}},
		{made("png.tiff", asPNG(colour)), false, 0, [2][3]byte{left, right}}, // the content decides
		{stored("lossless.webp"), false, 0, [2][3]byte{left, right}},
		{stored("lossy.webp"), false, 40, [2][3]byte{left, right}},
		{stored("cmyk.jpg"), false, 8, [2][3]byte{left, right}},
		{stored("progressive.jpg"), false, 8, [2][3]byte{left, right}},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.path), func(t *testing.T) {
			if !isPicture(tt.path) {
				t.Error("the name promises no picture")
			}
			f, err := inspect(tt.path)
			if err != nil || f.H != 8 || f.W != 8 || f.grey != tt.grey || f.pages != 1 {
				t.Fatalf("%+v, %v", f, err)
			}
			var m, g Image
			img, err := DecodePicture(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.take(img, 3); err != nil || m.Shape != (Shape{3, 8, 8}) {
				t.Fatal(m.Shape, err)
			}
			if err := g.take(img, 1); err != nil || g.Shape != (Shape{1, 8, 8}) {
				t.Fatal(g.Shape, err)
			}
			for side, at := range []int{8*3 + 1, 8*3 + 6} {
				for c, want := range tt.want[side] {
					if got := m.Pix[3*at+c]; max(got, want)-min(got, want) > byte(tt.error) {
						t.Errorf("half %d: channel %d is %d, want %d", side, c, got, want)
					}
				}
				p := m.Pix[3*at:]
				if want := luma(p[0], p[1], p[2]); max(g.Pix[at], want)-min(g.Pix[at], want) > 1 {
					t.Errorf("half %d: grey is %d, want %d", side, g.Pix[at], want)
				}
			}
		})
	}
}

func TestDecodePictureRefuses(t *testing.T) {
	dir := t.TempDir()
	whole := write(t, filepath.Join(dir, "whole.png"), asPNG(halves(image.NewNRGBA(image.Rect(0, 0, 8, 8)))))
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	bytesOf := func(b []byte) func(io.Writer) error {
		return func(w io.Writer) error { _, err := w.Write(b); return err }
	}
	bomb := bytes.Clone(text)
	binary.BigEndian.PutUint32(bomb[16:], 1<<14)
	binary.BigEndian.PutUint32(bomb[20:], 1<<14)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	tests := []struct{ path, want string }{
		{write(t, filepath.Join(dir, "cut.png"), bytesOf(text[:len(text)-20])), "cut.png: truncated or damaged png image"},
		{write(t, filepath.Join(dir, "header.png"), bytesOf(text[:12])), "header.png: "},
		{write(t, filepath.Join(dir, "empty.jpg"), bytesOf(nil)), "empty.jpg: is empty, expected a JPEG"},
		{write(t, filepath.Join(dir, "text.jpg"), bytesOf([]byte("not a picture"))), "text.jpg: image: unknown format: expected a JPEG, PNG"},
		{write(t, filepath.Join(dir, "bomb.png"), bytesOf(bomb)), "bomb.png: png image of "},
		{filepath.Join(dir, "none.png"), "none.png: no such file"},
		{dir, "is not a file, expected a JPEG"},
		{filepath.Join("..", "..", "testdata", "picture", "stack.tif"), "stack.tif: holds 3 pages, expected one image"},
	}
	for _, tt := range tests {
		_, err := DecodePicture(tt.path)
		wantError(t, err, tt.want)
	}
}

// The pages of a TIFF file are pictures of their own.
func TestPages(t *testing.T) {
	path := filepath.Join("..", "..", "testdata", "picture", "stack.tif")
	for page := range 3 {
		f := &pictureFile{path: path, page: page, pages: 3, H: 2, W: 3}
		var m Image
		if err := f.into(&m, 1); err != nil || m.Shape != (Shape{1, 2, 3}) || m.Pix[5] != byte(10+10*page) {
			t.Errorf("page %d: %v %v, %v", page, m.Shape, m.Pix, err)
		}
	}
	f := &pictureFile{path: path, page: 3, pages: 4}
	_, err := f.decode()
	wantError(t, err, "stack.tif, page 4: 3 pages, expected more than 3")
}

func FuzzPages(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "picture", "stack.tif"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00"))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\xff\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := pages(text)
		if (err == nil) != (len(all) > 0) {
			t.Fatalf("%d pages, %v", len(all), err)
		}
		for page := range all {
			if err := turnTo(text, all, page); err != nil {
				t.Fatal(err)
			}
		}
	})
}
