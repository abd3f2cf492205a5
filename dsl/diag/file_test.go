package diag

import "testing"

func TestPosition(t *testing.T) {
	f := NewFile("a", []byte("aä\tb\r\n\n日x"))
	for _, test := range []struct {
		offset int
		want   Position
	}{
		{-1, Position{1, 1}}, {0, Position{1, 1}}, {1, Position{1, 2}}, {3, Position{1, 3}}, {4, Position{1, 4}},
		{6, Position{1, 6}}, {7, Position{2, 1}}, {8, Position{3, 1}}, {11, Position{3, 2}}, {12, Position{3, 3}}, {99, Position{3, 3}},
	} {
		if got := f.Position(test.offset); got != test.want {
			t.Errorf("offset %d is at %v, want %v", test.offset, got, test.want)
		}
	}
	for n, want := range []string{"", "aä\tb", "", "日x", ""} {
		if got := string(f.Line(n)); got != want {
			t.Errorf("line %d is %q, want %q", n, got, want)
		}
	}
	if f.Lines() != 3 || f.LineStart(3) != 8 {
		t.Errorf("%d lines, the third at %d", f.Lines(), f.LineStart(3))
	}
}

func TestSpan(t *testing.T) {
	f := NewFile("a", []byte("abcdef"))
	a, b := Span{f, 1, 2}, Span{f, 4, 6}
	if got := b.To(a); got != (Span{f, 1, 6}) {
		t.Errorf("To gives %v", got)
	}
	if (Span{}).To(a) != a || a.To(Span{}) != a || a.Head() != (Span{f, 1, 1}) || a.Tail() != (Span{f, 2, 2}) || b.Text() != "ef" {
		t.Error("spans do not combine")
	}
}
