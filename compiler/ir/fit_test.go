package ir

import "testing"

func TestAgree(t *testing.T) {
	h := Symbol("H")
	half := h.FloorDiv(2)
	valid := h.Add(-4).FloorDiv(2).Add(-4).Times(2)
	for _, c := range []struct {
		a, b Dim
		want string // "" for never
	}{
		{h, half.Times(2), "a multiple of 2"},
		{half, h.FloorDiv(4).Times(2), "such that dividing it by 4 leaves 0 or 1"},
		{h, h.CeilDiv(2).Times(2), "a multiple of 2"},
		{h, h.Add(-1).FloorDiv(2).Times(2).Add(1), "1 more than a multiple of 2"},
		{h.Add(-12), valid, "a multiple of 2"},
		{h, h.Add(-2), ""},
		{h, half, ""},
		{h, Int(16), ""},
		{h, Symbol("W"), ""},
		{h, h.FloorDiv(1 << 20).Times(1 << 20), ""},
	} {
		got := ""
		if f, ok := c.a.Agree(c.b); ok {
			got = f.Rule()
		}
		if got != c.want {
			t.Errorf("%v = %v: %q, want %q", c.a, c.b, got, c.want)
		}
	}
}

func TestAnd(t *testing.T) {
	for _, c := range []struct {
		f, g Fit
		want string
	}{
		{Fit{"H", 2, []int{0}}, Fit{"H", 4, []int{0, 1}}, "a multiple of 4"},
		{Fit{"H", 4, []int{0, 2}}, Fit{"H", 4, []int{0, 1, 2, 3}}, "a multiple of 2"},
		{Fit{"H", 2, []int{0}}, Fit{"H", 3, []int{1}}, "4 more than a multiple of 6"},
		{Fit{"H", 2, []int{0}}, Fit{"H", 4, []int{1}}, ""},
		{Fit{"H", 4093, []int{0}}, Fit{"H", 4, []int{1}}, ""},
	} {
		got := ""
		if f, ok := c.f.And(c.g); ok {
			got = f.Rule()
		}
		if got != c.want {
			t.Errorf("%v and %v: %q, want %q", c.f, c.g, got, c.want)
		}
	}
}
