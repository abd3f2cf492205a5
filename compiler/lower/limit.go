package lower

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/netc-lang/netc/runtime/plan"
)

// wordBytes is the size of the words that plans count memory in.
const wordBytes = 4

// within places a plan so that all its regions together take at most so many
// bytes: as it is where that is enough, and otherwise with values of the forward
// steps dropped and made again, those that cost the least time for the memory
// they free. It fails with a MemoryLimitError where nothing goes below the limit.
func within(p *plan.Plan, limit int64) (*plan.Plan, error) {
	plain := unplaced(p)
	if err := place(plain); err != nil {
		return nil, err
	}
	if planBytes(plain) <= limit {
		return plain, nil
	}
	fixed := planBytes(plain) - wordBytes*int64(plain.Words[plan.Arena])
	s := &search{replayer: newReplayer(p), most: int((limit - fixed) / wordBytes)}
	for i := range p.Steps {
		s.total += stepCost(&p.Steps[i])
	}
	for u := range s.units {
		// What is a thousandth of the whole is not worth a thought.
		if s.units[u].worth && s.units[u].words > plain.Words[plan.Arena]/1024 {
			s.candidates = append(s.candidates, u)
		}
	}
	if best := s.run(); best != nil {
		return best.placed, nil
	}
	least := s.floor(plain)
	if planBytes(least) <= limit {
		return least, nil
	}
	return nil, newMemoryLimitError(limit, least)
}

// floor is the plan of the least memory that the search finds with any limit
// below that of the plan as it is. It does not depend on the limit asked for,
// so that what it reaches is within reach of each.
func (s *search) floor(plain *plan.Plan) *plan.Plan {
	best, low := plain, 0
	for high := plain.Words[plan.Arena]; high-low > max(plan.Align, high/24); {
		s.most = low + (high-low)/2
		if t := s.run(); t != nil {
			best, high = t.placed, min(s.most, t.placed.Words[plan.Arena])
		} else {
			low = s.most
		}
	}
	return best
}

// unplaced is a copy of a plan that can be placed.
func unplaced(p *plan.Plan) *plan.Plan {
	q := *p
	q.Bufs = slices.Clone(p.Bufs)
	return &q
}

func planBytes(p *plan.Plan) int64 {
	words := int64(0)
	for _, w := range p.Words {
		words += int64(w)
	}
	return wordBytes * words
}

// search looks for what to drop.
type search struct {
	*replayer
	most       int   // words of the arena
	passing    bool  // see replayer.plan
	candidates []int // units in the order in which they are made
	total      int64 // the cost of a step of training as it is
}

// trial is one choice and what it comes to.
type trial struct {
	drop   []bool
	cost   int64
	live   []lifetime
	peak   int        // the most words alive at one step
	at     int        // that step
	excess int64      // words alive beyond the aim, summed over the steps
	placed *plan.Plan // nil before it is asked for
	raw    *plan.Plan
}

// try is the trial of a choice, with an aim for the words alive at each step;
// nil where the choice is impossible.
func (s *search) try(drop []bool, aim int) *trial {
	raw, cost, err := s.plan(drop, s.passing)
	if err != nil {
		return nil
	}
	p := unplaced(raw)
	inPlace(p)
	t := &trial{drop: drop, cost: cost, raw: raw, live: lifetimes(p)}
	change := make([]int, len(p.Steps)+2)
	for _, l := range t.live {
		change[l.first] += l.words
		change[l.last+1] -= l.words
	}
	alive := 0
	for i := range p.Steps {
		alive += change[i]
		if alive > t.peak {
			t.peak, t.at = alive, i
		}
		t.excess += int64(max(0, alive-aim))
	}
	return t
}

// words is the size of the trial's arena.
func (s *search) words(t *trial) int {
	if t.placed == nil {
		t.placed = t.raw
		if err := place(t.placed); err != nil {
			return math.MaxInt
		}
	}
	return t.placed.Words[plan.Arena]
}

// run is the cheapest trial within the limit that was found; nil for none. What
// is cheap is made twice where keeping it asks for much to be computed again.
func (s *search) run() *trial {
	s.passing = false
	best := s.cheapest()
	if best != nil && best.cost <= s.total/32 {
		return best
	}
	s.passing = true
	if t := s.cheapest(); best == nil || t != nil && t.cost < best.cost {
		best = t
	}
	return best
}

// cheapest tries two ways: to drop one value after another, and to keep only
// what leads from one stretch of the net to the next, for stretches of several
// lengths.
func (s *search) cheapest() *trial {
	var best *trial
	consider := func(t *trial) {
		if t == nil {
			return
		}
		if t = s.restore(t); best == nil || t.cost < best.cost {
			best = t
		}
	}
	consider(s.descend(make([]bool, len(s.units))))
	words := 0
	for _, u := range s.candidates {
		words += s.units[u].words
	}
	var near, far *trial // the cheapest within the limit, the closest beyond it
	for _, parts := range []int{2, 3, 4, 6, 8, 12, 16, 24, 32, 48} {
		t := s.try(s.stretches(words/parts), s.most)
		switch {
		case t == nil:
		case s.words(t) <= s.most:
			if near == nil || t.cost < near.cost {
				near = t
			}
		case far == nil || t.excess < far.excess:
			far = t
		}
	}
	if consider(near); best == nil && far != nil {
		consider(s.descend(far.drop))
	}
	return best
}

// choices is how many values are weighed against each other before one is dropped.
const choices = 6

// descend drops, beginning from a choice, one value after another where that
// brings the memory down, until it is within the limit; nil where it ends before.
func (s *search) descend(drop []bool) *trial {
	aim := s.most
	t := s.try(drop, aim)
	for t != nil {
		if t.excess == 0 {
			over := s.words(t) - s.most
			if over <= 0 {
				return t
			}
			aim -= over // lifetimes fit worse than their sum says
			t = s.try(t.drop, aim)
			continue
		}
		t = s.step(t, aim)
	}
	return nil
}

// step drops one more value; nil where none brings the memory down.
func (s *search) step(t *trial, aim int) *trial {
	var list []int
	for _, l := range t.live {
		if l.buf >= len(s.unit) || !(l.first < t.at && t.at < l.last) {
			continue
		}
		if u := s.unit[l.buf]; u != plan.None && !t.drop[u] && slices.Contains(s.candidates, u) && !slices.Contains(list, u) {
			list = append(list, u)
		}
	}
	price := func(u int) float64 { return float64(s.units[u].cost) / float64(s.units[u].words) }
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(price(a), price(b)) })
	var best *trial
	gain := 0.0
	for i, u := range list {
		if i%choices == 0 && best != nil {
			break
		}
		drop := slices.Clone(t.drop)
		drop[u] = true
		next := s.try(drop, aim)
		if next == nil || next.excess >= t.excess {
			continue
		}
		if g := float64(t.excess-next.excess) / float64(max(1, next.cost-t.cost)); g > gain {
			best, gain = next, g
		}
	}
	return best
}

// stretches keeps of the candidates those that lead from one stretch of the
// forward steps to the next, where a stretch makes about so many words.
func (s *search) stretches(words int) []bool {
	drop := make([]bool, len(s.units))
	for _, u := range s.candidates {
		drop[u] = true
	}
	made, least, cut := 0, math.MaxInt, 0
	for i, u := range s.candidates {
		made += s.units[u].words
		if made < words {
			continue
		}
		at := s.units[u].steps[len(s.units[u].steps)-1]
		if n := s.across(at, nil); n < least {
			least, cut = n, at
		}
		if made >= words+words/2 || i == len(s.candidates)-1 {
			s.across(cut, drop)
			made, least = 0, math.MaxInt
		}
	}
	return drop
}

// across is the words of the candidates that are made by step at and read by a
// later one of the forward steps. They are taken from what is dropped, unless
// that is nil.
func (s *search) across(at int, drop []bool) (words int) {
	for _, u := range s.candidates {
		if s.units[u].steps[0] > at || !s.read(u, at) {
			continue
		}
		words += s.units[u].words
		if drop != nil {
			drop[u] = false
		}
	}
	return words
}

// read says whether a forward step after at reads a unit.
func (s *search) read(u, at int) bool {
	for i := at + 1; i < s.sweep; i++ {
		if slices.ContainsFunc(s.used[i], func(x use) bool { return x.access != plan.Write && s.unit[x.owner] == u }) {
			return true
		}
	}
	return false
}

// restore keeps again what need not be dropped, the most expensive first.
func (s *search) restore(t *trial) *trial {
	list := slices.Clone(s.candidates)
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(s.units[b].cost, s.units[a].cost) })
	for _, u := range list {
		if !t.drop[u] {
			continue
		}
		drop := slices.Clone(t.drop)
		drop[u] = false
		if next := s.try(drop, s.most); next != nil && next.cost <= t.cost && next.excess == 0 && s.words(next) <= s.most {
			t = next
		}
	}
	return t
}

// MemoryLimitError says that a training plan cannot be made to take as little
// memory as asked.
type MemoryLimitError struct {
	Limit, Least int64 // bytes of all regions

	Weights, State, Input int64     // bytes that recomputing does not change
	Layer                 string    // whose step is the peak of what it does
	Phase                 string    // of that step
	Alive                 []Holding // what is in memory then, the largest first
}

// Holding is a buffer and its size in bytes.
type Holding struct {
	Name  string
	Bytes int64
}

func newMemoryLimitError(limit int64, p *plan.Plan) *MemoryLimitError {
	e := &MemoryLimitError{
		Limit: limit, Least: planBytes(p), Weights: wordBytes * int64(p.Words[plan.Weights]),
		State: wordBytes * int64(p.Words[plan.State]), Input: wordBytes * int64(p.Words[plan.Input]),
	}
	peak := 0
	lives := lifetimes(p)
	for i := range p.Steps {
		var alive []Holding
		words := 0
		for _, l := range lives {
			if l.first <= i && i <= l.last {
				words += l.words
				alive = append(alive, Holding{p.Bufs[l.buf].Name, wordBytes * int64(l.words)})
			}
		}
		if words > peak {
			peak, e.Layer, e.Phase, e.Alive = words, p.Steps[i].Layer, p.Steps[i].Phase.String(), alive
		}
	}
	slices.SortStableFunc(e.Alive, func(a, b Holding) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return e
}

func (e *MemoryLimitError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "training takes at least %s, more than the limit of %s: %s of weights, %s of optimizer state, %s of input",
		megabytes(e.Least), megabytes(e.Limit), megabytes(e.Weights), megabytes(e.State), megabytes(e.Input))
	if len(e.Alive) > 0 {
		fmt.Fprintf(&s, ", and at its peak, %s (%s)", e.Layer, e.Phase)
		for i, h := range e.Alive {
			if i == 4 {
				fmt.Fprintf(&s, " and %d smaller", len(e.Alive)-i)
				break
			}
			fmt.Fprintf(&s, "%s %s of %s", map[bool]string{true: "", false: ","}[i == 0], megabytes(h.Bytes), h.Name)
		}
	}
	s.WriteString("; allow more, or reduce the batch")
	return s.String()
}

// megabytes writes bytes in powers of 1000, rounded up so that a limit of what
// it says is enough.
func megabytes(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2fG", math.Ceil(float64(n)/1e7)/100)
	case n >= 1e6:
		return fmt.Sprintf("%.1fM", math.Ceil(float64(n)/1e5)/10)
	}
	return fmt.Sprintf("%.1fK", math.Ceil(float64(n)/100)/10)
}
