package main

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/runtime/data"
)

func TestParseSource(t *testing.T) {
	dir := t.TempDir()
	odd := filepath.Join(dir, "a:b")
	if err := os.WriteFile(odd, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]source{
		"a.net":          {"a.net", ""},
		"a.net:Net":      {"a.net", "Net"},
		"dir/a.net:N_2":  {"dir/a.net", "N_2"},
		`C:\nets\a.net`:  {`C:\nets\a.net`, ""},
		"a.net:":         {"a.net:", ""},
		":Net":           {":Net", ""},
		"a.net:2":        {"a.net:2", ""},
		odd:              {odd, ""},
		odd + ":Network": {odd, "Network"},
	} {
		if got := parseSource(arg); got != want {
			t.Errorf("%s: %+v, want %+v", arg, got, want)
		}
	}
}

func TestSpecBeside(t *testing.T) {
	abs := filepath.Join(t.TempDir(), "digits")
	for spec, want := range map[string]string{
		"mnist":      "mnist",
		"idx:digits": "idx:" + filepath.Join("nets", "digits"),
		"idx:" + abs: "idx:" + abs,
	} {
		if got := specBeside(filepath.Join("nets", "a.net"), spec); got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

// TestFit looks at the middle of a wide picture whose sides are another colour.
func TestFit(t *testing.T) {
	img := image.NewNRGBA(image.Rect(5, 5, 5+60, 5+20))
	for y := 5; y < 25; y++ {
		for x := 25; x < 45; x++ {
			img.SetNRGBA(x, y, color.NRGBA{R: 200, G: 100, B: 50, A: 255})
		}
	}
	for _, tt := range []struct {
		c      int
		invert bool
		want   []byte
	}{{3, false, []byte{200, 100, 50}}, {1, false, []byte{124}}, {3, true, []byte{55, 155, 205}}} {
		var m data.Image
		m.Reset(data.Shape{C: tt.c, H: 4, W: 4})
		if err := fit(img, &m, tt.invert); err != nil {
			t.Fatal(err)
		}
		for i, v := range m.Pix {
			if want := tt.want[i%tt.c]; v != want {
				t.Errorf("%d channels, value %d is %d, want %d", tt.c, i, v, want)
				break
			}
		}
	}
	var m data.Image
	m.Reset(data.Shape{C: 2, H: 4, W: 4})
	if fit(img, &m, false) == nil {
		t.Error("two channels were accepted")
	}
	// Transparent is black.
	m.Reset(data.Shape{C: 1, H: 4, W: 4})
	if err := fit(image.NewNRGBA(image.Rect(0, 0, 9, 9)), &m, false); err != nil || m.Pix[0] != 0 {
		t.Errorf("transparent became %d (%v)", m.Pix[0], err)
	}
}
