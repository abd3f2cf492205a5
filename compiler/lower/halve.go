package lower

import (
	"slices"

	"github.com/netc-lang/netc/runtime/kernel"
	"github.com/netc-lang/netc/runtime/plan"
)

// halve makes a training plan one in bf16: each kernel that has a form for bf16
// gives way to it, and activations and their gradients are stored in bf16 where
// that form wants them so. What other kernels read and write stays float32, and
// conversions are put in between. It runs before memory is placed.
//
// A buffer is stored as most of its uses want it, in bf16 if as many do: an
// activation of a network of convolutions, normalisations and rectifiers never
// becomes float32. A use that wants the other type gets a copy, which serves
// the uses after it too until the buffer is written again.
func halve(p *plan.Plan) {
	forms(p)
	h := halver{p: p, copies: map[int]copied{}}
	h.store()
	steps := p.Steps
	p.Steps = make([]plan.Step, 0, len(steps))
	for _, s := range steps {
		h.step(s)
	}
}

// forms replaces kernels by their forms for bf16. Weights are packed for the
// kernels that read them: either both have a form or neither is replaced.
func forms(p *plan.Plan) {
	form := make([]plan.Kernel, len(p.Steps))
	for i, s := range p.Steps {
		if k, ok := s.Kernel.(kernel.Halver); ok {
			form[i] = k.BF16(func(operand int) bool { return s.Args[operand] != plan.None })
		}
	}
	for i, s := range p.Steps {
		if s.Phase != plan.Pack {
			continue
		}
		readers := readersOf(p, i)
		together := form[i] != nil
		for _, r := range readers {
			together = together && form[r] != nil
		}
		if !together {
			for _, r := range append(readers, i) {
				form[r] = nil
			}
		}
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; form[i] != nil {
			s.Kernel = form[i]
			s.Args = slices.Clone(s.Args[:len(form[i].Operands())])
		}
	}
}

// readersOf is the other steps that use what a step packs.
func readersOf(p *plan.Plan, packs int) []int {
	var list []int
	for i, s := range p.Steps {
		if i != packs && slices.Contains(s.Args, p.Steps[packs].Args[0]) {
			list = append(list, i)
		}
	}
	return list
}

// halver puts conversions into a plan.
type halver struct {
	p      *plan.Plan
	copies map[int]copied // by root buffer
}

// copied is a copy of a buffer in the other type that is up to date.
type copied struct {
	buf   int
	phase plan.Phase // in which it was made
}

// serves says that a use in a phase may read the copy. One in float32 does not
// stay in memory from the forward to the backward sweep.
func (h *halver) serves(c copied, o plan.Operand, in plan.Phase) bool {
	return h.p.Bufs[c.buf].Len() == o.Len && (o.DType == plan.BF16 || c.phase == in)
}

// uses is how a buffer and those that share its memory are used.
type uses struct {
	half, wide int
	padded     bool // one wants pixels in pairs of channels, and they are not
	length     int  // of the operands that it is, if all agree
	agree      bool // all want the same type and length
	dtype      plan.DType
}

// store chooses the type of each buffer of the arena. Where all uses agree on a
// length of their own, such as packed weights have, the buffer gets it.
func (h *halver) store() {
	p := h.p
	all := map[int]*uses{}
	for _, s := range p.Steps {
		for i, o := range s.Kernel.Operands() {
			a := s.Args[i]
			if a == plan.None {
				continue
			}
			u := all[root(p, a)]
			if u == nil {
				u = &uses{length: o.Len, dtype: o.DType, agree: true}
				all[root(p, a)] = u
			}
			u.agree = u.agree && u.length == o.Len && u.dtype == o.DType
			switch {
			case o.DType == plan.BF16 && o.Len == p.Bufs[a].Len():
				u.half++
			case o.DType == plan.BF16:
				u.padded = true
			case o.DType == plan.F32:
				u.wide++
			}
		}
	}
	fixed := map[int]bool{}
	for _, port := range slices.Concat(p.Inputs, p.Outputs) {
		fixed[root(p, port.Buf)] = true
	}
	for i := range p.Bufs {
		r := root(p, i)
		u, b := all[r], &p.Bufs[i]
		if u == nil || p.Bufs[r].Region != plan.Arena || fixed[r] || b.DType != plan.F32 {
			continue
		}
		if u.agree && b.Len() != u.length {
			b.Shape = []int{u.length}
		}
		if u.agree && u.dtype == plan.BF16 || u.half > 0 && u.half >= u.wide && !u.padded {
			b.DType = plan.BF16
		}
	}
}

// step adds a step, and conversions of what it reads before it and of what it
// writes after it.
func (h *halver) step(s plan.Step) {
	var after []plan.Step
	s.Args = slices.Clone(s.Args)
	for i, o := range s.Kernel.Operands() {
		a := s.Args[i]
		if a == plan.None {
			continue
		}
		r := root(h.p, a)
		if h.p.Bufs[a].DType == o.DType {
			if o.Access != plan.Read {
				delete(h.copies, r)
			}
			continue
		}
		if o.Access == plan.Read {
			if have, ok := h.copies[r]; ok && h.serves(have, o, s.Phase) {
				s.Args[i] = have.buf
				continue
			}
		}
		other := h.copy(a, o)
		s.Args[i] = other
		in, out := h.conversion(s, other, a), h.conversion(s, a, other)
		if o.Access != plan.Write {
			h.p.Steps = append(h.p.Steps, in)
		}
		if o.Access != plan.Read {
			after = append(after, out)
			delete(h.copies, r)
		} else if h.p.Bufs[a].Len() == h.p.Bufs[r].Len() {
			h.copies[r] = copied{other, s.Phase}
		}
	}
	h.p.Steps = append(h.p.Steps, s)
	h.p.Steps = append(h.p.Steps, after...)
}

// copy is a new buffer for an operand in the place of buffer a.
func (h *halver) copy(a int, o plan.Operand) int {
	b := h.p.Bufs[a]
	c := plan.Buf{Name: b.Name + " " + o.DType.String(), DType: o.DType, Region: plan.Arena, Shape: slices.Clone(b.Shape), Alias: plan.None}
	if c.Len() != o.Len { // pixels in pairs of channels
		c.Shape[len(c.Shape)-1]++
	}
	h.p.Bufs = append(h.p.Bufs, c)
	return len(h.p.Bufs) - 1
}

// conversion is the step that sets buffer to from buffer from.
func (h *halver) conversion(s plan.Step, to, from int) plan.Step {
	c := plan.Step{Layer: s.Layer, Phase: s.Phase, Args: []int{to, from}}
	src := &h.p.Bufs[from]
	if src.DType == plan.BF16 {
		c.Kernel = &kernel.Widen{Len: src.Len()}
		return c
	}
	channels := src.Len()
	if h.p.Bufs[to].Len() != src.Len() {
		channels = src.Shape[len(src.Shape)-1]
	}
	c.Kernel = &kernel.Narrow{Rows: src.Len() / channels, C: channels}
	return c
}
