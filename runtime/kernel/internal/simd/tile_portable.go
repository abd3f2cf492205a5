package simd

// run is Tile.Run in plain Go.
func (t *Tile) run(m int) {
	var acc [Cols]float32
	for i := range m {
		sum := acc[:t.N]
		clear(sum)
		for r := range t.R {
			for s := range t.S {
				x, w := t.XOff[i]+r*t.XR+s*t.XS, r*t.WR+s*t.WS
				for range t.T {
					v, row := t.X[x], t.W[w:w+t.N]
					for j := range sum {
						sum[j] = fma(v, row[j], sum[j])
					}
					x += t.XT
					w += t.WT
				}
			}
		}
		y := t.Y[t.YOff[i] : t.YOff[i]+t.N]
		for j := range y {
			v := sum[j]
			if len(t.B) > 0 {
				v += t.B[j]
			}
			if len(t.Z) > 0 {
				v += t.Z[t.YOff[i]+j]
			}
			y[j] = t.limit(v)
		}
	}
}
