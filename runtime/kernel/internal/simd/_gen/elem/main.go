// Command elem writes the assembly of the elementwise and pooling primitives:
// ../elem_amd64.s and its declarations. Its output stands in the repository;
// the directive in elem_amd64.go of the parent folder runs it.
//
// Every vector instruction here has its scalar in the Go loops of elem*.go: the
// same float32 operations in the same order, without fused multiply-add, so
// that both give the same bits.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	constants(1, signBit, magicBits, word(1), word(2), word(math.Inf(-1)),
		word(log2E), word(ln2Hi), word(ln2Lo), word(expMin), word(expMax), word(tanhMax),
		word(exp2), word(exp3), word(exp4), word(exp5), word(exp6), word(exp7))
	elementwise()
	exponentials()
	descents()
	pools()
	columns()
	powers()
	Generate()
}
