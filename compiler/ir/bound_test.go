package ir

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

func ints(sizes ...int) Shape {
	s := make(Shape, len(sizes))
	for i, n := range sizes {
		s[i] = Int(n)
	}
	return s
}

func TestExcess(t *testing.T) {
	wild := Symbol("H")
	for range 30 {
		wild = wild.FloorDiv(2)
	}
	for _, c := range []struct {
		shape Shape
		want  string
	}{
		{ints(1, 1, 1), ""},
		{ints(MaxSize), ""},
		{ints(1, 1<<20, 1<<20), ""},
		{Shape{Int(3), Symbol("H"), Symbol("W").Add(-2).FloorDiv(2)}, ""},
		{ints(3, 0, 5), "height 0 is less than 1"},
		{ints(3, 5, MaxSize+1), "width 16777217 is more than 16777216"},
		{ints(MaxSize + 1), "length 16777217 is more than 16777216"},
		{ints(2, 1<<20, 1<<20), "an image's value has at most 1099511627776 elements"},
		{ints(MaxSize, MaxSize, MaxSize), "an image's value has at most 1099511627776 elements"},
		{Shape{Int(3), wild, Int(1)}, "height ⌊H/1073741824⌋ is out of bounds for every input"},
	} {
		if got := c.shape.Excess(); got != c.want {
			t.Errorf("%v: %q, want %q", c.shape, got, c.want)
		}
	}
}

// TestAddBounds checks that a node out of bounds leaves nothing to compute with.
func TestAddBounds(t *testing.T) {
	for name, c := range map[string]struct {
		out   Shape
		param []int
		want  string
	}{
		"fits":      {ints(2, 2, 2), []int{1 << 20, 1 << 20}, ""},
		"output":    {ints(1, 1, MaxSize+1), []int{1}, "the output of wide is out of bounds"},
		"parameter": {ints(1, 1, 1), []int{MaxSize, MaxSize, 4095, 4095}, "the weight of wide would be too large"},
	} {
		op := &Op{Name: "wide", Infer: func(ctx *Context) Shape {
			ctx.Node.Declare("weight", Trained, Init{}, c.param...)
			return c.out
		}}
		g := NewGraph("Net", diag.Span{})
		in := g.Input("x", ints(1, 1, 1), diag.Span{})
		got := ""
		n := &Node{Op: op, Name: "w1", In: []*Value{in}}
		g.Add(n, func(d *diag.Diagnostic) {
			if d.Code != diag.SizeOutOfRange {
				t.Errorf("%s: code %v", name, d.Code)
			}
			got += d.Message
		})
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if bad := c.want != ""; bad != (n.Out.Shape == nil) || bad != (len(n.Params) == 0) {
			t.Errorf("%s: shape %v and %d parameters are left", name, n.Out.Shape, len(n.Params))
		}
	}
}

func TestCounts(t *testing.T) {
	for _, c := range []struct{ got, want int64 }{
		{Mul(), 1},
		{Mul(3, 4, 5), 60},
		{Mul(math.MaxInt64, 2, 0), 0},
		{Mul(1<<32, 1<<31), Overflow},
		{Mul(1<<31, 1<<31), 1 << 62},
		{Mul(Overflow, 1), Overflow},
		{Mul(Overflow, Overflow), Overflow},
		{Sum(), 0},
		{Sum(1, 2, 3), 6},
		{Sum(math.MaxInt64-1, 1), Overflow},
		{Sum(Overflow, Overflow), Overflow},
	} {
		if c.got != c.want {
			t.Errorf("%d, want %d", c.got, c.want)
		}
	}
}
