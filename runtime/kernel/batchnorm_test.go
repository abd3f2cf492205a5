package kernel

import (
	"math"
	"testing"
)

// rows is the geometry of a golden's batch normalisation, for maps and vectors.
func (g *golden) rows() NormShape {
	s := g.tensors["x"].shape
	n := NormShape{N: 1, Rows: s[0], C: s[1], Groups: s[1]}
	for _, d := range s[2:] {
		n.Rows *= d
	}
	return n
}

// channelsLast returns a map or a vector with its channels last.
func (g *golden) channelsLast(key string) []float32 {
	s := g.tensors[key].shape
	return toNHWC(g.flat(key), s[0], s[1], g.rows().Rows/s[0])
}

func (g *golden) compareLast(t *testing.T, key string, got []float32) {
	t.Helper()
	x := g.tensors["f64/"+key]
	g.compareTo(t, key, got, toNHWC(x.values, x.shape[0], x.shape[1], g.rows().Rows/x.shape[0]))
}

func (g *golden) channels(key string) []float32 {
	if _, ok := g.tensors[key]; !ok {
		return nil
	}
	return g.flat(key)
}

func TestBatchNormGoldens(t *testing.T) {
	p := pool(t, 2)
	for _, g := range goldens(t, "batchnorm*_train") {
		s := g.rows()
		mean, variance := g.flat("rm0"), g.flat("rv0")
		m := &Moments{s, 1e-5}
		moments, y := make([]float32, s.momentsLen()), make([]float32, s.len())
		running := &RunningMoments{C: s.C, Count: s.Rows, Momentum: g.attrs.Momentum}
		steps := [][4]string{{"x", "y", "rm1", "rv1"}, {"x2", "y2", "rm2", "rv2"}, {"x3", "y3", "rm3", "rv3"}}
		for i, step := range steps[:g.attrs.Steps] {
			x := g.channelsLast(step[0])
			m.Run(p, moments, x, make([]float32, m.WorkLen()))
			running.Run(p, mean, variance, moments, nil)
			(&Normalize{NormShape: s}).Run(p, y, x, moments, g.channels("w"), g.channels("b"), nil)
			g.compareLast(t, step[1], y)
			g.compare(t, step[2], mean)
			g.compare(t, step[3], variance)
			if i > 0 {
				continue
			}
			k := &NormalizeBackward{NormShape: s}
			dx, dw, db := make([]float32, s.len()), make([]float32, s.C), make([]float32, s.C)
			k.Run(p, dx, dw, db, g.channelsLast("dy"), x, moments, g.channels("w"), nil, make([]float32, k.WorkLen()))
			g.compareLast(t, "d_x", dx)
			if g.channels("w") != nil {
				g.compare(t, "d_w", dw)
				g.compare(t, "d_b", db)
			}
		}
	}
}

func TestBatchNormWithRunningStatistics(t *testing.T) {
	p := pool(t, 1)
	for _, g := range goldens(t, "batchnorm_eval") {
		s := g.rows()
		moments, y, dx := make([]float32, s.momentsLen()), make([]float32, s.len()), make([]float32, s.len())
		dw, db := make([]float32, s.C), make([]float32, s.C)
		x, dy, w := g.channelsLast("x"), g.channelsLast("dy"), g.flat("w")
		(&StoredMoments{s.C, 1e-5}).Run(p, moments, g.flat("rm0"), g.flat("rv0"))
		(&Normalize{NormShape: s}).Run(p, y, x, moments, w, g.flat("b"), nil)
		g.compareLast(t, "y", y)
		k := &NormalizeBackward{NormShape: s, Fixed: true}
		work := make([]float32, k.WorkLen())
		k.Run(p, dx, dw, db, dy, x, moments, w, nil, work)
		g.compareLast(t, "d_x", dx)
		g.compare(t, "d_w", dw)
		g.compare(t, "d_b", db)
		clear(dx)
		k.Run(p, dx, nil, nil, dy, x, moments, w, nil, work)
		g.compareLast(t, "d_x", dx)
	}
}

// Cumulative statistics are the mean over the steps so far; the first step
// replaces what stood there.
func TestCumulativeMoments(t *testing.T) {
	p := pool(t, 1)
	k := &RunningMoments{C: 2, Count: 5, Cumulative: true}
	mean, variance := []float32{100, float32(50)}, []float32{7, 9}
	for step, moments := range [][]float32{{1, 2, 0, 0, 4, 8}, {3, 5, 0, 0, 8, 12}, {5, 8, 0, 0, 12, 4}} {
		k.Run(p, mean, variance, moments, []int64{int64(step)})
	}
	near(t, "mean", mean, []float64{3, 5}, 1e-7)
	near(t, "variance", variance, []float64{8 * 1.25, 8 * 1.25}, 1e-7)
}

// One value has no unbiased variance; it counts as 0 rather than as 0/0.
func TestRunningMomentsOfOneValue(t *testing.T) {
	mean, variance := []float32{0}, []float32{1}
	(&RunningMoments{C: 1, Count: 1, Momentum: 0.5}).Run(pool(t, 1), mean, variance, []float32{4, 1e3, 0}, nil)
	if mean[0] != 2 || variance[0] != 0.5 || math.IsNaN(float64(variance[0])) {
		t.Errorf("mean %v, variance %v, want 2 and 0.5", mean[0], variance[0])
	}
}
