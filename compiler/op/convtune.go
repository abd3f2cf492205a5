package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// The passes of a convolution between whose algorithms a measurement can choose.
// In training each run of a pass packs the weights first.
const (
	ConvInference       = "inference"
	ConvForward         = "forward"
	ConvBackwardData    = "backward data"
	ConvBackwardWeights = "backward weights"
)

// ConvPasses lists them.
func ConvPasses() []string {
	return []string{ConvInference, ConvForward, ConvBackwardData, ConvBackwardWeights}
}

// ConvEstimate is what is chosen without measurements.
func ConvEstimate(pass string, s kernel.ConvShape, bf16 bool) int {
	a := kernel.ConvAlgorithm(s, pass != ConvInference, bf16)
	switch pass {
	case ConvBackwardData:
		return a.BackwardData
	case ConvBackwardWeights:
		return a.BackwardWeights
	}
	return a.Forward
}

// ConvKernels is what runs in one run of a pass, in order, where one of
// s.Tiles is chosen.
func ConvKernels(pass string, s kernel.ConvShape, tile int) []plan.Kernel {
	switch pass {
	case ConvBackwardData:
		pack, k := convBackwardData(s, tile)
		return []plan.Kernel{pack, k}
	case ConvBackwardWeights:
		k, _ := convBackwardWeights(s, tile)
		return []plan.Kernel{k}
	}
	pack, k := convForward(s, tile, kernel.Linear, 0)
	if pass == ConvInference {
		return []plan.Kernel{k}
	}
	return []plan.Kernel{pack, k}
}

// tile chooses the algorithm of a pass: by measurement where there is one, and
// else by the estimate. What is measured is float32, so bf16 goes by the estimate.
func tile(e *ir.Emitter, pass string, s kernel.ConvShape) int {
	if e.Exact {
		return 0
	}
	if pass == ConvForward && !e.Training {
		pass = ConvInference
	}
	if e.Tuning != nil && !e.BF16 && len(s.Tiles()) > 1 {
		if name, ok := e.Tuning.Choose(pass, s.Geometry()); ok {
			if t, ok := s.TileNamed(name); ok {
				return t
			}
		}
	}
	return ConvEstimate(pass, s, e.BF16)
}
