package data

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// smallIDX is a data set of four training and two test images of 1x2x2.
func smallIDX() map[string][]byte {
	return map[string][]byte{
		trainImages:                 images(4, 2, 2, 0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33),
		trainLabels + ".gz":         gzipped(labels(0, 1, 2, 3)),
		"t10k-images.idx3-ubyte.gz": gzipped(images(2, 2, 2, 40, 41, 42, 43, 50, 51, 52, 53)),
		"t10k-labels.idx1-ubyte":    labels(4, 0),
	}
}

func TestOpenIDX(t *testing.T) {
	set, err := Open(context.Background(), "idx:"+folderOf(t, smallIDX()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if set.Train.Len() != 4 || set.Test.Len() != 2 || set.Val != nil {
		t.Fatalf("parts %v %v %v", set.Train, set.Val, set.Test)
	}
	if got := set.Train.Info(); got.Shape != (Shape{1, 2, 2}) || !slices.Equal(got.Classes, []string{"0", "1", "2", "3", "4"}) {
		t.Errorf("info %v", got)
	}
	if n := set.Notes; len(n) != 1 || !strings.HasPrefix(n[0], "no training image has label 4; there are 5 classes, as label 4 is of image 0 of ") ||
		!strings.HasSuffix(n[0], "t10k-images.idx3-ubyte.gz") {
		t.Errorf("notes %q", n)
	}
	var m Image
	label, err := set.Train.Sample(2, &m)
	if err != nil || label != 2 || !slices.Equal(m.Pix, []byte{20, 21, 22, 23}) || m.Shape != (Shape{1, 2, 2}) {
		t.Errorf("sample 2: label %d, %v, %v", label, m, err)
	}
}

func TestOpenIDXRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(files map[string][]byte)
		want   []string
	}{
		{"no images", func(f map[string][]byte) { delete(f, trainImages) }, []string{"no train-images-idx3-ubyte"}},
		{"no test labels", func(f map[string][]byte) { delete(f, "t10k-labels.idx1-ubyte") }, []string{"no t10k-labels-idx1-ubyte"}},
		{"counts", func(f map[string][]byte) { f[trainLabels+".gz"] = gzipped(labels(0, 1)) }, []string{"train-labels-idx1-ubyte.gz: 2 labels, expected 4", trainImages}},
		{"swapped", func(f map[string][]byte) { f[trainLabels+".gz"] = gzipped(f[trainImages]) }, []string{"holds images (3 dimensions), expected labels (1 dimension)"}},
		{"test shape", func(f map[string][]byte) {
			f["t10k-images.idx3-ubyte.gz"] = gzipped(images(2, 1, 2, 1, 2, 3, 4))
		}, []string{"images are 1x1x2", "1x2x2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := smallIDX()
			tt.change(files)
			_, err := Open(context.Background(), "idx:"+folderOf(t, files), Options{})
			wantError(t, err, tt.want...)
		})
	}
}

func TestOpenWithoutTestPart(t *testing.T) {
	files := smallIDX()
	delete(files, "t10k-images.idx3-ubyte.gz")
	delete(files, "t10k-labels.idx1-ubyte")
	set, err := Open(context.Background(), "idx:"+folderOf(t, files), Options{})
	if err != nil || set.Test != nil || set.Train.Len() != 4 {
		t.Errorf("%v, %v", set, err)
	}
}

func TestHoldOut(t *testing.T) {
	dir := folderOf(t, smallIDX())
	set, err := Open(context.Background(), "idx:"+dir, Options{HoldOut: 1, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	var seen []int
	for _, part := range []Dataset{set.Train, set.Val} {
		for i := range part.Len() {
			label, _ := part.Sample(i, new(Image))
			seen = append(seen, label)
		}
	}
	if got, want := set.Val.Info().Name, "validation part of "+filepath.Join(dir, trainImages); got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if set.Train.Len() != 3 || set.Val.Len() != 1 || !slices.IsSorted(seen[:3]) {
		t.Errorf("training and validation labels %v", seen)
	}
	if slices.Sort(seen); !slices.Equal(seen, []int{0, 1, 2, 3}) {
		t.Errorf("samples lost or doubled: %v", seen)
	}
	_, err = Open(context.Background(), "idx:"+dir, Options{HoldOut: 4})
	wantError(t, err, "4 samples to hold out for validation, expected 0 to 3")
	_, err = Open(context.Background(), "glyphs", Options{HoldOut: 4})
	wantError(t, err, "expected none: the data has a validation part of 2000")
}

func TestOpenUnknown(t *testing.T) {
	for spec, want := range map[string]string{
		"mnits":         `data "mnits": unknown source (nearest: mnist), expected one of mnist, cifar10[:DIR], glyphs, idx:DIR`,
		"glyph:x":       "nearest: glyphs",
		"":              `data "": unknown source, expected one of`,
		"mnist:x":       "mnist takes nothing after its name",
		"idx":           "expected idx:DIR",
		"idx:":          "expected idx:DIR",
		"fashion_mnist": "unknown source, expected one of mnist",
	} {
		_, err := Open(context.Background(), spec, Options{})
		wantError(t, err, want)
	}
}
