package op

import (
	"fmt"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// function is the last part of a chain.
func function(c ir.Chain) kernel.Fn {
	if c.Function == nil {
		return kernel.Linear
	}
	return activationOf(c.Function)
}

// activationOf is the function that a node applies.
func activationOf(n *ir.Node) kernel.Fn {
	if g, ok := n.Attrs.(*GELU); ok {
		return g.fn()
	}
	for _, a := range activations {
		if a.name == n.Op.Name {
			return a.fn
		}
	}
	panic(fmt.Sprintf("op: %s is no activation", n.Name))
}

// fold makes the normalisation of a chain a part of the weights of its head, by
// a factor for each output, and returns the buffers of these and of the bias.
func fold(e *ir.Emitter, n *ir.Node, c ir.Chain) (scale, bias int) {
	bias = e.Param(n.Param("bias"))
	if c.Norm == nil {
		return plan.None, bias
	}
	norm := c.Norm
	k := &kernel.FoldMoments{C: channels(norm.Out), Eps: float32(norm.Attrs.(*BatchNorm).Eps)}
	scale, shift := e.Derived("scale", k.C), e.Derived("shift", k.C)
	e.Derive(k, scale, shift, e.Param(norm.Param("running_mean")), e.Param(norm.Param("running_var")),
		e.Param(norm.Param("weight")), e.Param(norm.Param("bias")), bias)
	return scale, shift
}

// beforeFunction is the gradient of what the function of a chain is applied to.
func beforeFunction(e *ir.Emitter, c ir.Chain) int {
	dy := e.Gradient(c.Out)
	if c.Function == nil {
		return dy
	}
	k := &kernel.ActivationBackward{Fn: function(c), Len: e.Len(dy)}
	dx := e.Temp("d_"+c.Function.Name, plan.F32, ir.Storage(e.Batch, c.Out.Shape)...)
	e.Step(k, dx, dy, e.Value(c.Out))
	return dx
}
