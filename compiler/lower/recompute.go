package lower

import (
	"fmt"
	"slices"

	"github.com/netc-lang/netc/runtime/plan"
)

// What the forward steps leave for the backward sweep fills most of a training
// plan's memory. Such a value can be dropped after its last use in the forward
// steps and made again by the same kernels from the same operands when the sweep
// first asks for it, which gives the same bits: kernels are functions of their
// operands, and random numbers among them of a counter.
//
// This file finds what can be made again and rewrites a plan that is not placed
// yet; limit.go chooses.

// unit is buffers that the same forward steps make, and so only together.
type unit struct {
	bufs  []int // owners of their memory
	views []int // the same, and what lies in their memory
	steps []int // the steps that write them, in order
	cost  int64 // of the steps, in the unit of stepCost
	words int   // of those that the sweep reads
	cheap bool  // no step multiplies matrices

	replay bool // the steps can run again: they change nothing that outlives them
	worth  bool // and while nothing reads the buffers their memory can serve others
}

// replayer makes plans in which chosen units are made again.
type replayer struct {
	p           *plan.Plan
	sweep       int           // the first backward step
	used        [][]use       // by step
	root        []int         // by buffer, the owner of its memory
	unit        []int         // by owner, the unit it is in; None for what the sweep makes
	first, last []int         // by owner, the steps that use it; outputs are used to the end
	writes      map[int][]int // by owner outside the arena, the steps that write it
	units       []unit
}

func newReplayer(p *plan.Plan) *replayer {
	n := len(p.Bufs)
	r := &replayer{
		p: p, sweep: len(p.Steps), root: make([]int, n), unit: make([]int, n),
		first: make([]int, n), last: make([]int, n), writes: map[int][]int{},
	}
	if i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Phase == plan.Backward }); i >= 0 {
		r.sweep = i
	}
	for b := range p.Bufs {
		r.root[b], r.unit[b], r.first[b], r.last[b] = root(p, b), plan.None, len(p.Steps), -1
	}
	for i := range p.Steps {
		var list []use
		for j, o := range p.Steps[i].Kernel.Operands() {
			if a := p.Steps[i].Args[j]; a != plan.None {
				list = append(list, use{r.root[a], o.Access})
			}
		}
		r.used = append(r.used, list)
	}
	r.group()
	for u := range r.units {
		r.judge(&r.units[u])
	}
	return r
}

// use is what a step does to a buffer, by its owner.
type use struct {
	owner  int
	access plan.Access
}

// group finds the units, and who uses what when.
func (r *replayer) group() {
	leader := make([]int, len(r.p.Bufs)) // by owner, towards the first of its unit
	for b := range leader {
		leader[b] = b
	}
	find := func(b int) int {
		for leader[b] != b {
			b = leader[b]
		}
		return b
	}
	for i, list := range r.used {
		made := plan.None
		for _, x := range list {
			b := x.owner
			r.first[b], r.last[b] = min(r.first[b], i), max(r.last[b], i)
			switch {
			case x.access == plan.Read:
			case r.p.Bufs[b].Region != plan.Arena:
				r.writes[b] = append(r.writes[b], i)
			case i < r.sweep && made == plan.None:
				made = find(b)
			case i < r.sweep:
				leader[find(b)] = made
			}
		}
	}
	for i, list := range r.used[:r.sweep] {
		for _, x := range list {
			b := x.owner
			if x.access == plan.Read || r.p.Bufs[b].Region != plan.Arena {
				continue
			}
			l := find(b)
			if r.unit[l] == plan.None {
				r.unit[l] = len(r.units)
				r.units = append(r.units, unit{})
			}
			u := &r.units[r.unit[l]]
			if r.unit[b] = r.unit[l]; !slices.Contains(u.bufs, b) {
				u.bufs = append(u.bufs, b)
			}
			if n := len(u.steps); n == 0 || u.steps[n-1] != i {
				u.steps = append(u.steps, i)
			}
		}
	}
	for b, owner := range r.root {
		if u := r.unit[owner]; u != plan.None {
			r.units[u].views = append(r.units[u].views, b)
		}
	}
	for _, o := range r.p.Outputs {
		r.last[r.root[o.Buf]] = len(r.p.Steps)
	}
}

// judge says whether a unit can be made again, and what that costs and gains.
func (r *replayer) judge(u *unit) {
	u.replay, u.cheap = true, true
	for _, i := range u.steps {
		s := &r.p.Steps[i]
		u.cost += stepCost(s)
		u.cheap = u.cheap && s.MACs == 0
		if s.Phase != plan.Forward && s.Phase != plan.Pack {
			u.replay = false
		}
		for _, x := range r.used[i] {
			if x.access != plan.Read && r.p.Bufs[x.owner].Region != plan.Arena {
				u.replay = false // such as running statistics
			}
		}
	}
	idle, output := false, false
	for _, b := range u.bufs {
		uses := r.uses(b)
		if r.last[b] >= r.sweep {
			u.words += align(r.p.Bufs[b].Words())
		}
		output = output || r.last[b] == len(r.p.Steps)
		final := plan.None // the last step that writes it
		for _, i := range uses {
			if r.writesTo(i, b) {
				final = i
			}
		}
		for at, i := range uses {
			if i < final && !slices.Contains(u.steps, i) || i >= r.sweep && r.writesTo(i, b) {
				u.replay = false // it has had several values
			}
			if i >= r.sweep && (at == 0 || i-uses[at-1] > 1) {
				idle = true
			}
		}
	}
	u.worth = u.replay && idle && !output && u.words > 0
}

// uses is the steps that use a buffer or a view of it.
func (r *replayer) uses(owner int) []int {
	var list []int
	for i := r.first[owner]; i <= min(r.last[owner], len(r.p.Steps)-1); i++ {
		if slices.ContainsFunc(r.used[i], func(x use) bool { return x.owner == owner }) {
			list = append(list, i)
		}
	}
	return list
}

func (r *replayer) writesTo(step, owner int) bool {
	return slices.ContainsFunc(r.used[step], func(x use) bool { return x.owner == owner && x.access != plan.Read })
}

// stepCost estimates the time of a step by its multiplications and the words
// that it moves. A word from memory takes about the time of 16 multiplications.
func stepCost(s *plan.Step) int64 {
	words := int64(0)
	for i, o := range s.Kernel.Operands() {
		if s.Args[i] != plan.None {
			words += int64(o.Len)
		}
	}
	return s.MACs + 16*words
}

// replayed is a plan under construction in which units are made again.
type replayed struct {
	*replayer
	drop    []bool
	passing bool // cheap units are made afresh for others to be made of, and not kept
	out     *plan.Plan
	copy    []int   // by buffer, what holds it when it has been made again
	done    []state // by unit
	fresh   []int   // by unit, the step of the sweep for which it was made in passing
	now     int     // the step of the sweep that is next
	cost    int64   // of what is made again
}

type state uint8

const (
	undone state = iota
	doing
	done
)

// plan is the plan in which the units given are dropped and made again, and the
// cost of that. Cheap ones that others are made of are kept for the sweep or, in
// passing, made once more for it. It fails where a unit cannot be made from what
// is still there.
func (r *replayer) plan(drop []bool, passing bool) (*plan.Plan, int64, error) {
	out := *r.p
	out.Bufs = append(make([]plan.Buf, 0, 2*len(r.p.Bufs)), r.p.Bufs...)
	out.Steps = append(make([]plan.Step, 0, 2*len(r.p.Steps)), r.p.Steps[:r.sweep]...)
	b := &replayed{
		replayer: r, drop: drop, passing: passing, out: &out,
		copy: slices.Repeat([]int{plan.None}, len(r.p.Bufs)), done: make([]state, len(r.units)),
		fresh: slices.Repeat([]int{plan.None}, len(r.units)),
	}
	for i := r.sweep; i < len(r.p.Steps); i++ {
		if b.now = i; i == r.p.Tail {
			out.Tail = len(out.Steps)
		}
		s := r.p.Steps[i]
		s.Args = slices.Clone(s.Args)
		for j, a := range s.Args {
			if a == plan.None {
				continue
			}
			u := r.unit[r.root[a]]
			if u == plan.None || !drop[u] && b.done[u] != done {
				continue
			}
			if err := b.again(u); err != nil {
				return nil, 0, err
			}
			b.done[u] = done
			s.Args[j] = b.copied(a)
		}
		out.Steps = append(out.Steps, s)
	}
	if r.p.Tail == len(r.p.Steps) {
		out.Tail = len(out.Steps)
	}
	return &out, b.cost, nil
}

// again emits the steps of a unit on new buffers, after those of what it needs,
// unless it is there.
func (b *replayed) again(u int) error {
	switch {
	case b.done[u] == done || b.fresh[u] == b.now:
		return nil
	case b.done[u] == doing:
		return fmt.Errorf("%s is needed to make itself", b.p.Bufs[b.units[u].bufs[0]].Name)
	}
	b.done[u] = doing
	for _, a := range b.units[u].views {
		b.copy[a] = plan.None
	}
	for _, i := range b.units[u].steps {
		s := b.p.Steps[i]
		s.Phase, s.Args = plan.Recompute, slices.Clone(s.Args)
		for j, a := range s.Args {
			if a == plan.None {
				continue
			}
			var err error
			if s.Args[j], err = b.operand(u, i, a); err != nil {
				return err
			}
		}
		b.out.Steps = append(b.out.Steps, s)
		b.cost += stepCost(&s)
	}
	b.done[u], b.fresh[u] = done, b.now
	if b.passing && b.units[u].cheap {
		b.done[u] = undone // unless the sweep asks for it now
	}
	return nil
}

// operand is the buffer that stands for a when step i of a unit runs again.
func (b *replayed) operand(u, i, a int) (int, error) {
	owner := b.root[a]
	v := b.unit[owner]
	switch {
	case b.p.Bufs[owner].Region != plan.Arena:
		for _, w := range b.writes[owner] {
			if i < w && w < b.now {
				return a, fmt.Errorf("%s has changed since", b.p.Bufs[owner].Name)
			}
		}
		return a, nil
	case v == u:
		return b.copied(a), nil
	case v == plan.None:
		return a, nil
	case b.done[v] != done && !b.drop[v] && (b.last[owner] >= b.sweep || !b.units[v].replay):
		return a, nil // still there, or kept for this
	}
	if err := b.again(v); err != nil {
		return a, err
	}
	return b.copied(a), nil
}

// copied is the buffer that stands for a, or the view of it, from now on.
func (b *replayed) copied(a int) int {
	if b.copy[a] == plan.None {
		buf := b.p.Bufs[a]
		buf.Name += ".again"
		if buf.Alias != plan.None {
			buf.Alias = b.copied(buf.Alias)
		}
		b.out.Bufs = append(b.out.Bufs, buf)
		b.copy[a] = len(b.out.Bufs) - 1
	}
	return b.copy[a]
}
