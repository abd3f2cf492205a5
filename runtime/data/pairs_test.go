package data

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// greyMask is a mask of 1 row with the values given.
func greyMask(values ...byte) image.Image {
	m := image.NewGray(image.Rect(0, 0, len(values), 1))
	copy(m.Pix, values)
	return m
}

// album2 writes images of 1 row and their masks into two folders.
func album2(t *testing.T, masks ...image.Image) (images, labels string) {
	t.Helper()
	dir := t.TempDir()
	for i, m := range masks {
		w := m.Bounds().Dx()
		write(t, filepath.Join(dir, "images", fmt.Sprintf("%d.png", i)), asPNG(flat(byte(i), 1, w)))
		write(t, filepath.Join(dir, "masks", fmt.Sprintf("%d_mask.png", i)), asPNG(m))
	}
	return filepath.Join(dir, "images"), filepath.Join(dir, "masks")
}

func TestPairs(t *testing.T) {
	palette := color.Palette{color.RGBA{0, 0, 0, 255}, color.RGBA{128, 0, 0, 255}, color.RGBA{0, 128, 0, 255}}
	paletted := image.NewPaletted(image.Rect(0, 0, 3, 1), palette)
	copy(paletted.Pix, []byte{2, 0, 1})
	inverse := image.NewPaletted(image.Rect(0, 0, 2, 1), color.Palette{color.White, color.Black})
	copy(inverse.Pix, []byte{0, 1})
	coloured := image.NewNRGBA(image.Rect(0, 0, 3, 1))
	coloured.Set(0, 0, color.NRGBA{255, 0, 0, 255})
	coloured.Set(1, 0, color.NRGBA{0, 0, 255, 255})
	coloured.Set(2, 0, color.NRGBA{0, 0, 0, 255})
	deep := image.NewGray16(image.Rect(0, 0, 2, 1))
	deep.SetGray16(1, 0, color.Gray16{1<<16 - 1})
	tests := []struct {
		name    string
		masks   []image.Image
		classes []string
		want    [][]byte
	}{
		{"black and white", []image.Image{greyMask(0, 255, 0), greyMask(255, 255)}, []string{"0", "1"}, [][]byte{{0, 1, 0}, {1, 1}}},
		{"numbers", []image.Image{greyMask(0, 3, 255)}, []string{"0", "1", "2", "3"}, [][]byte{{0, 3, 255}}},
		{"numbers 0 and 1", []image.Image{greyMask(0, 1)}, []string{"0", "1"}, [][]byte{{0, 1}}},
		{"a palette", []image.Image{paletted}, []string{"0", "1", "2"}, [][]byte{{2, 0, 1}}},
		{"a palette of black and white", []image.Image{inverse}, []string{"0", "1"}, [][]byte{{1, 0}}},
		{"colours", []image.Image{coloured, greyMask(0)}, []string{"#000000", "#0000ff", "#ff0000"}, [][]byte{{2, 1, 0}, {0}}},
		{"16 bits", []image.Image{deep}, []string{"0", "1"}, [][]byte{{0, 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			images, masks := album2(t, tt.masks...)
			set, err := Open(context.Background(), "pairs:"+images+","+masks+"?split=1,0,0", Options{})
			if err != nil {
				t.Fatal(err)
			}
			if info := set.Train.Info(); !info.Masks || !slices.Equal(info.Classes, tt.classes) {
				t.Errorf("classes %q, want %q", info.Classes, tt.classes)
			}
			kept := set.Train.(*subset).of.(*pairs)
			for _, decoded := range [][][]byte{kept.decoded, nil} {
				kept.decoded = decoded
				for i, want := range tt.want {
					var m Image
					if _, err := set.Train.Sample(i, &m); err != nil || !slices.Equal(m.Mask, want) {
						t.Errorf("mask %d is %v, want %v, %v", i, m.Mask, want, err)
					}
				}
			}
		})
	}
}

func TestPairsOfPages(t *testing.T) {
	stack := filepath.Join("..", "..", "testdata", "picture", "stack.tif")
	set, err := Open(context.Background(), "pairs:"+stack+","+stack+"?split=2,0,1", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if set.Train.Len() != 2 || set.Test.Len() != 1 || len(set.Train.Info().Classes) != 31 || set.Train.Info().Shape != (Shape{1, 2, 3}) {
		t.Error(set.Train.Info(), set.Train.Len(), set.Test.Len())
	}
	var m Image
	if _, err := set.Train.Sample(0, &m); err != nil || m.Mask[3] != m.Pix[3] {
		t.Error(m.Mask, m.Pix, err)
	}
}

func TestPairsRefuse(t *testing.T) {
	images, masks := album2(t, greyMask(0, 255))
	few, _ := album2(t, greyMask(0, 255), greyMask(0, 255))
	wide, _ := album2(t, greyMask(0, 255, 0))
	noisy := t.TempDir()
	write(t, filepath.Join(noisy, "0.jpg"), func(w io.Writer) error { return jpeg.Encode(w, greyMask(0, 255), nil) })
	high := image.NewGray16(image.Rect(0, 0, 2, 1))
	high.SetGray16(1, 0, color.Gray16{300})
	_, tooHigh := album2(t, high)
	empty := t.TempDir()
	many := image.NewNRGBA(image.Rect(0, 0, 300, 1))
	for x := range 300 {
		many.Set(x, 0, color.NRGBA{byte(x), byte(x / 2), 7, 255})
	}
	manyImages, manyMasks := album2(t, many)
	tests := []struct{ spec, want string }{
		{few + "," + masks, "1 image in " + few + " without a mask of the same name"},
		{images + "," + noisy, "0.jpg: a JPEG image, whose compression changes labels"},
		{wide + "," + masks, "0_mask.png: mask is 2×1, expected 3×1"},
		{images + "," + tooHigh, "value 300 in row 0, column 1, expected numbers of classes up to 254"},
		{images + "," + empty, "no images, expected a JPEG"},
		{images + "," + filepath.Join(masks, "0_mask.png"), "one is a folder and one a file"},
		{filepath.Join(images, "0.png") + "," + filepath.Join(masks, "0_mask.png"), "a png image, expected a folder, or a TIFF file of pages"},
		{manyImages + "," + manyMasks, "more than 255 values, expected a label for each pixel"},
		{images, "expected pairs:IMAGES,MASKS"},
		{images + "," + masks + "?split=0,1,0", "leaves nothing to train on"},
	}
	for _, tt := range tests {
		_, err := Open(context.Background(), "pairs:"+tt.spec, Options{})
		wantError(t, err, tt.want)
	}
}

// masked is images whose pixels are their own labels.
type masked struct{ shapes []Shape }

func (d masked) Info() Info {
	return Info{Name: "masked", Shape: Shape{C: 1}, Classes: make([]string, 200), Masks: true}
}
func (d masked) Len() int           { return len(d.shapes) }
func (d masked) sizeOf(i int) Shape { return d.shapes[i] }
func (d masked) Sample(i int, m *Image) (int, error) {
	m.Reset(d.shapes[i])
	m.ResetMask()
	for j := range m.Pix {
		m.Pix[j], m.Mask[j] = byte(j), byte(j)
	}
	return 0, nil
}

// Tiles cover every pixel of every image exactly once, whatever the sizes, and
// also where only the middle of a window has labels.
func TestTiles(t *testing.T) {
	set := masked{[]Shape{{1, 8, 8}, {1, 9, 13}, {1, 12, 11}}}
	for _, inner := range [][2]int{{0, 0}, {4, 4}, {6, 5}} {
		target := Target{Map: inner, Channels: 200, Labels: true}
		crop := []Transform{&Crop{At: "random", Size: [2]int{8, 8}}, &Normalize{Mean: []float64{0}, Std: []float64{1.0 / 255}}}
		cut, left, err := Tiled(set, crop, target)
		if err != nil || len(left) != 1 {
			t.Fatal(left, err)
		}
		l := start(t, cut, Config{Batch: 3, Workers: 2, Ahead: 1, Transforms: left, Target: target})
		seen := make([]map[int32]int, len(set.shapes))
		for i := range seen {
			seen[i] = map[int32]int{}
		}
		for i := 0; i < cut.Len(); {
			b, err := l.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			size := len(b.Labels) / 3
			for k := range b.N {
				for j, label := range b.Labels[k*size : (k+1)*size] {
					if label == NoLabel {
						continue
					}
					seen[cut.(*tiles).places[i].image][label]++
					side := [2]int{8, 8}
					if inner[0] > 0 {
						side = inner
					}
					y, x := (8-side[0])/2+j/side[1], (8-side[1])/2+j%side[1]
					if got := b.Images[k*64+y*8+x]; got != float32(label) {
						t.Fatalf("label %d stands at pixel %g", label, got)
					}
				}
				i++
			}
			l.Release(b)
		}
		for i, s := range set.shapes {
			if len(seen[i]) != s.H*s.W {
				t.Errorf("inner %v, image %d: %d pixels counted, want %d", inner, i, len(seen[i]), s.H*s.W)
			}
			for label, n := range seen[i] {
				if n != 1 {
					t.Errorf("inner %v, image %d: pixel %d counted %d times", inner, i, label, n)
				}
			}
		}
	}
	_, _, err := Tiled(set, []Transform{&Crop{At: "random", Size: [2]int{10, 8}}}, Target{})
	wantError(t, err, "masked: image is 1x8x8, tiles are 10x8")
	if same, left, err := Tiled(numbers(3), []Transform{&Crop{At: "random", Size: [2]int{1, 1}}}, Target{}); err != nil || len(left) != 1 || same.Len() != 3 {
		t.Error("a dataset with a label an image is not tiled")
	}
}

// Windows put together are the picture again, be it smaller than one of them.
func TestWindows(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for i, s := range [][2]int{{3, 5}, {8, 8}, {11, 21}} {
		m := image.NewGray(image.Rect(0, 0, s[1], s[0]))
		for j := range m.Pix {
			m.Pix[j] = byte(j)
		}
		paths = append(paths, write(t, filepath.Join(dir, fmt.Sprint(i, ".png")), asPNG(m)))
	}
	for _, inner := range [][2]int{{8, 8}, {4, 6}} {
		w, err := OpenWindows(context.Background(), paths, 1, [2]int{8, 8}, inner, true)
		if err != nil {
			t.Fatal(err)
		}
		whole := make([][]byte, len(paths))
		var m Image
		for i := range w.Len() {
			if _, err := w.Sample(i, &m); err != nil || m.Shape != (Shape{1, 8, 8}) {
				t.Fatal(m.Shape, err)
			}
			var middle []byte
			for y := range inner[0] {
				at := ((8-inner[0])/2+y)*8 + (8-inner[1])/2
				middle = append(middle, m.Pix[at:at+inner[1]]...)
			}
			p := w.Picture(i)
			if h, wide := w.Size(p); whole[p] == nil {
				whole[p] = make([]byte, h*wide)
			}
			w.Put(whole[p], i, middle)
		}
		for p, got := range whole {
			for j, v := range got {
				if v != 255-byte(j) {
					t.Fatalf("inner %v, picture %d: pixel %d is %d, want %d", inner, p, j, v, 255-byte(j))
				}
			}
		}
	}
}

func TestTargetChecks(t *testing.T) {
	labelled := Info{Name: "set", Shape: Shape{1, 8, 8}, Classes: []string{"a", "b"}}
	pixels, numbers := labelled, labelled
	pixels.Masks = true
	numbers.Classes, numbers.Values = nil, []string{"x", "y"}
	image := Shape{1, 8, 8}
	tests := []struct {
		info Info
		t    Target
		want string
	}{
		{labelled, Target{Channels: 2, Labels: true}, ""},
		{labelled, Target{Channels: 2, Values: true}, ""},
		{labelled, Target{Channels: 1, Values: true, Binary: true}, ""},
		{labelled, Target{Channels: 1, Values: true}, "has 2 classes, model M tells 1 apart"},
		{labelled, Target{Channels: 1, Labels: true, Binary: true}, "has 2 classes, model M tells 1 apart"},
		{labelled, Target{Channels: 2, Map: [2]int{8, 8}, Labels: true}, "has a label for each image, the output of model M is a map of 8x8"},
		{pixels, Target{Channels: 2, Map: [2]int{8, 8}, Labels: true}, ""},
		{pixels, Target{Channels: 1, Map: [2]int{6, 6}, Values: true, Binary: true}, ""},
		{pixels, Target{Channels: 2, Map: [2]int{4, 4}, Labels: true}, "is 4x4 for images of 8x8: expected the size of the image"},
		{pixels, Target{Channels: 2, Labels: true}, "has a label for each pixel, the output of model M is a vector of 2"},
		{numbers, Target{Channels: 2, Values: true}, ""},
		{numbers, Target{Channels: 3, Values: true}, "has 2 values for each image (x, y), the output of model M has 3"},
		{numbers, Target{Channels: 2, Map: [2]int{8, 8}, Values: true}, "the output of model M has 2x8x8"},
		{numbers, Target{Channels: 2, Labels: true}, "the loss of model M compares with classes: use cross_entropy(soft)"},
	}
	for _, tt := range tests {
		err := tt.t.check(tt.info, "M", image)
		if tt.want == "" && err != nil {
			t.Error(err)
		} else if tt.want != "" {
			wantError(t, err, tt.want)
		}
	}
}

// What losses on numbers are compared with, of labels.
func TestNumbers(t *testing.T) {
	three, off := Target{Channels: 3, Values: true, Off: -1}, Target{Channels: 1, Values: true, Binary: true}
	tests := []struct {
		t      Target
		labels []int32
		want   []float32
	}{
		{three, []int32{2, 0}, []float32{-1, -1, 1, 1, -1, -1}},
		{three, []int32{255, NoLabel}, []float32{-1, -1, -1, -1, -1, -1}},
		{off, []int32{0, 1, 255}, []float32{0, 1, 0}},
	}
	for _, tt := range tests {
		got := make([]float32, len(tt.want))
		if tt.t.numbers(got, tt.labels); !slices.Equal(got, tt.want) {
			t.Errorf("%v, want %v", got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	dir := tree(t, "p/0.png", "p/1.png", "p/2.png")
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return "csv:" + path
	}
	set, err := Open(context.Background(), put("a.csv", "\xef\xbb\xbffile,kind, x ,y\np/0.png,b,1.5,2\np/1.png, a ,-3,1e2\n\"p/2.png\",b,0,0\n")+"?image=file&target=x,y&split=1,0,0", Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := start(t, set.Train, Config{Batch: 3, Workers: 1, Ahead: 1, Target: Target{Channels: 2, Values: true}})
	b, err := l.Next(context.Background())
	if err != nil || !slices.Equal(b.Values, []float32{1.5, 2, -3, 100, 0, 0}) || len(b.Labels) != 0 {
		t.Errorf("%+v, %v", b, err)
	}
	digest := set.Digest()
	set, err = Open(context.Background(), put("b.csv", "file,kind\np/0.png,b\np/1.png,a\n")+"?image=file&label=kind&split=1,0,0", Options{})
	if err != nil || !slices.Equal(set.Train.Info().Classes, []string{"a", "b"}) {
		t.Fatal(set, err)
	}
	if got := contents(t, set.Train); !slices.Equal(got, [][2]int{{1, 0}, {0, 1}}) || digest == set.Digest() {
		t.Error(got)
	}
	for _, tt := range []struct{ text, options, want string }{
		{"file,x\np/0.png,1\n", "?image=file", "neither or both of label= and target= given"},
		{"file,x\np/0.png,1\n", "?target=x", "says no image"},
		{"file,x\np/0.png,1\n", "?image=f&target=x", `no column "f", its columns are file, x`},
		{"file,x\np/0.png,one\n", "?image=file&target=x", `line 2: column x is "one", expected a number`},
		{"file,x\np/0.png,NaN\n", "?image=file&target=x", `column x is "NaN", expected a number`},
		{"file,x\n,1\n", "?image=file&target=x", "line 2: column file is empty"},
		{"file,x\np/0.png\n", "?image=file&target=x", "wrong number of fields"},
		{"file,x\np/9.png,1\n", "?image=file&target=x", filepath.FromSlash("p/9.png: no such file")},
		{"file,x\n", "?image=file&target=x", "no rows below the names"},
		{"", "?image=file&target=x", "is empty, expected a first row"},
	} {
		_, err := Open(context.Background(), put("bad.csv", tt.text)+tt.options, Options{})
		wantError(t, err, tt.want)
	}
}

func FuzzTable(f *testing.F) {
	f.Add("file,x\na.png,1\n", false)
	f.Add("x,file\n1,\"a\nb.png\"\n2,c\n", true)
	f.Add("file,x\na,1e999\n", false)
	f.Fuzz(func(t *testing.T, text string, classes bool) {
		c := columns{image: "file", targets: []string{"x"}}
		if classes {
			c = columns{image: "file", label: "x"}
		}
		table, err := decodeTable(strings.NewReader(text), c)
		if err != nil {
			return
		}
		n := len(table.images)
		if n == 0 || len(table.labels) != n || len(table.lines) != n || !classes && len(table.numbers) != n {
			t.Fatalf("%+v", table)
		}
		for _, l := range table.labels {
			if classes && l >= len(table.classes) {
				t.Fatalf("label %d of %d classes", l, len(table.classes))
			}
		}
	})
}
