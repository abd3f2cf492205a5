package plan

import (
	"fmt"
	"slices"
)

// extent is a run of words of one region, end excluded.
type extent struct{ from, to int }

func (b *Buf) extent() extent { return extent{b.Offset, b.Offset + b.Words()} }

func (e extent) meets(o extent) bool { return e.from < o.to && o.from < e.to }

// cover is a set of words: disjoint extents in order, none touching the next.
type cover []extent

// with is the set with the words of e added. It may reuse c's memory.
func (c cover) with(e extent) cover {
	i := 0
	for i < len(c) && c[i].to < e.from {
		i++
	}
	j := i
	for j < len(c) && c[j].from <= e.to {
		e.from, e.to = min(e.from, c[j].from), max(e.to, c[j].to)
		j++
	}
	return slices.Replace(c, i, j, e)
}

// holds says whether every word of e is in the set.
func (c cover) holds(e extent) bool {
	for _, have := range c {
		if have.from <= e.from && e.to <= have.to {
			return true
		}
	}
	return false
}

// meets says whether some word of e is in the set.
func (c cover) meets(e extent) bool {
	for _, have := range c {
		if have.meets(e) {
			return true
		}
	}
	return false
}

// role is which plan of a program is being checked: it decides what the plan
// may write and what it finds written.
type role uint8

const (
	initRole role = iota
	trainRole
	inferRole
)

// finds says whether a region holds valid data before the plan runs.
func (r role) finds(region Region) bool {
	return region == Input || r != initRole && (region == Weights || region == State)
}

// mayWrite says whether steps may write a region; setup says it of setup steps.
func (r role) mayWrite(region Region, setup bool) bool {
	switch region {
	case Arena:
		return true
	case Input:
		return false
	case Packed:
		return r != initRole
	}
	return !setup && r != inferRole
}

// place is the memory of a buffer of the arena.
type place struct {
	root int
	at   extent
}

// flow follows the data of a plan through its steps.
//
// A kernel with a pixel stride writes its channels of a joined buffer through
// an alias that spans the channels of its neighbours between them. The whole
// span counts as written; a joined buffer is then complete only when the last
// of its parts has been written.
type flow struct {
	p       *Plan
	as      role
	arena   []cover           // by root buffer: what this run of steps has written
	writer  map[place]int     // the buffer through which memory of the arena was last set
	written [NumRegions]cover // what Setup and Steps have written, the arena apart
}

func (f *flow) check() error {
	f.arena = make([]cover, len(f.p.Bufs))
	f.writer = map[place]int{}
	if err := f.run("setup step", f.p.Setup); err != nil {
		return err
	}
	clear(f.arena)
	clear(f.writer)
	if err := f.run("step", f.p.Steps); err != nil {
		return err
	}
	for _, out := range f.p.Outputs {
		b := &f.p.Bufs[out.Buf]
		if !f.has(out.Buf) {
			return fmt.Errorf("output %s: no step writes all of buffer %s", out.Name, b.Name)
		}
	}
	return f.checkSetup()
}

// run follows one list of steps.
func (f *flow) run(list string, steps []Step) error {
	wrote := make([]bool, len(f.p.Bufs))
	for i := range steps {
		s := &steps[i]
		ops := s.Kernel.Operands()
		for j, a := range s.Args {
			if a == None || ops[j].Access == Write {
				continue
			}
			b := &f.p.Bufs[a]
			if !f.has(a) {
				return fmt.Errorf("%s: operand %s: reads buffer %s, which no step before it has written whole", s.where(list, i), ops[j].Name, b.Name)
			}
			if w, set := f.writer[f.place(a)]; set && w != a && wrote[a] {
				return fmt.Errorf("%s: operand %s: reads buffer %s, whose memory a step has since written as %s", s.where(list, i), ops[j].Name, b.Name, f.p.Bufs[w].Name)
			}
		}
		for j, a := range s.Args {
			if a == None || ops[j].Access == Read {
				continue
			}
			b := &f.p.Bufs[a]
			if !f.as.mayWrite(b.Region, list != "step") {
				return fmt.Errorf("%s: operand %s: writes buffer %s in region %s, which it must only read", s.where(list, i), ops[j].Name, b.Name, b.Region)
			}
			wrote[a] = true
			f.write(a, ops[j].Access)
		}
	}
	return nil
}

// write notes that a step writes buffer i.
func (f *flow) write(i int, how Access) {
	b := &f.p.Bufs[i]
	if b.Region != Arena {
		f.written[b.Region] = f.written[b.Region].with(b.extent())
		return
	}
	at := f.place(i)
	f.arena[at.root] = f.arena[at.root].with(at.at)
	if how == Write {
		f.writer[at] = i
	}
}

func (f *flow) place(i int) place { return place{f.p.root(i), f.p.Bufs[i].extent()} }

// has says whether all of buffer i holds valid data at this point.
func (f *flow) has(i int) bool {
	b := &f.p.Bufs[i]
	switch {
	case f.as.finds(b.Region):
		return true
	case b.Region == Arena:
		return f.arena[f.p.root(i)].holds(b.extent())
	}
	return f.written[b.Region].holds(b.extent())
}

// checkSetup checks that nothing Setup derives goes stale by the plan's own
// steps: Setup runs again only when the weights changed from outside.
func (f *flow) checkSetup() error {
	for i := range f.p.Setup {
		s := &f.p.Setup[i]
		ops := s.Kernel.Operands()
		for j, a := range s.Args {
			if a == None || ops[j].Access == Write {
				continue
			}
			b := &f.p.Bufs[a]
			if (b.Region == Weights || b.Region == State) && f.written[b.Region].meets(b.extent()) {
				return fmt.Errorf("%s: operand %s: reads buffer %s, which the plan's steps write; do this in a step instead", s.where("setup step", i), ops[j].Name, b.Name)
			}
		}
	}
	return nil
}

// life is when a piece of memory is in use: steps from first to last.
type life struct {
	root        int
	first, last int
}

// checkOverlaps checks that no two buffers share words while both are in use.
// Aliases count as the buffer they share; outputs are in use to the end, and
// buffers outside the arena always.
func (p *Plan) checkOverlaps() error {
	if err := p.checkLives(p.lives(p.Steps, p.Outputs)); err != nil {
		return err
	}
	return p.checkLives(p.lives(p.Setup, nil))
}

// lives is the life of every memory-owning buffer that is used at all, in the
// order of the buffers.
func (p *Plan) lives(steps []Step, outputs []Port) []life {
	all := make([]life, len(p.Bufs))
	for i := range all {
		all[i] = life{root: i, first: len(steps), last: -1}
		if p.Bufs[i].Region != Arena && p.Bufs[i].Alias == None {
			all[i].first, all[i].last = 0, len(steps)
		}
	}
	for i := range steps {
		for _, a := range steps[i].Args {
			if a != None {
				l := &all[p.root(a)]
				l.first, l.last = min(l.first, i), max(l.last, i)
			}
		}
	}
	for _, out := range outputs {
		l := &all[p.root(out.Buf)]
		l.last = len(steps)
	}
	return slices.DeleteFunc(all, func(l life) bool { return l.last < l.first })
}

func (p *Plan) checkLives(lives []life) error {
	slices.SortStableFunc(lives, func(a, b life) int {
		return p.Bufs[a.root].Offset - p.Bufs[b.root].Offset
	})
	for i, l := range lives {
		b := &p.Bufs[l.root]
		for _, m := range lives[i+1:] {
			c := &p.Bufs[m.root]
			if c.Offset >= b.extent().to {
				break
			}
			if b.Region == c.Region && l.first <= m.last && m.first <= l.last {
				return fmt.Errorf("buffers %s (words %d to %d, in use from step %d to %d) and %s (words %d to %d, steps %d to %d) overlap in region %s",
					b.Name, b.Offset, b.extent().to, l.first, l.last, c.Name, c.Offset, c.extent().to, m.first, m.last, b.Region)
			}
		}
	}
	return nil
}
