package ir

import "strings"

// Shape is the size of one image's value, without the batch: C,H,W for a
// feature map, or one length for a vector. A nil Shape is unknown: an error has
// been reported and whatever depends on it stays silent.
type Shape []Dim

// Map returns the shape of a feature map.
func Map(c, h, w Dim) Shape { return Shape{c, h, w} }

// Vector returns the shape of a flat value of n features.
func Vector(n Dim) Shape { return Shape{n} }

// IsMap reports whether the shape has channels, height and width.
func (s Shape) IsMap() bool { return len(s) == 3 }

// Channels is the number of channels of a map, or features of a vector.
func (s Shape) Channels() Dim { return s[0] }

// Elems is the number of elements of one image; ok is false while a size is
// symbolic or the product leaves int64.
func (s Shape) Elems() (n int64, ok bool) {
	n = 1
	for _, d := range s {
		v, known := d.Known()
		if !known {
			return 0, false
		}
		if n, ok = mul(n, int64(v)); !ok {
			return 0, false
		}
	}
	return n, true
}

// Ints returns the sizes as integers; ok is false while one is symbolic.
func (s Shape) Ints() (sizes []int, ok bool) {
	sizes = make([]int, len(s))
	for i, d := range s {
		if sizes[i], ok = d.Known(); !ok {
			return nil, false
		}
	}
	return sizes, true
}

// Equal reports whether two shapes have the same sizes for every image.
func (s Shape) Equal(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if !s[i].Equal(t[i]) {
			return false
		}
	}
	return true
}

// String writes the shape as a person reads it: "6×28×28", or "400".
func (s Shape) String() string {
	if s == nil {
		return "unknown"
	}
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return strings.Join(parts, "×")
}

// Batched writes the shape with the batch in front, as diagnostics show it.
func (s Shape) Batched() string {
	if s == nil {
		return "unknown"
	}
	return "N×" + s.String()
}
