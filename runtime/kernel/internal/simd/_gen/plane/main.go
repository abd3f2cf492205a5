// Command plane writes the assembly of convolutions of one input channel, whose
// vectors run over pixels, and of what takes their planes back to pixels:
// ../plane_amd64.s. The directive in plane_amd64.go of the parent folder runs it.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("!noasm")
	laneMask()
	plane("planeAVX512", 64, 2, ZMM)
	plane("planeAVX2", 32, 1, YMM)
	pixels("pixelsAVX512", true)
	pixels("pixelsAVX2", false)
	Generate()
}
