package diag

import "testing"

func TestFixes(t *testing.T) {
	f, other := NewFile("a.net", []byte("0123456789")), NewFile("b.net", []byte("0123456789"))
	edit := func(start, end int, text string) Edit { return Edit{Span{f, start, end}, text} }
	safe := func(edits ...Edit) *Diagnostic { return Warnf(4001, Span{f, 0, 1}, "m").WithFix("h", edits...) }
	for name, c := range map[string]struct {
		list    List
		want    string
		settled int
	}{
		"apart":              {List{safe(edit(8, 9, "b")), safe(edit(1, 2, "a"))}, "0a234567b9", 2},
		"overlapping":        {List{safe(edit(1, 4, "a")), safe(edit(3, 5, "b"))}, "0a456789", 1},
		"touching":           {List{safe(edit(1, 4, "a")), safe(edit(4, 4, "b"))}, "0a456789", 1},
		"within":             {List{safe(edit(1, 8, "a")), safe(edit(3, 5, "b"))}, "0a89", 1},
		"around":             {List{safe(edit(3, 5, "b")), safe(edit(1, 8, "a"))}, "012b56789", 1},
		"the same":           {List{safe(edit(2, 2, "a")), safe(edit(2, 2, "a"))}, "01a23456789", 2},
		"two at one place":   {List{safe(edit(2, 2, "a")), safe(edit(2, 2, "b"))}, "01a23456789", 1},
		"all or none":        {List{safe(edit(5, 6, "a")), safe(edit(1, 2, "b"), edit(5, 7, "c"))}, "01234a6789", 1},
		"suggested":          {List{Warnf(4001, Span{f, 0, 1}, "m").WithHelp("h", edit(1, 2, "a"))}, "0123456789", 0},
		"of another file":    {List{safe(Edit{Span{other, 1, 2}, "a"})}, "0123456789", 0},
		"without edits":      {List{safe()}, "0123456789", 0},
		"in several orders":  {List{safe(edit(6, 7, "c")), safe(edit(0, 1, "a")), safe(edit(3, 4, "b"))}, "a12b45c789", 3},
		"at both ends":       {List{safe(edit(0, 0, "a")), safe(edit(10, 10, "b"))}, "a0123456789b", 2},
		"two edits together": {List{safe(edit(0, 1, ""), edit(9, 10, ""))}, "12345678", 1},
	} {
		edits, settled := c.list.Fixes(f)
		if got := string(Apply(f.Text, edits)); got != c.want || len(settled) != c.settled {
			t.Errorf("%s: %q, %d settled; want %q, %d", name, got, len(settled), c.want, c.settled)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	words := []string{"relu", "relu6", "elu", "selu", "conv", "c4", "c5", "momentum", "as"}
	for word, want := range map[string]struct {
		near string
		safe bool
	}{
		"cnov": {"conv", true}, "Conv": {"conv", true}, "momentom": {"momentum", true},
		"xelu":    {"relu", false}, // selu as well
		"c6":      {"c4", false},   // another digit is another name
		"rleu":    {"relu", true},  // elu is two slips away
		"az":      {"as", false},   // too short to tell
		"momenta": {"momentum", false}, "banana": {"", false},
	} {
		d := Errorf(2001, Span{}, "m")
		ok := d.DidYouMean(Span{}, word, words)
		if ok != (want.near != "") || ok && d.Edits[0].NewText != want.near || (d.Applicability == Safe) != want.safe {
			t.Errorf("%s: %v %+v %v, want %+v", word, ok, d.Edits, d.Applicability, want)
		}
	}
}
