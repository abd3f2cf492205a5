package op

import "github.com/netc-lang/netc/compiler/ir"

// decayAll is the default of decay_on, as in PyTorch.
const decayAll = "all"

// decays reports whether decay_on takes in a parameter.
func decays(on string, p *ir.Param) bool { return on == decayAll || !p.Elementwise }

// decayOf is the weight decay of one parameter.
func decayOf(decay float64, on string, p *ir.Param) float64 {
	if !decays(on, p) {
		return 0
	}
	return decay
}
