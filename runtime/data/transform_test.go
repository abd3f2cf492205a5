package data

import (
	"math"
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
		{"resize to the same", &Resize{Short: 3}, nil, square, grey, square, grey},
		{"resize to a third", &Resize{Size: [2]int{1, 1}}, nil, square, []byte{0, 0, 0, 0, 255, 0, 0, 0, 0}, Shape{1, 1, 1}, []byte{47}},
		{"resize of flat colours", &Resize{Short: 1}, nil, Shape{2, 2, 4}, slices.Repeat([]byte{3, 200}, 8), Shape{2, 1, 2}, []byte{3, 200, 3, 200}},
		{"resize to twice", &Resize{Size: [2]int{1, 4}}, nil, Shape{1, 1, 2}, []byte{0, 100}, Shape{1, 1, 4}, []byte{0, 25, 75, 100}},
		{"crop of a share", &Crop{At: "random", Size: [2]int{1, 1}, Scale: Range{1.0 / 9, 1.0 / 9}, Ratio: Range{1, 1}}, drawing(0, 0, 255, 0), square, grey, Shape{1, 1, 1}, []byte{7}},
		{"crop of a share in evaluation", &Crop{At: "random", Size: [2]int{2, 1}, Scale: Range{0.1, 1}}, nil, square, grey, Shape{1, 2, 1}, []byte{2, 5}},
		{"cutout", &Cutout{Side: 2, Fill: 9}, drawing(128, 0), square, grey, square, []byte{9, 2, 3, 9, 5, 6, 7, 8, 9}},
		{"cutout in evaluation", &Cutout{Side: 2}, nil, square, grey, square, grey},
		{"erase", &Erase{1, Range{1.0 / 9, 1.0 / 9}, Range{1, 1}}, drawing(0, 0, 0, 128, 128, 7), square, grey, square, []byte{1, 2, 3, 4, 7, 6, 7, 8, 9}},
		{"erase not", &Erase{0.5, Range{1, 1}, Range{1, 1}}, drawing(200), square, grey, square, grey},
		{"brightness", &Color{Brightness: 1}, drawing(128), square, grey, square, grey},
		{"half the brightness", &Color{Brightness: 1}, drawing(64), Shape{1, 1, 2}, []byte{100, 201}, Shape{1, 1, 2}, []byte{50, 101}},
		{"no contrast", &Color{Contrast: 1}, drawing(0), Shape{1, 1, 2}, []byte{100, 201}, Shape{1, 1, 2}, []byte{151, 151}},
		{"twice the contrast", &Color{Contrast: 1}, drawing(255), Shape{1, 1, 2}, []byte{100, 140}, Shape{1, 1, 2}, []byte{80, 160}},
		{"no saturation", &Color{Saturation: 1}, drawing(0), Shape{3, 1, 1}, []byte{200, 40, 80}, Shape{3, 1, 1}, []byte{92, 92, 92}},
		{"hue of grey", &Color{Hue: 0.5}, drawing(31), Shape{3, 1, 1}, []byte{77, 77, 77}, Shape{3, 1, 1}, []byte{77, 77, 77}},
		{"hue not turned", &Color{Hue: 0.5}, drawing(128), Shape{3, 1, 1}, []byte{200, 40, 80}, Shape{3, 1, 1}, []byte{200, 40, 80}},
		{"color in evaluation", &Color{Brightness: 1, Hue: 0.5}, nil, Shape{3, 1, 1}, []byte{200, 40, 80}, Shape{3, 1, 1}, []byte{200, 40, 80}},
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
		{[]Transform{&Crop{At: "center", Size: [2]int{8, 8}, Scale: Range{0.5, 1}}}, "crop: scale= with center, expected random"},
		{[]Transform{&Crop{At: "random", Size: [2]int{8, 8}, Scale: Range{0.5, 1}, Pad: 1}}, "crop: both scale= and pad="},
		{[]Transform{&Crop{At: "random", Size: [2]int{8, 8}, Ratio: Range{1, 2}}}, "crop: ratio= without scale="},
		{[]Transform{&Resize{}}, "resize: no size, expected a number for the shorter side"},
		{[]Transform{&Resize{Short: 4, Size: [2]int{4, 4}}}, "resize: both a number"},
		{[]Transform{&Cutout{}}, "cutout: side 0"},
		{[]Transform{&Erase{}}, "erase: probability 0, scale 0..0"},
		{[]Transform{&Color{}}, "color: no strength, expected brightness="},
		{[]Transform{&Color{Hue: 0.6}}, "color: a hue of 0.6, expected 0 to 0.5"},
		{[]Transform{&Flip{"diagonal"}}, `flip: "diagonal", expected horizontal or vertical`},
		{[]Transform{&Normalize{}}, "normalize: 0 values of mean, expected 1 or 3"},
		{[]Transform{&Normalize{Of: "svhn"}}, `normalize: no statistics of "svhn" known`},
		{[]Transform{&Normalize{Of: "mnist", Std: []float64{1}}}, "normalize: both mnist and"},
		{[]Transform{&Normalize{Mean: []float64{1, 2}, Std: []float64{1}}}, "2 values of mean"},
		{[]Transform{&Normalize{Mean: []float64{1}, Std: []float64{1, 0, 1}}}, "std is 0, expected above 0"},
		{[]Transform{&Normalize{Mean: []float64{0}, Std: []float64{1e-39}}}, "normalize: makes a pixel +Inf, with mean [0] and std [1e-39]"},
		{[]Transform{&Normalize{Mean: []float64{math.NaN()}, Std: []float64{1}}}, "normalize: makes a pixel NaN"},
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

// What moves pixels moves their labels; what changes colours leaves these alone.
func TestMasks(t *testing.T) {
	for _, spec := range Transforms {
		for _, tr := range map[string][]Transform{
			"shift": {&Shift{3}}, "rotate": {&Rotate{90}}, "zoom": {&Zoom{Range{0.5, 2}}}, "flip": {&Flip{"horizontal"}, &Flip{"vertical"}},
			"crop":   {&Crop{At: "random", Size: [2]int{5, 6}, Pad: 2}, &Crop{At: "random", Size: [2]int{7, 4}, Scale: Range{0.2, 1}}},
			"resize": {&Resize{Size: [2]int{5, 16}}, &Resize{Short: 14}},
			"color":  {&Color{Brightness: 0.5, Hue: 0.5}}, "cutout": {&Cutout{Side: 3}}, "erase": {&Erase{1, Range{0.2, 0.5}, Range{0.5, 2}}},
		}[spec.Name] {
			for seed := range uint64(20) {
				m := Image{Void: 9}
				m.Reset(Shape{3, 9, 11})
				m.ResetMask()
				for i := range m.Mask {
					m.Mask[i] = byte(i % 11 / 4) // three bands, of which the image is a picture
					copy(m.Pix[3*i:], slices.Repeat([]byte{40 + 80*m.Mask[i]}, 3))
				}
				if err := tr.(changer).change(&m, rand.New(rand.NewPCG(seed, 0))); err != nil {
					t.Fatal(err)
				}
				if len(m.Mask) != m.H*m.W {
					t.Fatalf("%s: %d labels for an image of %v", spec.Name, len(m.Mask), m.Shape)
				}
				wrong := 0
				for i, label := range m.Mask {
					want := 40 + 80*int(label)
					if label == 9 {
						want = 0
					}
					// Bilinear filters mix what is within a pixel of the border of two bands.
					if d := int(m.Pix[3*i]) - want; max(d, -d) > 40 {
						wrong++
					}
				}
				moves := !slices.Contains([]string{"color", "cutout", "erase"}, spec.Name)
				if moves && wrong > len(m.Mask)/6 {
					t.Errorf("%s, seed %d: %d of %d labels are not those of their pixels", spec.Name, seed, wrong, len(m.Mask))
				}
				for i, label := range m.Mask {
					if !moves && label != byte(i%11/4) {
						t.Fatalf("%s changes labels", spec.Name)
					}
				}
			}
		}
	}
}

// The colours of a data set that vary along one axis are changed along it, in
// training and by the deviation asked for.
func TestPrincipalColours(t *testing.T) {
	set := &tinted{}
	p, err := newPipeline(Shape{3, 2, 2}, []Transform{&Color{PCA: 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.fit(set); err != nil {
		t.Fatal(err)
	}
	m := new(Image)
	sum := 0.0
	for seed := range uint64(400) {
		if _, err := set.Sample(10, m); err != nil {
			t.Fatal(err)
		}
		before := [3]int{int(m.Pix[0]), int(m.Pix[1]), int(m.Pix[2])}
		if err := p.changers[0].change(m, rand.New(rand.NewPCG(seed, 1))); err != nil {
			t.Fatal(err)
		}
		dr, dg, db := int(m.Pix[0])-before[0], int(m.Pix[1])-before[1], int(m.Pix[2])-before[2]
		if d := dr - 2*dg; d > 2 || d < -2 || db != 0 {
			t.Fatalf("moved by %d, %d, %d, expected along (2, 1, 0)", dr, dg, db)
		}
		sum += float64(dg * dg)
	}
	// Levels 0 to 19 of the second channel have a deviation of 5.77.
	if got := sum / 400; got < 0.7*2.88*2.88 || got > 1.4*2.88*2.88 {
		t.Errorf("variance of the changes %.2f, want 8.3", got)
	}
}

// tinted is a data set of 20 colours in a line.
type tinted struct{}

func (*tinted) Info() Info {
	return Info{Name: "tinted", Shape: Shape{3, 2, 2}, Classes: []string{"0"}}
}
func (*tinted) Len() int { return 20 }
func (*tinted) Sample(i int, m *Image) (int, error) {
	m.Reset(Shape{3, 2, 2})
	for p := range 4 {
		copy(m.Pix[3*p:], []byte{byte(60 + 2*i), byte(60 + i), 90})
	}
	return 0, nil
}
