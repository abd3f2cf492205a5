package op

import (
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Dice is the attributes of dice.
type Dice struct {
	Smooth float64 `net:"smooth,min=1e-9" doc:"added above and below, so that empty masks have a loss"`
}

func dice() *ir.Loss {
	return &ir.Loss{
		Name:   "dice",
		Doc:    "1 − (2·Σσ(x)·t + smooth)/(Σσ(x) + Σt + smooth) over the whole batch, for masks t and logits x.",
		Source: "Milletari, Navab and Ahmadi 2016, without squares",
		New:    func() any { return &Dice{Smooth: 1} },
		Check:  func(*ir.Context, any, *ir.Value) {},
		Lower: func(e *ir.Emitter, o *ir.Objective) int {
			return againstTarget(e, o, &kernel.Dice{
				Len: e.Len(e.Value(o.On)), Smooth: o.Attrs.(*Dice).Smooth, Weight: o.Weight,
			})
		},
	}
}
