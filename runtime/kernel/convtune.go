package kernel

import (
	"fmt"
	"slices"
)

// Generation numbers the kernels between which a choice was measured. It goes up
// with every change that may make another one of them the fastest.
const Generation = 4

// Tiles are the ways in which the passes of a convolution can be computed, as
// Algorithm has them: at least directly.
func (s *ConvShape) Tiles() []int {
	switch {
	case !s.minimal():
		return []int{0}
	case s.R == 3:
		return []int{0, 2, 4}
	}
	return []int{0, 2}
}

// algorithms are the names of the tiles in files.
var algorithms = map[int]string{0: "direct", 2: "winograd2", 4: "winograd4"}

// TileName is the name of a way to compute a pass, among those of Tiles.
func TileName(tile int) string { return algorithms[tile] }

// TileNamed is the way of a name, and whether it applies to the convolution.
func (s *ConvShape) TileNamed(name string) (tile int, ok bool) {
	for _, t := range s.Tiles() {
		if algorithms[t] == name {
			return t, true
		}
	}
	return 0, false
}

// geometryFormat writes a shape as text.
const geometryFormat = "n%d c%d h%d w%d k%d r%d s%d p%d q%d stride%dx%d pad%d,%d dilation%dx%d groups%d"

// Geometry is the shape as text, the same for equal shapes only.
func (s *ConvShape) Geometry() string {
	return fmt.Sprintf(geometryFormat, s.N, s.C, s.H, s.W, s.K, s.R, s.S, s.P, s.Q,
		s.StrideH, s.StrideW, s.PadT, s.PadL, s.DilH, s.DilW, s.Groups)
}

// maxExtent bounds each number of a geometry, so that products stay in int64.
const maxExtent = 1 << 24

// ParseGeometry reads what Geometry writes. It says nothing of whether such a
// convolution makes sense.
func ParseGeometry(text string) (ConvShape, error) {
	var s ConvShape
	numbers := []*int{
		&s.N, &s.C, &s.H, &s.W, &s.K, &s.R, &s.S, &s.P, &s.Q,
		&s.StrideH, &s.StrideW, &s.PadT, &s.PadL, &s.DilH, &s.DilW, &s.Groups,
	}
	into := make([]any, len(numbers))
	for i, n := range numbers {
		into[i] = n
	}
	if len(text) > 300 {
		return s, fmt.Errorf("a geometry of %d characters", len(text))
	}
	if _, err := fmt.Sscanf(text, geometryFormat, into...); err != nil || s.Geometry() != text {
		return s, fmt.Errorf("geometry %q; expected one such as %q", text, exampleGeometry)
	}
	padding := []*int{&s.PadT, &s.PadL}
	for _, n := range numbers {
		least := 1
		if slices.Contains(padding, n) {
			least = -maxExtent // a pass back may crop
		}
		if *n < least || *n > maxExtent {
			return s, fmt.Errorf("geometry %q: %d is out of range", text, *n)
		}
	}
	return s, nil
}

const exampleGeometry = "n8 c64 h56 w56 k64 r3 s3 p56 q56 stride1x1 pad1,1 dilation1x1 groups1"
