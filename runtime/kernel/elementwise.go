package kernel

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/plan"
)

// elemTile is the number of elements in a tile of an elementwise kernel: about
// 2 µs of work, so that a smaller tensor is one tile and starts no worker. It
// is a multiple of four, the words that the generator makes at a time.
const elemTile = 16384

// elemTiles is the number of tiles of n elements.
func elemTiles(n int) int { return (n + elemTile - 1) / elemTile }

// elemSpan is the range of elements of tile i of n elements.
func elemSpan(i, n int) (lo, hi int) { return i * elemTile, min((i+1)*elemTile, n) }

// checkLen panics when an operand has not the length that the geometry gives.
func checkLen(kernel, operand string, got, want int) {
	if got != want {
		panic(fmt.Sprintf("kernel %s: operand %s has %d elements, want %d", kernel, operand, got, want))
	}
}

func read(name string, n int) plan.Operand {
	return plan.Operand{Name: name, DType: plan.F32, Len: n, Access: plan.Read}
}

func write(name string, n int) plan.Operand {
	return plan.Operand{Name: name, DType: plan.F32, Len: n, Access: plan.Write}
}

func update(name string, n int) plan.Operand {
	return plan.Operand{Name: name, DType: plan.F32, Len: n, Access: plan.ReadWrite}
}

// typed is the operand with another element type.
func typed(o plan.Operand, d plan.DType) plan.Operand {
	o.DType = d
	return o
}

// optional is the operand, for which nil may stand.
func optional(o plan.Operand) plan.Operand {
	o.Optional = true
	return o
}
