package simd

import "math"

// Minimal filtering along rows, F(1×4, r×5), of one channel: vectors run over tiles of
// four outputs side by side, those of two rows, so that few output channels fill them
// as well as many do, and the outputs at the same place of all tiles are a vector. It
// takes eight products for each row of taps where a direct convolution takes twenty.
//
// It evaluates at 0, ±1, ±2, ±½ and infinity, which gives the least error of
// triples of few bits: 3.9 times that of direct sums of 25 terms, where F(1×2, r×5) has
// twice. Source: as of the other maps.

// The sizes of vectors of tiles.
const (
	QuadPlaces  = 8
	QuadLanes   = 16 // of them half for each of two rows
	QuadColumns = 32 // outputs of a row
	QuadCols    = 16 // output channels of a panel of weights
)

// quadTile is the tile of lane l of a half: such that squares of four by four lanes
// turn rows of pixels into vectors and back.
func quadTile(l int) int { return l%4*2 + l/4 }

// quadInput is the map of eight pixels.
func quadInput(d [QuadPlaces]float32) (y [QuadPlaces]float32) {
	e1, o1 := madd(-17./4, d[4], d[2]+d[6]), madd(-17./4, d[3], d[1]+d[5])
	e2, o2 := madd(1./4, d[2], madd(-5./4, d[4], d[6])), madd(1./2, d[1], madd(-5./2, d[3], d[5]+d[5]))
	e3, o3 := madd(4, d[2], madd(-5, d[4], d[6])), madd(2, d[1], madd(-5./2, d[3], scaled(1./2, d[5])))
	y[0], y[7] = madd(21./4, d[4]-d[2], d[0]-d[6]), madd(21./4, d[3]-d[5], d[7]-d[1])
	y[1], y[2] = e1+o1, e1-o1
	y[3], y[4] = e2+o2, e2-o2
	y[5], y[6] = e3+o3, e3-o3
	return y
}

// quadOutput is the map of products to four outputs.
func quadOutput(m [QuadPlaces]float32) (y [4]float32) {
	e1, o1, e2, o2, e3, o3 := m[1]+m[2], m[1]-m[2], m[3]+m[4], m[3]-m[4], m[5]+m[6], m[5]-m[6]
	y[0] = (m[0] + e1) + (e2 + e3)
	y[1] = madd(1./2, o3, madd(2, o2, o1))
	y[2] = madd(1./4, e3, madd(4, e2, e1))
	y[3] = madd(1./8, o3, madd(8, o2, o1)) + m[7]
	return y
}

// QuadFilter is the map of five taps. Its result lies QuadCols apart in dst.
func QuadFilter(dst []float32, g [5]float32) {
	e1, o1 := g[0]+g[2]+g[4], g[1]+g[3]
	e2, o2 := g[0]+scaled(4, g[2])+scaled(16, g[4]), scaled(2, g[1])+scaled(8, g[3])
	e3, o3 := g[0]+scaled(1./4, g[2])+scaled(1./16, g[4]), scaled(1./2, g[1])+scaled(1./8, g[3])
	for i, y := range [QuadPlaces]float32{
		g[0],
		scaled(-2./9, e1+o1), scaled(-2./9, e1-o1),
		scaled(1./90, e2+o2), scaled(1./90, e2-o2),
		scaled(32./45, e3+o3), scaled(32./45, e3-o3),
		g[4],
	} {
		dst[i*QuadCols] = y
	}
}

// PlaneMap maps rows of pixels. All strides count elements. Of row i < Rows, place p of
// tile 8·v + quadTile(l), v < N and l < 8, goes to Y at both
//
//	(i+1)·YRow + (v·8 + p)·16 + l   and   i·YRow + (v·8 + p)·16 + 8 + l
//
// so that a vector has two rows. Tile q is made from pixels 4·q - Left and the next
// seven; pixel h is X[At + i·XRow + h] for 0 ≤ h < W and 0 elsewhere.
type PlaneMap struct {
	X, Y       []float32
	Rows, W    int // at least 1
	XRow, YRow int
	Left, N    int
	At         int
}

// Run applies the map.
func (m *PlaneMap) Run() {
	if !m.vec() {
		m.run()
	}
}

// run is Run in plain Go.
func (m *PlaneMap) run() {
	for i := range m.Rows {
		for at := range m.N * QuadLanes / 2 {
			v, l := at/(QuadLanes/2), at%(QuadLanes/2)
			var x [QuadPlaces]float32
			for j := range x {
				if h := 4*(QuadLanes/2*v+quadTile(l)) - m.Left + j; h >= 0 && h < m.W {
					x[j] = m.X[m.At+i*m.XRow+h]
				}
			}
			for p, y := range quadInput(x) {
				to := i*m.YRow + (v*QuadPlaces+p)*QuadLanes + l
				m.Y[to+m.YRow], m.Y[to+QuadLanes/2] = y, y
			}
		}
	}
}

// PlaneTile is rows of outputs of a convolution of one channel, from rows that
// PlaneMap made and from mapped weights, each channel of them a plane. All strides
// count elements. Of pair of rows i, half a, channel k, and lane l of vector v, place p
//
//	M[p] = Σ_r X[(2·i+r)·XRow + (v·8 + p)·16 + 8·a + l] · W[(r·8 + p)·16 + k]
//
// is a sum from zero in the order written, one rounding a term, and quadOutput of
// these is Y[k·YK + (2·i+a)·YRow + 4·(8·v + quadTile(l))] and the next three, for i < P,
// k < K ≤ QuadCols and v < N. They get B[k] and are clamped where that is asked for. With
// Pool, row i of Y has at 16·v + j the largest of the outputs 2·j and 2·j+1 of both rows
// of the pair, NaN if one of them is, which then gets B[k] and is clamped.
type PlaneTile struct {
	X, W, B, Y []float32 // B or nil
	P, K, R, N int       // at least 1
	XRow       int
	YK, YRow   int
	Pool       int // or 0
	Clamp
}

// Run computes the outputs.
func (t *PlaneTile) Run() {
	if !t.vec() {
		t.run()
	}
}

// run is Run in plain Go.
func (t *PlaneTile) run() {
	for k := range t.K {
		for i := range t.P {
			for at := range t.N * QuadLanes / 2 {
				v, l := at/(QuadLanes/2), at%(QuadLanes/2)
				q := QuadLanes/2*v + quadTile(l)
				a, b := t.outputs(i, 0, v, l, k), t.outputs(i, 1, v, l, k)
				y := t.Y[k*t.YK:]
				if t.Pool == 0 {
					for j := range a {
						y[2*i*t.YRow+4*q+j], y[(2*i+1)*t.YRow+4*q+j] = t.finish(a[j], k), t.finish(b[j], k)
					}
					continue
				}
				for j := range 2 {
					y[i*t.YRow+2*q+j] = t.finish(most(most(a[2*j], a[2*j+1]), most(b[2*j], b[2*j+1])), k)
				}
			}
		}
	}
}

// outputs are those of a tile.
func (t *PlaneTile) outputs(i, a, v, l, k int) [4]float32 {
	var sums [QuadPlaces]float32
	for r := range t.R {
		for p := range sums {
			x := t.X[(2*i+r)*t.XRow+(v*QuadPlaces+p)*QuadLanes+QuadLanes/2*a+l]
			sums[p] = fma(x, t.W[(r*QuadPlaces+p)*QuadCols+k], sums[p])
		}
	}
	return quadOutput(sums)
}

func (t *PlaneTile) finish(v float32, k int) float32 {
	if len(t.B) > 0 {
		v += t.B[k]
	}
	return t.limit(v)
}

// most is the larger of two numbers, b of equal ones, NaN if one of them is.
func most(a, b float32) float32 {
	switch {
	case a != a || b != b:
		return float32(math.NaN())
	case a > b:
		return a
	}
	return b
}
