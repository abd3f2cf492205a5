package lower

import (
	"math/rand/v2"
	"testing"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// touch is a step that reads and writes whatever it is given.
type touch struct{}

func (*touch) Operands() []plan.Operand    { return nil }
func (*touch) Call(*par.Pool, []plan.View) {}
func (*touch) Scratch() int                { return 24 }

// over is a step whose first operand may lie where its second does.
type over struct{ touch }

func (*over) InPlace() (dst, src int) { return 0, 1 }

// randomPlan is a plan whose buffers live for random stretches of steps, some
// of them views of others.
func randomPlan(r *rand.Rand) *plan.Plan {
	p := &plan.Plan{Name: "random", Batch: 1}
	steps := 1 + r.IntN(20)
	p.Steps = make([]plan.Step, steps)
	for i := range p.Steps {
		p.Steps[i].Kernel = &touch{}
	}
	for b := range 1 + r.IntN(25) {
		first := r.IntN(steps)
		last := first + r.IntN(steps-first)
		buf := plan.Buf{Region: plan.Arena, DType: plan.F32, Shape: []int{1 + r.IntN(100)}, Alias: plan.None}
		if b > 0 && r.IntN(5) == 0 {
			buf.Alias = r.IntN(b)
			buf.Shape = p.Bufs[buf.Alias].Shape
		}
		p.Bufs = append(p.Bufs, buf)
		p.Steps[first].Args = append(p.Steps[first].Args, b)
		p.Steps[last].Args = append(p.Steps[last].Args, b)
		if r.IntN(10) == 0 {
			p.Outputs = append(p.Outputs, plan.Port{Buf: b})
		}
	}
	for i, s := range p.Steps {
		if len(s.Args) >= 2 && s.Args[0] != s.Args[1] && r.IntN(3) == 0 {
			p.Steps[i].Kernel = &over{}
		}
	}
	return p
}

// owner follows views to the buffer that had memory of its own before planning.
func owner(alias []int, b int) int {
	for alias[b] != plan.None {
		b = alias[b]
	}
	return b
}

// TestPlaceRandom checks over random lifetimes that no two buffers alive at one
// step share memory, other than a view and what it views and a result that may
// lie over its operand; and that the arena is neither larger than all buffers
// together nor smaller than what is alive at once.
func TestPlaceRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	inPlaces := 0
	for range 2000 {
		p := randomPlan(r)
		alias := make([]int, len(p.Bufs))
		for i, b := range p.Bufs {
			alias[i] = b.Alias
		}
		if err := place(p); err != nil {
			t.Fatal(err)
		}
		type life struct{ first, last int }
		lives := map[int]life{}
		touched := func(b, step int) {
			b = owner(alias, b)
			l, ok := lives[b]
			if !ok {
				l = life{step, step}
			}
			lives[b] = life{min(l.first, step), max(l.last, step)}
		}
		for i, s := range p.Steps {
			for _, b := range s.Args {
				touched(b, i)
			}
		}
		for _, o := range p.Outputs {
			touched(o.Buf, len(p.Steps))
		}
		sum, most := 0, 0
		for b := range lives {
			sum += align(p.Bufs[b].Words())
			if end := p.Bufs[b].Offset + p.Bufs[b].Words(); end > p.Words[plan.Arena] {
				t.Fatalf("buffer %d ends at %d, the arena at %d", b, end, p.Words[plan.Arena])
			}
			if p.Bufs[b].Offset%plan.Align != 0 {
				t.Fatalf("buffer %d is not aligned", b)
			}
		}
		for i := range p.Steps {
			live, taken := 0, map[int]bool{}
			for b, l := range lives {
				if l.first <= i && i <= l.last && !taken[p.Bufs[b].Offset] {
					taken[p.Bufs[b].Offset] = true
					live += p.Bufs[b].Words()
				}
			}
			most = max(most, live)
		}
		if got := p.Words[plan.Arena]; got > sum || got < most {
			t.Fatalf("arena of %d words, expected %d to %d", got, most, sum)
		}
		for a, la := range lives {
			for b, lb := range lives {
				if a >= b || la.last < lb.first || lb.last < la.first {
					continue
				}
				x, y := p.Bufs[a], p.Bufs[b]
				if x.Offset+x.Words() <= y.Offset || y.Offset+y.Words() <= x.Offset {
					continue
				}
				// Alive at one step in the same memory: only a result over an operand.
				step := max(la.first, lb.first)
				_, may := p.Steps[step].Kernel.(*over)
				args := p.Steps[step].Args
				if !may || min(la.last, lb.last) != step || x.Offset != y.Offset || x.Words() != y.Words() {
					t.Fatalf("buffers %d (%v) and %d (%v) overlap at %d and %d; step %d has %v", a, la, b, lb, x.Offset, y.Offset, step, args)
				}
				inPlaces++
			}
		}
		for i := range p.Bufs {
			if _, used := lives[owner(alias, i)]; used && p.Bufs[i].Offset != p.Bufs[owner(alias, i)].Offset {
				t.Fatalf("view %d does not lie where what it views does", i)
			}
		}
		if p.Scratch != 24 {
			t.Fatalf("scratch of %d words, want 24", p.Scratch)
		}
	}
	if inPlaces == 0 {
		t.Error("no result was placed over its operand")
	}
}

func TestPlaceRefusesTooLarge(t *testing.T) {
	p := &plan.Plan{Name: "huge", Bufs: []plan.Buf{{Region: plan.Arena, DType: plan.F32, Shape: []int{maxWords + 1}, Alias: plan.None}}}
	p.Steps = []plan.Step{{Kernel: &touch{}, Args: []int{0}}}
	if err := place(p); err == nil {
		t.Error("a buffer beyond all memory is placed")
	}
}

func TestPrune(t *testing.T) {
	p := &plan.Plan{Bufs: []plan.Buf{
		{Name: "unused", Alias: plan.None}, {Name: "base", Alias: plan.None}, {Name: "view", Alias: 1}, {Name: "loose", Alias: 0}, {Name: "out", Alias: plan.None},
	}}
	p.Steps = []plan.Step{{Kernel: &touch{}, Args: []int{2, plan.None}}}
	p.Outputs = []plan.Port{{Name: "y", Buf: 4}}
	prune(p)
	names := ""
	for _, b := range p.Bufs {
		names += b.Name + " "
	}
	if names != "base view out " || p.Bufs[1].Alias != 0 || p.Steps[0].Args[0] != 1 || p.Steps[0].Args[1] != plan.None || p.Outputs[0].Buf != 2 {
		t.Errorf("%s%+v", names, p)
	}
}
