//go:build amd64 && !noasm

package simd

func (m *PlaneMap) vec() bool {
	if Active() < AVX2 {
		return false
	}
	c := *m
	c.X = m.X[m.At:]
	for v := range m.N {
		if at, y := QuadColumns*v-m.Left, v*QuadPlaces*QuadLanes; m.At+at < 0 {
			c.edge(at, y)
		} else {
			planeMapAVX2(&c, at, y)
		}
	}
	return true
}

// edge is planeMapAVX2 where it starts in front of all there is. It copies the first
// row: to leave out what lies on a page before X takes hundreds of cycles.
func (m *PlaneMap) edge(at, y int) {
	var first [QuadColumns + QuadPlaces - 4]float32
	copy(first[min(-at, len(first)):], m.X[:m.W])
	c := PlaneMap{X: first[:], Y: m.Y, Rows: 1, W: len(first), YRow: m.YRow}
	planeMapAVX2(&c, 0, y)
	if m.Rows > 1 {
		c = *m
		c.X, c.Y, c.Rows = m.X[m.XRow:], m.Y[m.YRow:], m.Rows-1
		planeMapAVX2(&c, at, y)
	}
}

// vec takes a vector of tiles and some channels at a time.
func (t *PlaneTile) vec() bool {
	level := Active()
	if level < AVX2 {
		return false
	}
	most, outputs := 3, QuadColumns
	if level == AVX2 {
		most = 1
	}
	if t.Pool != 0 {
		outputs = QuadColumns / 2
	}
	parts := (t.K + most - 1) / most
	for i := range parts {
		k := i * t.K / parts
		n := (i+1)*t.K/parts - k
		for v := range t.N {
			x, y := v*QuadPlaces*QuadLanes, k*t.YK+v*outputs
			if level == AVX512 {
				planeTileAVX512(t, k, n, x, y)
			} else {
				planeTileAVX2(t, k, n, x, y)
			}
		}
	}
	return true
}

// planeMapAVX2 is PlaneMap.run of 8 tiles, of which the first reads pixel at and on and
// is written from element y on.
//
//go:noescape
func planeMapAVX2(m *PlaneMap, at, y int)

// The functions below are PlaneTile.run of a vector of tiles, from element x of X to
// element y of Y, in channels k … k+n-1, n ≤ 3 or 1.

//go:noescape
func planeTileAVX512(t *PlaneTile, k, n, x, y int)

//go:noescape
func planeTileAVX2(t *PlaneTile, k, n, x, y int)
