package interp

import (
	"math"

	"github.com/netc-lang/netc/runtime/plan"
)

// Fault is the first number of a run that is not finite.
type Fault struct {
	Layer  string // whose step wrote it; empty for an input
	Phase  plan.Phase
	Buffer string // "conv1", "conv1.weight"
	Image  int    // of the batch; -1 where the buffer does not hold one after the other
	Value  float32
}

// Trace is Run, but looks at the inputs first and then at what every step writes.
// It ends with the first number that is not finite, and leaves the rest undone;
// nil means that there was none, and that the run is complete. Memory that means
// something to a single kernel is not looked at.
func (b *Bound) Trace() *Fault {
	for _, port := range b.plan.Inputs {
		if f := b.fault(port.Buf); f != nil {
			return f
		}
	}
	b.prepare()
	for i := range b.due() {
		c, s := &b.steps[i], &b.plan.Steps[i]
		c.kernel.Call(b.m.pool, c.args)
		operands := s.Kernel.Operands()
		for j, a := range s.Args {
			if a == plan.None || operands[j].Access == plan.Read || s.Phase == plan.Pack {
				continue // packed weights show in what they are used for
			}
			if f := b.fault(a); f != nil {
				f.Layer, f.Phase = s.Layer, s.Phase
				b.part = 0
				return f
			}
		}
	}
	b.finish()
	return nil
}

// fault looks at a buffer.
func (b *Bound) fault(buf int) *Fault {
	p := &b.plan.Bufs[buf]
	values := b.views[buf].F32
	if p.Work || len(values) == 0 {
		return nil
	}
	for i, v := range values {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			f := &Fault{Buffer: p.Name, Image: -1, Value: v}
			divided := p.Region == plan.Arena || p.Region == plan.Input
			if divided && len(p.Shape) > 1 && p.Shape[0] == b.plan.Batch {
				f.Image = i / (len(values) / b.plan.Batch)
			}
			return f
		}
	}
	return nil
}
