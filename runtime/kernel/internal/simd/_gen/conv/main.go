// Command conv writes the assembly of the convolutions that are no matrix
// products: ../conv_amd64.s. The directive in depthwise_amd64.go of the parent
// folder runs it.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("!noasm")
	laneMask()
	depthwise()
	transforms()
	rows()
	planes()
	deal()
	squareTile("squareTileAVX512", 64, 3)
	squareTile("squareTileAVX2", 32, 2)
	Generate()
}
