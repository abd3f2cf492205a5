package data

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
)

// counted is images whose values are all different, of the shapes given.
type counted struct{ shapes []Shape }

func (d counted) Info() Info {
	s := d.shapes[0]
	for _, other := range d.shapes {
		if other != s {
			s.H, s.W = 0, 0
		}
	}
	return Info{Name: "counted", Shape: s, Classes: digits}
}
func (d counted) Len() int { return len(d.shapes) }
func (d counted) Sample(i int, m *Image) (int, error) {
	m.Reset(d.shapes[i])
	for j := range m.Pix {
		m.Pix[j] = byte(100*i + j + 1)
	}
	return i, nil
}

// windowOf is a window of H rows and W columns from (y, x) of image i of counted, by
// its definition: black outside, mirrored where that is asked for.
func windowOf(i int, s Shape, y, x, H, W int, mirrored bool) []byte {
	var pix []byte
	for q := range H {
		for r := range W {
			p, c := y+q, x+r
			if mirrored {
				c = x + W - 1 - r
			}
			for k := range s.C {
				if p < 0 || c < 0 || p >= s.H || c >= s.W {
					pix = append(pix, 0)
					continue
				}
				pix = append(pix, byte(100*i+(p*s.W+c)*s.C+k+1))
			}
		}
	}
	return pix
}

// TestWindowed compares the windows that a loader gives with their definition,
// at one worker and at several.
func TestWindowed(t *testing.T) {
	tests := []struct {
		shapes []Shape
		crop   Crop
	}{
		{[]Shape{{1, 3, 4}, {1, 3, 4}}, Crop{At: "random", Size: [2]int{2, 2}}},
		{[]Shape{{3, 4, 3}}, Crop{At: "center", Size: [2]int{3, 2}}},
		{[]Shape{{1, 3, 3}, {1, 3, 3}}, Crop{At: "random", Size: [2]int{3, 3}, Pad: 2}},
		{[]Shape{{1, 5, 4}, {1, 3, 6}, {1, 3, 3}}, Crop{At: "random", Size: [2]int{3, 3}}}, // the last has room for one
	}
	for _, tt := range tests {
		for _, crops := range []Crops{FiveCrops, TenCrops} {
			for _, workers := range []int{1, 3} {
				set, rest, err := Windowed(counted{tt.shapes}, []Transform{&tt.crop, &Flip{"horizontal"}}, crops)
				if err != nil || len(rest) != 1 || set.Len() != int(crops)*len(tt.shapes) {
					t.Fatal(set, rest, err)
				}
				rest = append(rest, &Normalize{Mean: []float64{0}, Std: []float64{1.0 / 255}})
				l := start(t, set, Config{Batch: 7, Workers: workers, Ahead: 2, Transforms: rest})
				for at := 0; ; {
					b, err := l.Next(context.Background())
					if errors.Is(err, io.EOF) {
						if at != set.Len() {
							t.Errorf("%d windows, expected %d", at, set.Len())
						}
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					for j := range b.N {
						image, view := at/int(crops), at%int(crops)
						s, h, w := tt.shapes[image], tt.crop.Size[0], tt.crop.Size[1]
						rows, columns := s.H+2*tt.crop.Pad-h, s.W+2*tt.crop.Pad-w
						place := [][2]int{{0, 0}, {0, columns}, {rows, 0}, {rows, columns}, {rows / 2, columns / 2}}[view%5]
						want := windowOf(image, s, place[0]-tt.crop.Pad, place[1]-tt.crop.Pad, h, w, view >= 5)
						var got []byte
						for _, v := range b.Images[j*len(want):][:len(want)] {
							got = append(got, byte(v+0.5))
						}
						if !slices.Equal(got, want) || int(b.Labels[j]) != image {
							t.Errorf("%v of %v: window %d is %v, label %d; expected %v, %d", tt.crop, s, at, got, b.Labels[j], want, image)
						}
						at++
					}
					l.Release(b)
				}
			}
		}
	}
}

// A window with a scale is as large as the one in the middle wherever it is cut,
// and that one is what evaluation sees without crops.
func TestWindowedScale(t *testing.T) {
	crop := &Crop{At: "random", Size: [2]int{4, 4}, Scale: Range{0.3, 1}}
	set := counted{[]Shape{{1, 10, 13}}}
	views, _, err := Windowed(set, []Transform{crop}, TenCrops)
	if err != nil {
		t.Fatal(err)
	}
	var whole, m Image
	set.Sample(0, &whole)
	for i, place := range [][2]int{{0, 0}, {0, 5}, {2, 0}, {2, 5}, {1, 2}} { // 7/8 of 10x10 is 8x8
		want := Image{}
		want.Reset(Shape{1, 8, 8})
		for y := range 8 {
			for x := range 8 {
				want.Pix[y*8+x] = whole.Pix[(y+place[0])*13+x+place[1]]
			}
		}
		want.resize(0, 0, 8, 8, 4, 4)
		if _, err := views.Sample(i, &m); err != nil || !slices.Equal(m.Pix, want.Pix) {
			t.Errorf("window %d: %v, expected %v; error %v", i, m.Pix, want.Pix, err)
		}
	}
	set.Sample(0, &whole)
	views.Sample(4, &m)
	if err := crop.change(&whole, nil); err != nil || !slices.Equal(m.Pix, whole.Pix) {
		t.Errorf("in the middle %v, without crops %v", m.Pix, whole.Pix)
	}
}

func TestWindowedRefuses(t *testing.T) {
	crop := &Crop{At: "random", Size: [2]int{3, 3}}
	tests := []struct {
		set        Dataset
		transforms []Transform
		want       string
	}{
		{counted{[]Shape{{1, 3, 3}}}, nil, "no crop among the transforms"},
		{counted{[]Shape{{1, 3, 3}}}, []Transform{crop}, "the image is 1x3x3, and a window 3x3; resize(…) in front of crop makes room"},
		{counted{[]Shape{{1, 2, 3}}}, []Transform{crop}, "window is 3x3, expected at most 2x3"},
		{counted{[]Shape{{1, 9, 9}}}, []Transform{&Resize{Short: -1}, crop}, "resize: "},
		{masked{[]Shape{{1, 8, 8}}}, []Transform{crop}, "whose pixels have labels"},
	}
	for _, tt := range tests {
		_, _, err := Windowed(tt.set, tt.transforms, TenCrops)
		wantError(t, err, tt.want)
	}
	// Images of many sizes are looked at one by one.
	set, _, err := Windowed(counted{[]Shape{{1, 4, 4}, {1, 2, 9}}}, []Transform{crop}, TenCrops)
	if err != nil {
		t.Fatal(err)
	}
	_, err = set.Sample(10, new(Image))
	wantError(t, err, "window is 3x3, expected at most 2x9")
}
