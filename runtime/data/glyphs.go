package data

import (
	"context"
	"fmt"
	"math"

	"github.com/netc-lang/netc/runtime/rng"
)

// The parts of the generated data set, in samples, and the side of its images.
const (
	glyphTrain = 20000
	glyphVal   = 2000
	glyphTest  = 4000
	glyphSide  = 28
)

// glyphs is a range of an endless sequence of distorted digits. A sample is
// drawn when it is asked for, from nothing but the seed and its number.
type glyphs struct {
	masters []master
	key     rng.Key
	first   int
	n       int
}

func openGlyphs(_ context.Context, _ spec, o Options) (*Set, error) {
	masters, err := drawMasters()
	if err != nil {
		return nil, fmt.Errorf("drawing the fonts: %w", err)
	}
	key := rng.New(o.Seed, rng.Stream("data.glyphs"))
	part := func(first, n int) *glyphs { return &glyphs{masters, key, first, n} }
	return o.split(&Set{
		Train: part(0, glyphTrain),
		Val:   part(glyphTrain, glyphVal),
		Test:  part(glyphTrain+glyphVal, glyphTest),
	})
}

func (g *glyphs) Info() Info {
	return Info{Name: "glyphs", Shape: Shape{C: 1, H: glyphSide, W: glyphSide}, Classes: digits}
}

func (g *glyphs) Len() int { return g.n }

func (g *glyphs) Sample(i int, m *Image) (int, error) {
	d := draws{key: g.key.Fold(uint64(g.first + i))}
	label := int(d.next() * 10)
	font := int(d.next() * float32(len(g.masters)/10))
	m.Reset(Shape{C: 1, H: glyphSide, W: glyphSide})
	g.masters[font*10+label].distort(m.Pix, &d)
	return label, nil
}

// draws are the numbers of a key one after another, four at a time.
type draws struct {
	key   rng.Key
	block [4]uint32
	used  uint64
}

func (d *draws) bits() uint32 {
	if d.used%4 == 0 {
		d.block[0], d.block[1], d.block[2], d.block[3] = d.key.Block(d.used / 4)
	}
	d.used++
	return d.block[(d.used-1)%4]
}

// next is uniform in [0, 1).
func (d *draws) next() float32 { return rng.Unit(d.bits()) }

// in is uniform in [lo, hi).
func (d *draws) in(lo, hi float32) float32 { return lo + (hi-lo)*d.next() }

// distort draws the digit into pix: turned, sheared, scaled and shifted, bent
// by two waves, with strokes made thinner or thicker, faded and with noise.
func (g *master) distort(pix []byte, d *draws) {
	const turn = math.Pi / 180
	angle := float64(d.in(-25, 25) * turn)
	shear, grow, aspect := d.in(-0.35, 0.35), d.in(0.72, 1.15), d.in(0.8, 1.2)
	sin, cos := math.Sincos(angle)
	// The map from a pixel of the image to a point of the master is linear,
	// and then bent.
	k := float32(masterHeight) / 20 / grow
	ax, ay := k/aspect*(float32(cos)+shear*float32(sin)), k/aspect*(float32(sin)-shear*float32(cos))
	bx, by := -k*aspect*float32(sin), k*aspect*float32(cos)
	cx, cy := (glyphSide-1)/2.0+d.in(-3, 3), (glyphSide-1)/2.0+d.in(-3, 3)
	var bendX, bendY [glyphSide]float32
	d.wave(&bendX)
	d.wave(&bendY)

	// Ink above the threshold counts: a low one makes strokes thick. The slope
	// is how sharp their edges are.
	threshold, slope, peak := d.in(0.14, 0.42), d.in(1.6, 4), d.in(150, 255)
	noise := d.in(0, 24)
	i := 0
	for y := range glyphSide {
		for x := range glyphSide {
			fx, fy := float32(x)-cx+bendX[y], float32(y)-cy+bendY[x]
			ink := g.at(g.cx+ax*fx+ay*fy, g.cy+bx*fx+by*fy)
			v := min(max((ink-threshold)*slope+0.5*threshold, 0), 1) * peak
			if ink < threshold/2 {
				v = 0
			}
			if i%4 == 0 {
				d.used = (d.used + 3) / 4 * 4 // one block for four pixels
			}
			v += noise * (2*d.next() - 1)
			pix[i] = byte(min(max(v, 0), 255))
			i++
		}
	}
}

// wave fills w with a sine of random length, phase and height, in pixels.
func (d *draws) wave(w *[glyphSide]float32) {
	height, phase := d.in(0, 1.8), d.in(0, 2*math.Pi)
	step := d.in(math.Pi, 3*math.Pi) / glyphSide
	for i := range w {
		w[i] = height * float32(math.Sin(float64(phase+step*float32(i))))
	}
}
