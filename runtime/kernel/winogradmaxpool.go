package kernel

import (
	"fmt"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// TakesMaxPool says that a kernel takes the maximum of squares too, of a convolution
// with a function in tiles of so many outputs each way, or a direct one where 0.
func (s *ConvShape) TakesMaxPool(tile int, fn Fn) bool {
	if tile == 0 {
		return s.Planar()
	}
	w := s.winogradForward(tile)
	return w.form == byPlane || w.form == bySquare && !fn.late()
}

// MayTakeMaxPool says that one of the ways to compute the convolution does.
func (s *ConvShape) MayTakeMaxPool() bool {
	for _, tile := range s.Tiles() {
		if s.TakesMaxPool(tile, Linear) {
			return true
		}
	}
	return false
}

// WinogradMaxPool is WinogradForward and, of what it makes, the maximum
// of each square of 2×2 pixels, for inference: of 5×5 taps from few channels.
//
// Shapes: y N,⌊P/2⌋,⌊Q/2⌋,K; x N,H,W,C; packed from WinogradPack; b K or nil.
// Formula, order and error: of WinogradForward without z, then of MaxPool.
type WinogradMaxPool struct {
	ConvShape
	Tile int
	Fn   Fn
}

func (k *WinogradMaxPool) function() Fn { return k.Fn }

func (k *WinogradMaxPool) pass() winograd { return k.winogradForward(k.Tile) }

// Run sets y.
func (k *WinogradMaxPool) Run(p *par.Pool, y, x, packed, b []float32) {
	checkLen("winograd max pool", "y", len(y), k.outLen())
	checkLen("winograd max pool", "x", len(x), k.xLen())
	checkChannels("winograd max pool", "b", b, k.K)
	runWinograd(p, k, y, x, packed, b, nil, nil)
}

func (k *WinogradMaxPool) outLen() int { return k.N * (k.P / 2) * (k.Q / 2) * k.K }

// Call runs the kernel on views in the order of Operands.
func (k *WinogradMaxPool) Call(p *par.Pool, a []plan.View) {
	k.Run(p, a[0].F32, a[1].F32, a[2].F32, a[3].F32)
}

// Operands describes the arguments of Run.
func (k *WinogradMaxPool) Operands() []plan.Operand {
	if k.Tile == 0 || !k.TakesMaxPool(k.Tile, k.Fn) {
		panic(fmt.Sprintf("kernel winograd max pool: tiles of %d outputs, then %v, of %+v; expected what TakesMaxPool takes", k.Tile, activations[k.Fn].name, k.ConvShape))
	}
	w := k.pass()
	return []plan.Operand{
		write("y", k.outLen()), read("x", k.xLen()), read("packed", w.packedLen()), optional(read("b", k.K)),
	}
}

// Scratch is the private memory a worker needs.
func (k *WinogradMaxPool) Scratch() int {
	w := k.pass()
	if w.form == byPlane {
		s := quadPlanesOf(k, &w)
		return s.scratch()
	}
	s := squaresOf(k, &w)
	return s.scratch()
}
