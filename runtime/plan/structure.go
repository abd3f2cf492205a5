package plan

import (
	"errors"
	"fmt"
)

// maxWords bounds a buffer, so that sizes and offsets cannot overflow.
const maxWords = 1 << 46

// checkBufs checks types, regions, places and aliases.
func (p *Plan) checkBufs() error {
	for i := range p.Bufs {
		b := &p.Bufs[i]
		if b.Name == "" {
			return fmt.Errorf("buffer %d: no name", i)
		}
		if b.Region >= NumRegions {
			return fmt.Errorf("buffer %s: region %d; expected one below %d", b.Name, b.Region, NumRegions)
		}
		err := b.checkPlace(p.Words[b.Region])
		if err == nil && b.Alias != None {
			err = p.checkAlias(b)
		}
		if err != nil {
			return fmt.Errorf("buffer %s: %w", b.Name, err)
		}
	}
	for i := range p.Bufs {
		if p.root(i) == None {
			return fmt.Errorf("buffer %s: its aliases lead back to itself", p.Bufs[i].Name)
		}
	}
	return nil
}

// checkPlace checks that b is a well-formed buffer inside a region of the
// given size.
func (b *Buf) checkPlace(words int) error {
	if b.DType >= numDTypes {
		return fmt.Errorf("element type %d; expected f32 (0), i32 (1), i64 (2) or bf16 (3)", b.DType)
	}
	n := 1
	for _, d := range b.Shape {
		if d < 1 {
			return fmt.Errorf("shape %s: dimension %d; expected at least 1", shape(b.Shape), d)
		}
		if d > maxWords/n/max(1, b.DType.Words(1)) {
			return fmt.Errorf("shape %s: more than %d words", shape(b.Shape), maxWords)
		}
		n *= d
	}
	if b.DType == BF16 && n%2 != 0 {
		return fmt.Errorf("%d elements; expected an even number of type bf16", n)
	}
	n = b.DType.Words(n)
	if b.Alias == None && b.Offset%Align != 0 {
		return fmt.Errorf("offset %d; expected a multiple of %d words", b.Offset, Align)
	}
	if b.Offset < 0 || b.Offset > maxWords || b.Offset+n > words {
		return fmt.Errorf("words %d to %d of region %s, which has %d", b.Offset, b.Offset+n, b.Region, words)
	}
	return nil
}

func (p *Plan) checkAlias(b *Buf) error {
	if b.Alias < 0 || b.Alias >= len(p.Bufs) {
		return fmt.Errorf("alias of buffer %d; expected one below %d", b.Alias, len(p.Bufs))
	}
	of := &p.Bufs[b.Alias]
	if b.DType != of.DType || b.Region != of.Region {
		return fmt.Errorf("alias of type %s in region %s; expected type %s and region %s of buffer %s", b.DType, b.Region, of.DType, of.Region, of.Name)
	}
	if e, in := b.extent(), of.extent(); e.from < in.from || e.to > in.to {
		return fmt.Errorf("alias of words %d to %d; expected them within %d to %d of buffer %s", e.from, e.to, in.from, in.to, of.Name)
	}
	if unit := max(1, b.DType.Words(1)); b.Offset%unit != 0 {
		return fmt.Errorf("offset %d; expected a multiple of %d words for type %s", b.Offset, unit, b.DType)
	}
	return nil
}

// checkPorts checks that inputs and outputs have names and fitting buffers,
// and that every input buffer can be filled.
func (p *Plan) checkPorts() error {
	filled := map[int]bool{}
	for _, list := range []struct {
		name  string
		ports []Port
	}{{"input", p.Inputs}, {"output", p.Outputs}} {
		named := map[string]bool{}
		for _, port := range list.ports {
			if port.Name == "" || named[port.Name] {
				return fmt.Errorf("%s %q: empty name or one used twice", list.name, port.Name)
			}
			named[port.Name] = true
			if port.Buf < 0 || port.Buf >= len(p.Bufs) {
				return fmt.Errorf("%s %s: buffer %d; expected one from 0 to %d", list.name, port.Name, port.Buf, len(p.Bufs)-1)
			}
			b := &p.Bufs[port.Buf]
			if list.name == "input" && b.Region != Input {
				return fmt.Errorf("input %s: buffer %s is in region %s; expected input", port.Name, b.Name, b.Region)
			}
			filled[p.root(port.Buf)] = true
		}
	}
	for i := range p.Bufs {
		if b := &p.Bufs[i]; b.Region == Input && !filled[p.root(i)] {
			return fmt.Errorf("buffer %s: in region input, but no input port fills it", b.Name)
		}
	}
	return nil
}

// checkStep checks the arguments of a step against its kernel's operands.
func (p *Plan) checkStep(s *Step) error {
	if s.Kernel == nil {
		return errors.New("no kernel")
	}
	if s.Phase > Initialise {
		return fmt.Errorf("phase %d; expected one up to %d", s.Phase, Initialise)
	}
	ops := s.Kernel.Operands()
	if len(s.Args) != len(ops) {
		return fmt.Errorf("%d arguments; expected %d", len(s.Args), len(ops))
	}
	for i, a := range s.Args {
		op := &ops[i]
		if a == None {
			if !op.Optional {
				return fmt.Errorf("operand %s: absent; expected a buffer, since it is not optional", op.Name)
			}
			continue
		}
		if a < 0 || a >= len(p.Bufs) {
			return fmt.Errorf("operand %s: buffer %d; expected one from 0 to %d", op.Name, a, len(p.Bufs)-1)
		}
		b := &p.Bufs[a]
		if b.DType != op.DType || b.Len() != op.Len {
			return fmt.Errorf("operand %s: buffer %s has %d %s (%s); expected %d %s", op.Name, b.Name, b.Len(), b.DType, shape(b.Shape), op.Len, op.DType)
		}
	}
	if err := p.checkSharing(s, ops); err != nil {
		return err
	}
	if k, ok := s.Kernel.(Scratcher); ok && k.Scratch() > p.Scratch {
		return fmt.Errorf("kernel needs %d words of scratch; the plan reserves %d", k.Scratch(), p.Scratch)
	}
	return nil
}

// checkSharing checks that no operand is written over another of the same step
// unless the kernel allows it. Operands that share memory only in part are
// slices of a joined buffer and have no element in common.
func (p *Plan) checkSharing(s *Step, ops []Operand) error {
	dst, src := None, None
	if k, ok := s.Kernel.(InPlacer); ok {
		dst, src = k.InPlace()
	}
	for i, a := range s.Args {
		if a == None || ops[i].Access == Read {
			continue
		}
		for j, b := range s.Args {
			if i == j || b == None || !p.samePlace(a, b) {
				continue
			}
			if i == dst && ops[j].Access == Read && p.samePlace(b, s.Args[src]) {
				continue
			}
			return fmt.Errorf("operand %s: writes buffer %s over %s of operand %s; the kernel allows no such sharing", ops[i].Name, p.Bufs[a].Name, p.Bufs[b].Name, ops[j].Name)
		}
	}
	return nil
}

// samePlace says whether two buffers are the same memory from start to end.
func (p *Plan) samePlace(a, b int) bool {
	return b != None && p.root(a) == p.root(b) && p.Bufs[a].extent() == p.Bufs[b].extent()
}

// where names a step: "step 12 (conv1, *kernel.Conv)".
func (s *Step) where(list string, i int) string {
	return fmt.Sprintf("%s %d (%s, %s)", list, i, s.Layer, kernelName(s.Kernel))
}

// root is the buffer that owns the memory of buffer i, or None where the chain
// of aliases never ends.
func (p *Plan) root(i int) int {
	for range p.Bufs {
		if p.Bufs[i].Alias == None {
			return i
		}
		i = p.Bufs[i].Alias
	}
	return None
}
