package kernel

import "github.com/netc-lang/netc/runtime/kernel/internal/simd"

// Algorithm says how each pass of a convolution is computed: by minimal
// filtering in tiles of so many outputs each way, 2 or 4, or directly where 0.
type Algorithm struct{ Forward, BackwardData, BackwardWeights int }

// ConvAlgorithm estimates what is fastest for a convolution. Where training,
// weights are packed for every run of a pass. With bf16 the direct kernels are
// those for bf16, if they have such forms. The unit of cost is
// a multiplication of the direct kernel:
//
//	direct:   N·P·Q·R·S·C·K
//	Winograd: e·tiles·t²·(C·K + 8·(C+K)) + u·t²·C·K
//	few C:    1.1·tiles·t²·C·K' + 30·pixels·C + u·t²·C·K'
//	one C:    1.1·tiles·8·R·K + 4·pixels + u·8·R·K
//
// for tiles of t×t products each, or of four outputs of a row with 8 of each row of taps,
// and K' channels: K times the width of its vectors of columns over that of the direct
// kernel, which from few channels takes as long for half a vector. From one channel,
// computed as planes, tiles, as the columns of the direct kernel, are those of whole
// vectors; in narrow maps it has pairs with 6 products, K' and 30·pixels. The first term
// is the products and the maps of inputs and outputs, at an efficiency of 1/e, and from
// few channels without the map of inputs; the last the transformed weights, which are far
// larger than the plain ones; in inference they are only read. Minimal filtering is taken
// where it costs less than 0.9 of the direct kernel. The factors are fitted to measurements at one thread: of 3×3 taps from
// 8 to 512 channels on maps of 7² to 56², of 5×5 from 3 to 256 on 7² to 32².
func ConvAlgorithm(s ConvShape, training, bf16 bool) Algorithm {
	if !s.minimal() {
		return Algorithm{}
	}
	passes, gradient := 1.3, 1.6 // e
	if s.R == 5 {                // of an output more products of the same maps
		passes, gradient = 1.1, 1.35
	}
	sums, products, change := 0.9, 0.9, 0.0 // direct: of the passes over maps, of the gradient of weights
	if bf16 && s.pairs() {
		sums, products, change = 0.9*halfPass, 0.9*halfGradient, convert*float64(s.xLen()+s.yLen())
	}
	forward := sums
	if s.Planar() {
		vectors := (s.Q + simd.PlaneLanes - 1) / simd.PlaneLanes
		forward *= float64(vectors*simd.PlaneLanes) / float64(s.Q)
	}
	return Algorithm{
		Forward:         s.cheapest(s.winogradForward, passes, training, forward, change),
		BackwardData:    s.cheapest(s.winogradData, passes, training, sums, change),
		BackwardWeights: s.cheapest(s.winograd, gradient, true, products, change),
	}
}

// What a multiplication of the direct kernels for bf16 costs of one of those for
// float32.
const (
	halfPass     = 0.5
	halfGradient = 0.6 // both factors are transposed
)

// convert is the cost of an element that minimal filtering, which has no form for
// bf16, reads or writes by way of float32.
const convert = 20

// nearWeights is the number of transformed weights that stay near.
const nearWeights = 1 << 20

// perWeight is the cost u of so many transformed weights, each, where they are
// packed anew and where they are only read.
func perWeight(n float64, pack bool) float64 {
	near := n <= nearWeights
	switch {
	case pack && near, !pack && !near:
		return 8
	case pack:
		return 48
	}
	return 3
}

// cheapest is the tile of least cost, 0 for the direct kernel, whose
// multiplication costs so much; change is what a tile costs beside.
func (s *ConvShape) cheapest(pass func(m int) winograd, e float64, pack bool, direct, change float64) int {
	pairs := float64(s.C) * float64(s.K)
	best, tile := direct*float64(s.R*s.S)*pairs*float64(s.N)*float64(s.P)*float64(s.Q), 0
	for _, m := range s.Tiles()[1:] {
		w := pass(m)
		cost := w.cost(e, pack) + change
		if cost < best {
			best, tile = cost, m
		}
	}
	return tile
}

// cost is what a pass costs.
func (w *winograd) cost(e float64, pack bool) float64 {
	rows, mappedRows := float64(w.N)*float64(w.P), float64(w.N)*float64(w.P+w.r-1)
	if w.form == byPlane {
		s := quadPlanes{winograd: *w}
		vectors, weights := float64(s.vectors()), float64(w.r*simd.QuadPlaces*w.K)
		tiles := float64(w.N) * float64(s.twos()) * vectors * simd.QuadLanes
		return 1.1*tiles*weights + 4*mappedRows*vectors*simd.QuadColumns + perWeight(weights, pack)*weights
	}
	columns := float64(w.rowPanels() * simd.RowCols)
	mapped := mappedRows * float64(w.rowPixels()*w.C)
	if w.form == bySquare {
		weights := float64(w.places()*w.C*w.K) * columns / max(float64(w.panels.padded()), simd.RowCols)
		return 1.1*float64(w.N)*float64(w.rows)*float64(w.cols)*weights + 30*mapped + perWeight(weights, pack)*weights
	}
	if w.form == byRow {
		weights := float64(w.r*simd.RowPlaces*w.K) * columns / float64(w.panels.padded())
		return 1.1*rows*float64(w.pairs())*weights + 30*mapped + perWeight(weights, pack)*weights
	}
	pairs, places := float64(w.C)*float64(w.K), float64(w.places())
	tiles := float64(w.N) * float64(w.rows) * float64(w.cols)
	return e*tiles*places*(pairs+8*float64(w.C+w.K)) + perWeight(places*pairs, pack)*places*pairs
}
