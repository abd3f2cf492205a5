package data

import (
	"fmt"
)

// tiles is a dataset with a label for each pixel, each image of which is cut
// into windows that cover it: what stands in for a crop at random where all
// pixels are to be measured. Each pixel counts in one of the windows that have
// it.
type tiles struct {
	of     Dataset
	before []changer // what images go through first
	info   Info
	window [2]int // rows and columns of a tile
	inner  [2]int // rows and columns in the middle of it that have labels
	places []tile
}

// tile is a window of an image. The labels that count are those at and after
// (y0, x0) of its inner part.
type tile struct {
	image  int
	y, x   int // of the window, before the image where negative
	y0, x0 int
}

// sized is a Dataset that knows the sizes of its images, which differ.
type sizer interface{ sizeOf(i int) Shape }

// sizeOf is the shape of image i.
func sizeOf(d Dataset, i int) Shape {
	if s := d.Info().Shape; !s.Varies() {
		return s
	}
	return d.(sizer).sizeOf(i)
}

// Tiled replaces the crop at random among the transforms of a dataset with a
// label for each pixel by tiles, and returns what transforms are left. Other
// datasets, and lists of transforms without such a crop, come back as they are.
func Tiled(set Dataset, transforms []Transform, target Target) (Dataset, []Transform, error) {
	if !set.Info().Masks {
		return set, transforms, nil
	}
	for i, t := range transforms {
		c, ok := t.(*Crop)
		if !ok || c.At != "random" || c.Scale != (Range{}) {
			continue
		}
		out, err := newTiles(set, transforms[:i], c.Size, target)
		return out, transforms[i+1:], err
	}
	return set, transforms, nil
}

func newTiles(set Dataset, before []Transform, window [2]int, target Target) (*tiles, error) {
	t := &tiles{of: set, info: set.Info(), window: window, inner: window}
	if target.Map != [2]int{} {
		t.inner = target.Map
	}
	for _, b := range before {
		c, ok := b.(changer)
		if !ok {
			return nil, fmt.Errorf("%s: %s stands before crop, expected after it", t.info.Name, transformName(b))
		}
		t.before = append(t.before, c)
	}
	for i := range set.Len() {
		s := sizeOf(set, i)
		for _, b := range t.before {
			var err error
			if s, err = b.Shape(s); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", placeOf(set, i), transformName(b), err)
			}
		}
		if s.H < window[0] || s.W < window[1] {
			return nil, fmt.Errorf("%s: image is %v, tiles are %dx%d, expected at most the image: resize(%d) in front makes it large enough",
				placeOf(set, i), s, window[0], window[1], max(window[0], window[1]))
		}
		t.cover(i, s)
	}
	t.info.Shape = Shape{t.info.Shape.C, window[0], window[1]}
	return t, nil
}

// cover adds the tiles of an image: side by side, the last one back from the
// border of the image. Where only the inner part of a window has labels, the
// windows at the borders reach out of the image.
func (t *tiles) cover(image int, s Shape) {
	top, left := (t.window[0]-t.inner[0])/2, (t.window[1]-t.inner[1])/2
	for y := 0; y < s.H; y += t.inner[0] {
		at := min(y, s.H-t.inner[0])
		for x := 0; x < s.W; x += t.inner[1] {
			from := min(x, s.W-t.inner[1])
			t.places = append(t.places, tile{image, at - top, from - left, y - at, x - from})
		}
	}
}

func (t *tiles) Info() Info         { return t.info }
func (t *tiles) Len() int           { return len(t.places) }
func (t *tiles) place(i int) string { return placeOf(t.of, t.places[i].image) }

func (t *tiles) Sample(i int, m *Image) (int, error) {
	p := t.places[i]
	if _, err := t.of.Sample(p.image, m); err != nil {
		return 0, err
	}
	for _, c := range t.before {
		if err := c.change(m, nil); err != nil {
			return 0, fmt.Errorf("%s: %w", t.place(i), err)
		}
	}
	m.mirrored(p.y, p.x, t.window[0], t.window[1])
	return 0, nil
}

// share takes away the labels that an earlier tile counts.
func (t *tiles) share(i int, labels []int32) {
	p := t.places[i]
	for y := range t.inner[0] {
		row := labels[y*t.inner[1]:][:t.inner[1]]
		for x := range row {
			if y < p.y0 || x < p.x0 {
				row[x] = NoLabel
			}
		}
	}
}

// mirrored replaces the image by its window of H rows and W columns from (y, x).
// What lies outside the image is its mirror image.
func (m *Image) mirrored(y, x, H, W int) {
	in := m.Shape
	old, oldMask := m.replace(Shape{in.C, H, W})
	for q := range H {
		p := mirrorAt(y+q, in.H) * in.W
		for r := range W {
			from := p + mirrorAt(x+r, in.W)
			copy(m.Pix[(q*W+r)*in.C:][:in.C], old[from*in.C:])
			if len(oldMask) > 0 {
				m.Mask[q*W+r] = oldMask[from]
			}
		}
	}
}

// mirrorAt is the place among n that place i shows when the border of the image
// is a mirror; its first and last rows are shown once.
func mirrorAt(i, n int) int {
	if n == 1 {
		return 0
	}
	period := 2 * (n - 1)
	i = ((i % period) + period) % period
	return min(i, period-i)
}
