// Command peak writes ../peak_amd64.s and its declarations: multiply-adds on
// registers alone, which show what a core can do at most.
package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

func main() {
	ConstraintExpr("amd64,!noasm")
	peak("AVX2", 12, 8, func() VecVirtual { return YMM() })
	peak("AVX512", 24, 16, func() VecVirtual { return ZMM() })
	Generate()
}

// peak keeps so many sums of so many lanes, none of which waits for another.
func peak(isa string, sums, lanes int, vector func() VecVirtual) {
	TEXT("peak"+isa, NOSPLIT, "func(rounds int)")
	Doc(fmt.Sprintf("peak%s does %d·%d multiply-adds a round, rounds ≥ 1: acc[i] = fma(a, b, acc[i]).", isa, sums, lanes))
	Pragma("noescape")
	rounds := Load(Param("rounds"), GP64())
	a, b := vector(), vector()
	VXORPS(a, a, a)
	VXORPS(b, b, b)
	acc := make([]VecVirtual, sums)
	for i := range acc {
		acc[i] = vector()
		VXORPS(acc[i], acc[i], acc[i])
	}
	Label("round")
	for i := range acc {
		VFMADD231PS(a, b, acc[i])
	}
	DECQ(rounds)
	JNE(LabelRef("round"))
	VZEROUPPER()
	RET()
}
