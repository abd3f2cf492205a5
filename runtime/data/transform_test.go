package data

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// script is a source whose words are given.
type script []uint64

func (s *script) Uint64() uint64 {
	x := (*s)[0]
	*s = (*s)[1:]
	return x
}

// drawing is a generator whose draws are these fractions of 256, one each. IntN
// takes the upper bits of a word, or the lowest for a power of two, Float64 the
// lower 53; none of them gets exactly zero, which IntN rejects.
func drawing(fractions ...uint64) *rand.Rand {
	s := make(script, len(fractions))
	for i, f := range fractions {
		s[i] = f<<56 | f<<45 | 1<<33 | f
	}
	return rand.New(&s)
}

func TestChange(t *testing.T) {
	grey := []byte{1, 2, 3, 4, 5, 6, 7, 8, 9}
	square := Shape{1, 3, 3}
	tests := []struct {
		name string
		t    changer
		r    *rand.Rand
		in   Shape
		pix  []byte
		out  Shape
		want []byte
	}{
		{"shift down left", &Shift{1}, drawing(255, 0), square, grey, square, []byte{0, 0, 0, 2, 3, 0, 5, 6, 0}},
		{"shift up right", &Shift{2}, drawing(0, 255), square, grey, square, []byte{0, 0, 7, 0, 0, 0, 0, 0, 0}},
		{"shift nowhere", &Shift{1}, drawing(128, 128), square, grey, square, grey},
		{"shift in evaluation", &Shift{1}, nil, square, grey, square, grey},
		{"shift of colours", &Shift{1}, drawing(128, 0), Shape{2, 2, 2}, []byte{1, 2, 3, 4, 5, 6, 7, 8}, Shape{2, 2, 2}, []byte{3, 4, 0, 0, 7, 8, 0, 0}},
		{"flip", &Flip{"horizontal"}, drawing(255), square, grey, square, []byte{3, 2, 1, 6, 5, 4, 9, 8, 7}},
		{"flip of colours", &Flip{"horizontal"}, drawing(255), Shape{3, 1, 2}, []byte{1, 2, 3, 4, 5, 6}, Shape{3, 1, 2}, []byte{4, 5, 6, 1, 2, 3}},
		{"flip not", &Flip{"horizontal"}, drawing(0), square, grey, square, grey},
		{"flip vertical", &Flip{"vertical"}, drawing(255), square, grey, square, []byte{7, 8, 9, 4, 5, 6, 1, 2, 3}},
		{"flip in evaluation", &Flip{"vertical"}, nil, square, grey, square, grey},
		{"crop centre", &Crop{At: "center", Size: [2]int{1, 2}}, drawing(), square, grey, Shape{1, 1, 2}, []byte{4, 5}},
		{"crop padded", &Crop{At: "center", Size: [2]int{5, 3}, Pad: 1}, nil, square, grey, Shape{1, 5, 3}, []byte{0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0}},
		{"crop random, low", &Crop{At: "random", Size: [2]int{2, 2}, Pad: 1}, drawing(0, 0), square, grey, Shape{1, 2, 2}, []byte{0, 0, 0, 1}},
		{"crop random, high", &Crop{At: "random", Size: [2]int{2, 2}}, drawing(255, 255), square, grey, Shape{1, 2, 2}, []byte{5, 6, 8, 9}},
		{"crop random in evaluation", &Crop{At: "random", Size: [2]int{1, 1}}, nil, square, grey, Shape{1, 1, 1}, []byte{5}},
		{"rotate by +90", &Rotate{180}, drawing(192), square, grey, square, []byte{7, 4, 1, 8, 5, 2, 9, 6, 3}},
		{"rotate by 0", &Rotate{180}, drawing(128), square, grey, square, grey},
		{"rotate in evaluation", &Rotate{180}, nil, square, grey, square, grey},
		{"zoom by 1", &Zoom{Range{1, 1}}, drawing(7), square, grey, square, grey},
		{"zoom by 2", &Zoom{Range{1, 3}}, drawing(128), square, []byte{0, 0, 0, 0, 102, 0, 0, 0, 0}, square, []byte{26, 51, 26, 51, 102, 51, 26, 51, 26}},
		{"zoom by 3, upright", &Zoom{Range{3, 3}}, drawing(0), Shape{1, 3, 1}, []byte{0, 255, 0}, Shape{1, 3, 1}, []byte{170, 255, 170}},
		{"zoom by 3, to thirds", &Zoom{Range{3, 3}}, drawing(0), Shape{1, 1, 3}, []byte{0, 255, 0}, Shape{1, 1, 3}, []byte{170, 255, 170}},
		{"zoom by a half", &Zoom{Range{0.5, 1}}, drawing(0), square, grey, square, []byte{0, 0, 0, 0, 5, 0, 0, 0, 0}},
		{"zoom in evaluation", &Zoom{Range{2, 2}}, nil, square, grey, square, grey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Image{Shape: tt.in, Pix: slices.Clone(tt.pix), spare: slices.Repeat([]byte{77}, 100)}
			if got, err := tt.t.Shape(tt.in); err != nil || got != tt.out {
				t.Fatalf("Shape = %v, %v, want %v", got, err, tt.out)
			}
			if err := tt.t.change(&m, tt.r); err != nil {
				t.Fatal(err)
			}
			if m.Shape != tt.out || !slices.Equal(m.Pix, tt.want) {
				t.Errorf("%v %v, want %v %v", m.Shape, m.Pix, tt.out, tt.want)
			}
		})
	}
}

func TestPipelineNumbers(t *testing.T) {
	tests := []struct {
		name string
		ts   []Transform
		in   Shape
		pix  []byte
		want []float32
	}{
		{"none", nil, Shape{1, 1, 2}, []byte{0, 255}, []float32{0, 1}},
		{"mnist", []Transform{&Normalize{Of: "mnist"}}, Shape{1, 1, 2}, []byte{0, 255}, []float32{-0.1307 / 0.3081, (1 - 0.1307) / 0.3081}},
		{"one for all", []Transform{&Normalize{Mean: []float64{0.2}, Std: []float64{0.5}}}, Shape{2, 1, 1}, []byte{0, 51}, []float32{-0.4, 0}},
		{"each channel", []Transform{&Normalize{Mean: []float64{0, 1}, Std: []float64{2}}}, Shape{2, 1, 2}, []byte{255, 255, 0, 0}, []float32{0.5, 0, 0, -0.5}},
		{"after a crop", []Transform{&Crop{At: "center", Size: [2]int{1, 1}}, &Normalize{Of: "imagenet"}}, Shape{3, 1, 3}, []byte{9, 9, 9, 0, 255, 0, 9, 9, 9},
			[]float32{-0.485 / 0.229, (1 - 0.456) / 0.224, -0.406 / 0.225}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := newPipeline(tt.in, tt.ts)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]float32, p.out.Len())
			if err := p.run(got, &Image{Shape: tt.in, Pix: tt.pix}, nil); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestPipelineRefuses(t *testing.T) {
	in := Shape{3, 28, 28}
	tests := []struct {
		ts   []Transform
		want string
	}{
		{[]Transform{&Shift{28}}, "shift: by 28 pixels, expected less than the 28 of the image"},
		{[]Transform{&Shift{-1}}, "shift: by -1 pixels"},
		{[]Transform{&Rotate{181}}, "rotate: by 181 degrees, expected 0 to 180"},
		{[]Transform{&Zoom{}}, "zoom: by 0..0, expected a range within 0.1..10"},
		{[]Transform{&Zoom{Range{2, 1}}}, "zoom: by 2..1"},
		{[]Transform{&Crop{At: "corner", Size: [2]int{1, 1}}}, `crop: at "corner", expected random or center`},
		{[]Transform{&Crop{At: "center"}}, "crop: size 0x0"},
		{[]Transform{&Crop{At: "center", Size: [2]int{32, 32}, Pad: 1}}, "crop: window is 32x32, expected at most 30x30: the image is 3x28x28, the pad 1"},
		{[]Transform{&Flip{"diagonal"}}, `flip: "diagonal", expected horizontal or vertical`},
		{[]Transform{&Normalize{}}, "normalize: 0 values of mean, expected 1 or 3"},
		{[]Transform{&Normalize{Of: "svhn"}}, `normalize: no statistics of "svhn" known`},
		{[]Transform{&Normalize{Of: "mnist", Std: []float64{1}}}, "normalize: both mnist and"},
		{[]Transform{&Normalize{Mean: []float64{1, 2}, Std: []float64{1}}}, "2 values of mean"},
		{[]Transform{&Normalize{Mean: []float64{1}, Std: []float64{1, 0, 1}}}, "std is 0, expected above 0"},
		{[]Transform{&Normalize{Of: "imagenet"}, &Flip{"vertical"}}, "normalize: is followed by flip, expected last"},
	}
	for _, tt := range tests {
		_, err := newPipeline(in, tt.ts)
		wantError(t, err, tt.want)
	}
	p, err := newPipeline(Shape{C: 1}, []Transform{&Crop{At: "random", Size: [2]int{4, 4}}})
	if err != nil {
		t.Fatal(err)
	}
	err = p.run(make([]float32, 16), &Image{Shape: Shape{1, 2, 9}, Pix: make([]byte, 18)}, nil)
	wantError(t, err, "crop: window is 4x4, expected at most 2x9: the image is 1x2x9")
}

// What the language knows of transforms is what their tags say.
func TestTransformTags(t *testing.T) {
	types := []reflect.Type{
		reflect.TypeFor[int](), reflect.TypeFor[float64](), reflect.TypeFor[bool](), reflect.TypeFor[string](),
		reflect.TypeFor[[2]int](), reflect.TypeFor[Range](), reflect.TypeFor[[]float64](),
	}
	for _, spec := range Transforms {
		v := spec.New()
		if got := transformName(v); got != spec.Name || spec.Doc == "" {
			t.Errorf("%s: named %s by its type, doc %q", spec.Name, got, spec.Doc)
		}
		st := reflect.TypeOf(v).Elem()
		for i := range st.NumField() {
			f := st.Field(i)
			key, options, _ := strings.Cut(f.Tag.Get("net"), ",")
			if key != strings.ToLower(f.Name) || f.Tag.Get("doc") == "" || !slices.Contains(types, f.Type) {
				t.Errorf("%s.%s: tag %q, type %v", spec.Name, f.Name, f.Tag, f.Type)
			}
			for o := range strings.SplitSeq(options, ",") {
				name, _, _ := strings.Cut(o, "=")
				if !slices.Contains([]string{"", "pos", "flag", "required", "oneof", "min", "max"}, name) {
					t.Errorf("%s.%s: unknown option %q", spec.Name, f.Name, o)
				}
			}
		}
	}
}
