package data

import (
	"context"
	"image"
	"image/color"
	"image/gif"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// flat is a picture of one grey level.
func flat(level byte, h, w int) image.Image {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = level
	}
	return m
}

// tree writes files of a folder: pictures of 2x2 pixels whose grey level tells
// them apart, and text where the name is no picture's.
func tree(t *testing.T, paths ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i, p := range paths {
		full := filepath.Join(dir, filepath.FromSlash(p))
		switch {
		case strings.HasSuffix(p, "/"):
			if err := os.MkdirAll(full, 0o777); err != nil {
				t.Fatal(err)
			}
		case strings.HasSuffix(p, ".gif"):
			write(t, full, func(w io.Writer) error {
				return gif.Encode(w, image.NewPaletted(image.Rect(0, 0, 2, 2), color.Palette{color.Gray{byte(i)}}), nil)
			})
		case isPicture(p):
			write(t, full, asPNG(flat(byte(i), 2, 2)))
		default:
			write(t, full, func(w io.Writer) error { _, err := io.WriteString(w, "text"); return err })
		}
	}
	return dir
}

// contents are the labels and grey levels of a part.
func contents(t *testing.T, d Dataset) (list [][2]int) {
	t.Helper()
	if d == nil {
		return nil
	}
	var m Image
	for i := range d.Len() {
		label, err := d.Sample(i, &m)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, [2]int{label, int(m.Pix[0])})
	}
	return list
}

func TestFolder(t *testing.T) {
	tests := []struct {
		name             string
		paths            []string
		train, val, test [][2]int
		notes            []string
	}{
		{"train and test", []string{"train/b/2.png", "train/b/10.PNG", "train/a/x.jpg", "test/a/y.png", "test/b/z.png"},
			[][2]int{{0, 2}, {1, 1}, {1, 0}}, nil, [][2]int{{0, 3}, {1, 4}}, nil},
		{"validation without a class", []string{"Train/a/1.png", "Train/b/1.png", "val/a/1.png"},
			[][2]int{{0, 0}, {1, 1}}, [][2]int{{0, 2}}, nil, nil},
		{"other files", []string{"train/a/1.png", "train/a/2.png", "train/a/3.gif", "train/a/notes.txt", "train/.DS_Store", "train/a/sub/", "train/LICENSE"},
			[][2]int{{0, 0}, {0, 1}}, nil, nil,
			[]string{"1 GIF file of another type than the rest left out: 3.gif", "3 other files left out: LICENSE, notes.txt, sub"}},
		{"nothing but GIF", []string{"train/a/1.gif", "train/a/2.gif"}, [][2]int{{0, 0}, {0, 1}}, nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tree(t, tt.paths...)
			set, err := Open(context.Background(), "folder:"+dir, Options{Channels: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []struct {
				name string
				of   Dataset
				want [][2]int
			}{{"train", set.Train, tt.train}, {"val", set.Val, tt.val}, {"test", set.Test, tt.test}} {
				if got := contents(t, part.of); !slices.Equal(got, part.want) {
					t.Errorf("%s: %v, want %v", part.name, got, part.want)
				}
			}
			for i, n := range set.Notes {
				words := strings.Split(n, ": ")
				var names []string
				for _, p := range strings.Split(words[1], ", ") {
					names = append(names, filepath.Base(p))
				}
				set.Notes[i] = words[0] + ": " + strings.Join(names, ", ")
			}
			if !slices.Equal(set.Notes, tt.notes) {
				t.Errorf("notes %q, want %q", set.Notes, tt.notes)
			}
			if set.Digest() == "" {
				t.Error("no digest")
			}
		})
	}
}

func TestFolderRefuses(t *testing.T) {
	damaged := tree(t, "train/a/1.png", "train/b/1.png")
	if err := os.WriteFile(filepath.Join(damaged, "train", "b", "2.jpg"), []byte("\xff\xd8\xff\xe0 cut"), 0o666); err != nil {
		t.Fatal(err)
	}
	linked := tree(t, "train/a/1.png")
	if err := os.Symlink("nowhere", filepath.Join(linked, "train", "a", "2.png")); err != nil {
		t.Skip("no symbolic links here")
	}
	tests := []struct{ spec, want string }{
		{tree(t, "train/a/1.png", "train/b/"), "train/b: no images, expected a JPEG"},
		{tree(t, "train/a/1.png", "val/c/1.png"), "val: no class c in the training part, whose classes are a"},
		{tree(t, "1.png", "2.png"), "2 images in it, expected a folder for each class"},
		{tree(t, "train/"), "no folders in it, expected a folder for each class"},
		{tree(t, "train/a/1.png", "Val/a/1.png", "valid/a/1.png"), "expected one of them"},
		{tree(t, "train/a/1.png") + "?split=1,1,1", "split=1,1,1, but "},
		{tree(t, "a/1.png") + "?split=1,1", "split=1,1, expected the shares of training, validation and test"},
		{tree(t, "a/1.png") + "?split=0,1,1", "leaves nothing to train on"},
		{tree(t, "a/1.png") + "?splat=0", `folder has no option "splat", its options are split`},
		{damaged, "train/b/2.jpg: "},
		{linked, "2.png: a link to nothing"},
		{filepath.Join(linked, "missing"), "missing: no such file"},
	}
	for _, tt := range tests {
		_, err := Open(context.Background(), "folder:"+tt.spec, Options{})
		wantError(t, err, filepath.FromSlash(tt.want))
	}
}

// Links to files and folders are as good as these.
func TestFolderLinks(t *testing.T) {
	from := tree(t, "a/1.png", "x/2.png")
	dir := tree(t, "train/b/1.png")
	for link, to := range map[string]string{"train/a": "a", "train/b/2.png": "x/2.png"} {
		if err := os.Symlink(filepath.Join(from, to), filepath.Join(dir, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	set, err := Open(context.Background(), "folder:"+dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, set.Train); !slices.Equal(got, [][2]int{{0, 0}, {1, 0}, {1, 1}}) {
		t.Error(got)
	}
}

// Grey and colour go together in the channels that the model takes; else in
// those that hold both.
func TestFolderChannels(t *testing.T) {
	dir := tree(t, "train/a/1.png")
	write(t, filepath.Join(dir, "train", "a", "2.png"), asPNG(halves(image.NewNRGBA(image.Rect(0, 0, 8, 8)))))
	for channels, want := range map[int]Shape{0: {C: 3}, 1: {C: 1}, 3: {C: 3}} {
		set, err := Open(context.Background(), "folder:"+dir, Options{Channels: channels})
		if err != nil || set.Train.Info().Shape != want {
			t.Errorf("channels %d: %v, %v", channels, set, err)
		}
	}
	_, err := Open(context.Background(), "folder:"+dir, Options{Channels: 4})
	wantError(t, err, "the model takes 4 channels, pictures have 1 or 3")
}

// A split gives every sample to one part, keeps the ratio in each class, and is
// the same whenever it is made.
func TestSplit(t *testing.T) {
	groups := make([]int, 230)
	for i := range groups {
		groups[i] = map[bool]int{true: 1}[i >= 200]
	}
	parts := Ratio{80, 10, 10}.divide(groups)
	var seen []int
	for p, want := range [][2]int{{160, 24}, {20, 3}, {20, 3}} {
		var per [2]int
		for _, i := range parts[p] {
			per[groups[i]]++
		}
		if per != want {
			t.Errorf("part %d has %v of the classes, want %v", p, per, want)
		}
		seen = append(seen, parts[p]...)
	}
	slices.Sort(seen)
	for i, s := range seen {
		if i != s {
			t.Fatalf("sample %d is missing or there twice", i)
		}
	}
	if again := (Ratio{80, 10, 10}).divide(groups); !slices.Equal(parts[2], again[2]) {
		t.Error("not the same again")
	}
	if p := (Ratio{24, 0, 6}).divide(make([]int, 30)); len(p[0]) != 24 || len(p[1]) != 0 || len(p[2]) != 6 {
		t.Error(p)
	}
}

func TestSpec(t *testing.T) {
	for _, tt := range []struct{ text, beside string }{
		{"mnist", "mnist"},
		{"folder:photos", "folder:/data/photos"},
		{"folder:/photos?split=8,1,1", "folder:/photos?split=8,1,1"},
		{"unknown:x", "unknown:x"},
	} {
		if got := Beside("/data", tt.text); got != filepath.FromSlash(tt.beside) {
			t.Errorf("%s: %s, want %s", tt.text, got, tt.beside)
		}
	}
	got, err := Spec("folder", []string{"my photos"}, map[string]string{"split": "8,1,1"})
	if err != nil || got != "folder:my photos?split=8,1,1" {
		t.Errorf("%s, %v", got, err)
	}
	_, err = Spec("folder", []string{"what?"}, nil)
	wantError(t, err, "question mark")
	_, err = Spec("folder", nil, nil)
	wantError(t, err, "expected folder:DIR")
}
