package plan

import (
	"fmt"
	"sort"
)

// Verify checks every invariant of a program: each plan by itself, the tensors
// against their regions, and the plans against the tensors and each other. It
// returns the first broken one, or nil.
func Verify(g *Program) error {
	if g.Init == nil {
		return fmt.Errorf("program %s: no init plan; expected one that sets every tensor", g.Model)
	}
	if g.Train == nil && g.Infer == nil {
		return fmt.Errorf("program %s: neither a training nor an inference plan; expected at least one", g.Model)
	}
	if err := g.checkTensors(); err != nil {
		return fmt.Errorf("program %s: %w", g.Model, err)
	}
	for _, it := range []struct {
		p    *Plan
		role role
	}{{g.Init, initRole}, {g.Train, trainRole}, {g.Infer, inferRole}} {
		if it.p == nil {
			continue
		}
		if err := g.checkPlan(it.p, it.role); err != nil {
			return fmt.Errorf("program %s: plan %s: %w", g.Model, it.p.Name, err)
		}
	}
	return nil
}

// Words is the number of words a region shared by the plans needs: the most
// that any of them asks for.
func (g *Program) Words(r Region) int {
	n := 0
	for _, p := range []*Plan{g.Init, g.Train, g.Infer} {
		if p != nil {
			n = max(n, p.Words[r])
		}
	}
	return n
}

// checkTensors checks names, places and regions of the tensors.
func (g *Program) checkTensors() error {
	named := map[string]bool{}
	for i := range g.Tensors {
		t := &g.Tensors[i]
		switch {
		case t.Name == "":
			return fmt.Errorf("tensor %d: no name", i)
		case named[t.Name]:
			return fmt.Errorf("tensor %s: name used twice", t.Name)
		case t.Kind > Average:
			return fmt.Errorf("tensor %s: kind %d; expected param, buffer, moment, count or average", t.Name, t.Kind)
		case t.Region != Weights && t.Region != State:
			return fmt.Errorf("tensor %s: in region %d; expected weights (%d) or state (%d)", t.Name, t.Region, Weights, State)
		case t.Kind == Param && t.Region != Weights, (t.Kind == Moment || t.Kind == Average) && t.Region != State:
			return fmt.Errorf("tensor %s: a %s in region %s; params belong to weights, moments and averages to state", t.Name, t.Kind, t.Region)
		}
		named[t.Name] = true
		b := t.buf()
		if err := b.checkPlace(g.Words(t.Region)); err != nil {
			return fmt.Errorf("tensor %s: %w", t.Name, err)
		}
	}
	for _, r := range []Region{Weights, State} {
		if err := g.checkCovered(r); err != nil {
			return err
		}
	}
	return nil
}

// checkCovered checks that the tensors of a region neither overlap nor leave
// out a line of it: what is in no tensor would be in no checkpoint.
func (g *Program) checkCovered(r Region) error {
	var in []*Tensor
	for i := range g.Tensors {
		if g.Tensors[i].Region == r {
			in = append(in, &g.Tensors[i])
		}
	}
	sort.SliceStable(in, func(i, j int) bool { return in[i].Offset < in[j].Offset })
	end, last := 0, "the start"
	for _, t := range in {
		if t.Offset < end {
			return fmt.Errorf("tensors %s and %s overlap in region %s: one ends at word %d, the other starts at %d", last, t.Name, r, end, t.Offset)
		}
		if free := t.Offset - roundUp(end); free > 0 {
			return fmt.Errorf("region %s: %d words between %s and tensor %s belong to no tensor", r, free, last, t.Name)
		}
		b := t.buf()
		end, last = t.Offset+b.Words(), t.Name
	}
	if free := g.Words(r) - roundUp(end); free > 0 {
		return fmt.Errorf("region %s: %d words after %s belong to no tensor", r, free, last)
	}
	return nil
}

// checkPlan checks one plan of the program, its tensors included.
func (g *Program) checkPlan(p *Plan, as role) error {
	if as != initRole && p.Batch < 1 {
		return fmt.Errorf("batch is %d; expected at least 1", p.Batch)
	}
	if p.Parts > 1 && (as != trainRole || p.Tail < 0 || p.Tail > len(p.Steps)) {
		return fmt.Errorf("%d parts with a tail from step %d of %d; only a training plan has them, and the tail lies within", p.Parts, p.Tail, len(p.Steps))
	}
	byName := map[string]*Tensor{}
	for i := range g.Tensors {
		byName[g.Tensors[i].Name] = &g.Tensors[i]
	}
	for i := range p.Bufs {
		b := &p.Bufs[i]
		if b.Alias != None || b.Region != Weights && b.Region != State {
			continue
		}
		t := byName[b.Name]
		if t == nil {
			return fmt.Errorf("buffer %s: in region %s, where every buffer must be a tensor of the program; none has this name", b.Name, b.Region)
		}
		if b.Region != t.Region || b.DType != t.DType || b.Offset != t.Offset || b.Len() != t.Len() {
			tb := t.buf()
			return fmt.Errorf("buffer %s: is %s; expected its tensor's %s", b.Name, b.place(), tb.place())
		}
	}
	f, err := p.verify(as)
	if err != nil {
		return err
	}
	for i := range g.Tensors {
		t := &g.Tensors[i]
		tb := t.buf()
		written := f.written[t.Region]
		switch {
		case as == initRole && !written.holds(tb.extent()):
			return fmt.Errorf("tensor %s: no step writes all of it; expected init to set every tensor", t.Name)
		case as == trainRole && t.Frozen && written.meets(tb.extent()):
			return fmt.Errorf("tensor %s: a step writes it, but it is frozen", t.Name)
		}
	}
	return nil
}

// Verify checks what can be checked of a plan without the program it is part
// of, as for a training plan. It returns the first broken invariant, or nil.
func (p *Plan) Verify() error {
	if _, err := p.verify(trainRole); err != nil {
		return fmt.Errorf("plan %s: %w", p.Name, err)
	}
	return nil
}

func (p *Plan) verify(as role) (*flow, error) {
	if err := p.checkBufs(); err != nil {
		return nil, err
	}
	if err := p.checkPorts(); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		name  string
		steps []Step
	}{{"setup step", p.Setup}, {"step", p.Steps}} {
		for i := range list.steps {
			s := &list.steps[i]
			if err := p.checkStep(s); err != nil {
				return nil, fmt.Errorf("%s: %w", s.where(list.name, i), err)
			}
		}
	}
	f := &flow{p: p, as: as}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f, p.checkOverlaps()
}

// buf is the tensor as a buffer.
func (t *Tensor) buf() Buf {
	return Buf{Name: t.Name, DType: t.DType, Region: t.Region, Shape: t.Shape, Offset: t.Offset, Alias: None}
}

// place is what must be the same of a tensor in every plan.
func (b *Buf) place() string {
	return fmt.Sprintf("%d %s at %s+%d", b.Len(), b.DType, b.Region, b.Offset)
}

func roundUp(words int) int { return (words + Align - 1) / Align * Align }
