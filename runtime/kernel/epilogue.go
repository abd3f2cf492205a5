package kernel

import (
	"math"

	"github.com/netc-lang/netc/runtime/kernel/internal/simd"
	"github.com/netc-lang/netc/runtime/plan"
)

// epilogue is what a convolution does to its sums before it stores them: it
// adds b[k], then z at the place of the output, then applies a function.
type epilogue struct {
	b, z []float32 // or nil
	fn   Fn
	h    []uint16 // where outputs go, rounded to bf16; nil for y

	partials []float32 // where the moments of each block of outputs go; nil for none
	sums     []float32 // where those of the block under way do, if they are taken as it is stored
}

// functioned is a kernel with a function in its epilogue.
type functioned interface{ function() Fn }

// epilogueOf is the epilogue of a kernel; one without a function has Linear.
func epilogueOf(k plan.Kernel, b, z []float32) epilogue {
	e := epilogue{b: b, z: z}
	if f, ok := k.(functioned); ok {
		e.fn = f.function()
	}
	return e
}

// clamp is the function as limits, which the inner kernels apply as they store.
func (f Fn) clamp() simd.Clamp {
	switch f {
	case ReLU:
		return simd.Clamp{On: 1, Hi: float32(math.Inf(1))}
	case ReLU6:
		return simd.Clamp{On: 1, Hi: 6}
	case HardTanh:
		return simd.Clamp{On: 1, Lo: -1, Hi: 1}
	}
	return simd.Clamp{}
}

// late says that the function is applied to what was stored, while it is near.
func (f Fn) late() bool { return f != Linear && f.clamp().On == 0 }

// apply sets y to f(y) for rows of n elements, so many and so far apart.
func (f Fn) apply(y []float32, n, rows, pitch int) {
	forward := activations[f].forward
	if n == pitch {
		n, rows = n*rows, 1
	}
	for i := range rows {
		forward(y[i*pitch:][:n], y[i*pitch:][:n])
	}
}
