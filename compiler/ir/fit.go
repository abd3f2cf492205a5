package ir

import (
	"fmt"
	"slices"
	"strings"
)

// Fit is what an open size must be: of the numbers up to Period the remainders
// that it may leave when divided by it.
type Fit struct {
	Symbol string
	Period int
	Rests  []int // in order, at least one
}

// maxPeriod bounds the remainders that are tried.
const maxPeriod = 1 << 10

// Agree returns for which values of their only symbol two sizes are equal; ok is
// false when they are for none, or when it cannot be told.
//
// With the remainder of H fixed, every expression made of sums, products and
// quotients by numbers is linear in H, so two values of H decide.
func (d Dim) Agree(e Dim) (f Fit, ok bool) {
	names := map[string]bool{}
	period := lcm(d.period(names), e.period(names))
	if len(names) != 1 || period > maxPeriod {
		return f, false
	}
	f.Period = period
	for name := range names {
		f.Symbol = name
	}
	at := func(x Dim, n int) Dim { return x.At(map[string]int{f.Symbol: n}) }
	for r := range period {
		low, high := MaxSize/period*period+r, (MaxSize/period+1)*period+r
		if at(d, low) == at(e, low) && at(d, high) == at(e, high) {
			f.Rests = append(f.Rests, r)
		}
	}
	return f, len(f.Rests) > 0
}

// period is a number of steps after which the remainders in an expression come
// again; more than maxPeriod stands for too many. It notes the symbols.
func (d Dim) period(names map[string]bool) int {
	if d.expr == nil {
		return 1
	}
	switch d.expr.op {
	case 's':
		names[d.expr.name] = true
		return 1
	case '+':
		return lcm(d.expr.a.period(names), d.expr.b.period(names))
	case '*':
		return d.expr.a.period(names)
	}
	return min(d.expr.a.period(names)*min(d.expr.b.n, maxPeriod+1), maxPeriod+1)
}

func lcm(a, b int) int {
	if max(a, b) > maxPeriod {
		return maxPeriod + 1
	}
	gcd, rest := a, b
	for rest > 0 {
		gcd, rest = rest, gcd%rest
	}
	return min(a/gcd*b, maxPeriod+1)
}

// And is what satisfies both, in the shortest form; ok is false when nothing
// does, or the period grows out of bounds.
func (f Fit) And(g Fit) (both Fit, ok bool) {
	both = Fit{Symbol: f.Symbol, Period: lcm(f.Period, g.Period)}
	if both.Period > maxPeriod {
		return both, false
	}
	inF, inG := f.table(), g.table()
	for r := range both.Period {
		if inF[r%f.Period] && inG[r%g.Period] {
			both.Rests = append(both.Rests, r)
		}
	}
	return both.shortest(), len(both.Rests) > 0
}

// table tells for each remainder whether it is one.
func (f Fit) table() []bool {
	t := make([]bool, f.Period)
	for _, r := range f.Rests {
		t[r] = true
	}
	return t
}

// shortest is the same with the smallest period.
func (f Fit) shortest() Fit {
	table := f.table()
	for p := 1; p < f.Period; p++ {
		if f.Period%p == 0 && repeats(table, p) {
			n, _ := slices.BinarySearch(f.Rests, p)
			return Fit{f.Symbol, p, f.Rests[:n]}
		}
	}
	return f
}

// repeats reports whether a table comes again every p places.
func repeats(table []bool, p int) bool {
	for i := p; i < len(table); i++ {
		if table[i] != table[i-p] {
			return false
		}
	}
	return true
}

// Rule says what the size must be, without its name: "a multiple of 16".
func (f Fit) Rule() string {
	if len(f.Rests) == 1 {
		if f.Rests[0] == 0 {
			return fmt.Sprintf("a multiple of %d", f.Period)
		}
		return fmt.Sprintf("%d more than a multiple of %d", f.Rests[0], f.Period)
	}
	rests := make([]string, len(f.Rests))
	for i, r := range f.Rests {
		rests[i] = fmt.Sprint(r)
	}
	return fmt.Sprintf("such that dividing it by %d leaves %s", f.Period, strings.Join(rests, " or "))
}
