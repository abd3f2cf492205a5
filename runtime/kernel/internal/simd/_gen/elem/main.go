// Command elem writes the assembly of the elementwise and pooling primitives:
// ../elem_amd64.s and its declarations. Its output stands in the repository;
// the directive in elem_amd64.go of the parent folder runs it.
//
// Every vector instruction here has its scalar in the Go loops of elem*.go: the
// same float32 operations in the same order, without fused multiply-add, so
// that both give the same bits.
package main

import . "github.com/mmcloughlin/avo/build"

func main() {
	ConstraintExpr("amd64,!noasm")
	elementwise()
	exponentials()
	descents()
	pools()
	Generate()
}
