package lower

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netc-lang/netc/runtime/plan"
)

// maxWords bounds a region: beyond 2⁴⁰ words no machine has the memory.
const maxWords = 1 << 40

// prune drops the persistent tensors that no step of the plan reads or writes,
// so that an inference plan does not list optimizer state.
func prune(p *plan.Plan) {
	used := make([]bool, len(p.Bufs))
	mark := func(b int) {
		for b != plan.None {
			used[b] = true
			b = p.Bufs[b].Alias
		}
	}
	for _, s := range slices.Concat(p.Setup, p.Steps) {
		for _, b := range s.Args {
			mark(b)
		}
	}
	for _, port := range slices.Concat(p.Inputs, p.Outputs) {
		mark(port.Buf)
	}
	index := make([]int, len(p.Bufs))
	kept := p.Bufs[:0]
	for i, b := range p.Bufs {
		index[i] = plan.None
		if used[i] {
			index[i] = len(kept)
			kept = append(kept, b)
		}
	}
	p.Bufs = kept
	renumber := func(b int) int {
		if b == plan.None {
			return b
		}
		return index[b]
	}
	for i := range p.Bufs {
		p.Bufs[i].Alias = renumber(p.Bufs[i].Alias)
	}
	for _, steps := range [][]plan.Step{p.Setup, p.Steps} {
		for _, s := range steps {
			for i, b := range s.Args {
				s.Args[i] = renumber(b)
			}
		}
	}
	for _, ports := range [][]plan.Port{p.Inputs, p.Outputs} {
		for i := range ports {
			ports[i].Buf = renumber(ports[i].Buf)
		}
	}
}

// lifetime is the steps during which a buffer of the arena holds something.
type lifetime struct {
	buf         int
	first, last int
	words       int
}

// place gives every buffer its offset: arena buffers by lifetime, so that those
// never alive together share memory; the others one after another.
func place(p *plan.Plan) error {
	for _, s := range slices.Concat(p.Setup, p.Steps) {
		if k, ok := s.Kernel.(plan.Scratcher); ok {
			p.Scratch = max(p.Scratch, k.Scratch())
		}
	}
	for i := range p.Bufs {
		b := &p.Bufs[i]
		if b.Alias != plan.None || b.Region != plan.Input && b.Region != plan.Packed {
			continue
		}
		b.Offset = p.Words[b.Region]
		p.Words[b.Region] = align(b.Offset + b.Words())
	}
	inPlace(p)
	lives := lifetimes(p)
	// Large buffers first: they are hardest to fit in between.
	slices.SortStableFunc(lives, func(a, b lifetime) int { return cmp.Compare(b.words, a.words) })
	var placed []lifetime // by offset
	for _, l := range lives {
		offset := 0
		for _, o := range placed {
			if o.last < l.first || l.last < o.first {
				continue
			}
			start := p.Bufs[o.buf].Offset
			if offset+l.words <= start {
				break
			}
			offset = max(offset, start+o.words)
		}
		p.Bufs[l.buf].Offset = offset
		p.Words[plan.Arena] = max(p.Words[plan.Arena], offset+l.words)
		at, _ := slices.BinarySearchFunc(placed, offset, func(o lifetime, offset int) int {
			return cmp.Compare(p.Bufs[o.buf].Offset, offset)
		})
		placed = slices.Insert(placed, at, l)
	}
	settle(p)
	for r, words := range p.Words {
		if words < 0 || words > maxWords {
			return fmt.Errorf("the %s of plan %s would take %d GiB; reduce the batch or the input's size",
				plan.Region(r), p.Name, words>>28)
		}
	}
	return nil
}

// settle gives every alias its offset in the region; before, it is the distance
// from what it is an alias of.
func settle(p *plan.Plan) {
	from := make([]int, len(p.Bufs))
	for i := range p.Bufs {
		for b := i; p.Bufs[b].Alias != plan.None; b = p.Bufs[b].Alias {
			from[i] += p.Bufs[b].Offset
		}
	}
	for i := range p.Bufs {
		if p.Bufs[i].Alias != plan.None {
			p.Bufs[i].Offset = from[i] + p.Bufs[root(p, i)].Offset
		}
	}
}

// inPlace lets a result take over the memory of an operand that nothing reads
// afterwards, where the kernel allows it.
func inPlace(p *plan.Plan) {
	first, last := make([]int, len(p.Bufs)), make([]int, len(p.Bufs))
	for _, l := range lifetimes(p) {
		first[l.buf], last[l.buf] = l.first, l.last
	}
	for i, s := range p.Steps {
		k, ok := s.Kernel.(plan.InPlacer)
		if !ok {
			continue
		}
		d, o := k.InPlace()
		if s.Args[d] == plan.None || s.Args[o] == plan.None {
			continue
		}
		dst, src := s.Args[d], root(p, s.Args[o])
		b := &p.Bufs[dst]
		if b.Region != plan.Arena || p.Bufs[src].Region != plan.Arena || b.Alias != plan.None ||
			b.Words() != p.Bufs[src].Words() || first[dst] != i || last[src] != i || reads(p, s, o, src) {
			continue
		}
		b.Alias = src
		last[src] = last[dst]
	}
}

// reads says that a step reads a buffer as another operand than o too.
func reads(p *plan.Plan, s plan.Step, o, buf int) bool {
	for i, a := range s.Args {
		if i != o && a != plan.None && root(p, a) == buf {
			return true
		}
	}
	return false
}

// lifetimes returns the arena buffers that own memory, with the steps from
// their first write to their last use, aliases included.
func lifetimes(p *plan.Plan) []lifetime {
	index := make([]int, len(p.Bufs)) // by buffer, its place among lives and one more
	var lives []lifetime
	touch := func(b, step int) {
		b = root(p, b)
		if p.Bufs[b].Region != plan.Arena {
			return
		}
		if index[b] == 0 {
			lives = append(lives, lifetime{buf: b, first: step, words: align(p.Bufs[b].Words())})
			index[b] = len(lives)
		}
		lives[index[b]-1].last = step
	}
	for i, s := range p.Steps {
		for _, b := range s.Args {
			if b != plan.None {
				touch(b, i)
			}
		}
	}
	for _, o := range p.Outputs {
		touch(o.Buf, len(p.Steps))
	}
	return lives
}

// root is the buffer that owns the memory of a buffer.
func root(p *plan.Plan, b int) int {
	for p.Bufs[b].Alias != plan.None {
		b = p.Bufs[b].Alias
	}
	return b
}
