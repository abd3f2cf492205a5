//go:build amd64 && !noasm

package simd

// vec takes a vector of pairs at a time, with AVX2 half of one.
func (m *PlaneMap) vec() bool {
	level := Active()
	for v := 0; v < m.N && level >= AVX2; v++ {
		at, y := 2*PairLanes*v-m.Left, v*RowPlaces*PairLanes
		switch {
		case level == AVX2:
			planeMapAVX2(m, at, y)
			planeMapAVX2(m, at+PairLanes, y+PairLanes/2)
		case at < 0:
			m.edge(at, y)
		default:
			planeMapAVX512(m, at, y)
		}
	}
	return level >= AVX2
}

// edge is planeMapAVX512 where it starts in front of the rows. It copies the first
// of these: to leave out what lies on a page before X takes hundreds of cycles.
func (m *PlaneMap) edge(at, y int) {
	var first [2*PairLanes + RowPlaces - 2]float32
	copy(first[min(-at, len(first)):], m.X[:m.W])
	c := PlaneMap{X: first[:], Y: m.Y, Rows: 1, W: len(first)}
	planeMapAVX512(&c, 0, y)
	if m.Rows > 1 {
		c = *m
		c.X, c.Y, c.Rows = m.X[m.XRow:], m.Y[m.YRow:], m.Rows-1
		planeMapAVX512(&c, at, y)
	}
}

// vec takes a vector of pairs and some channels at a time.
func (t *PlanePairs) vec() bool {
	level := Active()
	if level < AVX2 {
		return false
	}
	most, outputs := 4, 2*PairLanes
	if level == AVX2 {
		most = 2
	}
	if t.Pool != 0 {
		outputs = PairLanes
	}
	parts := (t.K + most - 1) / most
	for i := range parts {
		k := i * t.K / parts
		n := (i+1)*t.K/parts - k
		for v := range t.N {
			x, y := v*RowPlaces*PairLanes, k*t.YK+v*outputs
			if level == AVX512 {
				planePairsAVX512(t, k, n, x, y)
				continue
			}
			planePairsAVX2(t, k, n, x, y)
			planePairsAVX2(t, k, n, x+PairLanes/2, y+outputs/2)
		}
	}
	return true
}

// The functions below are PlaneMap.run of 16 or 8 pairs, of which the first reads
// pixel at and on and is written from element y on.

//go:noescape
func planeMapAVX512(m *PlaneMap, at, y int)

//go:noescape
func planeMapAVX2(m *PlaneMap, at, y int)

// The functions below are PlanePairs.run of 16 or 8 pairs, from element x of X to
// element y of Y, in channels k … k+n-1, n ≤ 4 or 2.

//go:noescape
func planePairsAVX512(t *PlanePairs, k, n, x, y int)

//go:noescape
func planePairsAVX2(t *PlanePairs, k, n, x, y int)
