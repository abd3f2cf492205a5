package diff

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/stats"
)

func side(t *testing.T, src string) Side {
	t.Helper()
	f := compiler.Parse("m.net", []byte("net 1\nmodel M {\n  input x: 3x16x16\n"+src+"\n  output y\n}\n"))
	m, diags, err := f.Model("", nil)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags.Err())
	}
	r, err := stats.Count(m.Graph)
	if err != nil {
		t.Fatal(err)
	}
	return Side{Name: "M", Graph: m.Graph, Stats: r}
}

// TestChanges writes what is found as kind, old and new name.
func TestChanges(t *testing.T) {
	for _, c := range []struct {
		name, before, after, want string
		fit, missing, extra       int
	}{
		{"nothing", "conv(4) -> relu", "conv(4) -> relu", "", 2, 0, 0},
		{"a setting", "conv(4) -> relu", "conv(4, bias=false) -> relu", "changed conv1 conv1", 1, 0, 1},
		{"written defaults", "conv(4) -> pool(max, 2x2)", "conv(4, 3x3) -> pool(max, 2x2, stride=2)", "", 2, 0, 0},
		{"an end", "conv(4)", "conv(4)\nconv(5)", "added - conv2", 2, 2, 0},
		{"removed in front", "relu\nconv(4)", "conv(4)", "removed relu1 -; changed conv1 conv1", 2, 0, 0},
		{"shapes only", "conv(4, same) -> relu -> flatten", "conv(4, 3x3) -> relu -> flatten", "changed conv1 conv1; reshaped relu1 relu1; reshaped flatten1 flatten1", 2, 0, 0},
		{"a name", "conv(4) -> relu\nconv(5)", "conv(4) -> relu as stem\nconv(5) as last", "renamed conv1 stem.conv1; renamed relu1 stem.relu1; renamed conv2 last", 0, 4, 4},
		{"a name from before", "conv(4)\nconv(5)", "conv(4) as conv9\nconv(5) as first was conv2", "renamed conv1 conv9; renamed conv2 first", 2, 2, 2},
		{"shapes tell which", "conv(4) as a\nconv(4, 5x5) as b\nconv(6) as c", "conv(4) as d\nconv(6) as e", "renamed a d; removed b -; changed c e", 0, 4, 6},
		{"another way", "conv(3, same) as a\nrelu as b\nfrom a -> tanh", "conv(3, same) as a\nrelu as b\ntanh", "changed tanh1 tanh1", 2, 0, 0},
		{"an operator", "conv(4)\nrelu as act", "conv(4)\ngelu as act", "changed act act", 2, 0, 0},
		{"an output", "conv(4) as a", "conv(4) as a\noutput a", "ends - output a", 2, 0, 0},
		{"a head", "conv(4) as a\naux h from a { gap }", "conv(4) as a\naux h from a (2) { gap }", "ends head h of weight 1 -; ends - head h of weight 2", 2, 0, 0},
	} {
		before, after := side(t, c.before), side(t, c.after)
		r := Compare(before, after, Stored(before.Graph), "M")
		var got []string
		for _, x := range r.Changes {
			name := func(s string) string {
				if s == "" {
					return "-"
				}
				return s
			}
			got = append(got, string(x.Kind)+" "+name(x.Old)+" "+name(x.New))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("%s: %q, want %q", c.name, s, c.want)
		}
		if w := r.Weights; w.Fit != c.fit || len(w.Missing) != c.missing || len(w.Extra) != c.extra {
			t.Errorf("%s: %d tensors fit, %d missing, %d extra", c.name, w.Fit, len(w.Missing), len(w.Extra))
		}
		if r.Equal != (c.want == "" && c.missing+c.extra == 0) {
			t.Errorf("%s: equal is %v", c.name, r.Equal)
		}
		balanced(t, c.name, before, after, r)
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error { return Text(b, r) },
			func(b *bytes.Buffer) error { return Markdown(b, r) },
			func(b *bytes.Buffer) error { return JSON(b, r) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil || b.Len() == 0 {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// balanced checks that each layer of either model is told of once.
func balanced(t *testing.T, name string, before, after Side, r *Report) {
	t.Helper()
	pairs := align(before.Graph, after.Graph)
	count := map[Kind]int{}
	for _, c := range r.Changes {
		count[c.Kind]++
	}
	if len(pairs)+count[Added] != len(after.Graph.Nodes) || len(pairs)+count[Removed] != len(before.Graph.Nodes) {
		t.Errorf("%s: %d pairs, %d added, %d removed of %d and %d layers", name,
			len(pairs), count[Added], count[Removed], len(before.Graph.Nodes), len(after.Graph.Nodes))
	}
}

// TestCommon compares the length with that of the plain method, and checks that
// what is found is a common sequence.
func TestCommon(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []string{"a", "b", "c"}
	for range 500 {
		a, b := make([]string, r.IntN(12)), make([]string, r.IntN(12))
		for i := range a {
			a[i] = letters[r.IntN(len(letters))]
		}
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		found := common(a, b, 0, 0)
		if want := longest(a, b); len(found) != want {
			t.Fatalf("%v and %v: %v, want %d", a, b, found, want)
		}
		last := [2]int{-1, -1}
		for _, p := range found {
			if a[p[0]] != b[p[1]] || p[0] <= last[0] || p[1] <= last[1] {
				t.Fatalf("%v and %v: %v is no common sequence", a, b, found)
			}
			last = p
		}
	}
}

func longest(a, b []string) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return 0
	case a[0] == b[0]:
		return 1 + longest(a[1:], b[1:])
	}
	return max(longest(a[1:], b), longest(a, b[1:]))
}

// TestCosts checks absolute and relative changes.
func TestCosts(t *testing.T) {
	before, after := side(t, "conv(4)"), side(t, "conv(8)\nconv(8)")
	r := Compare(before, after, Stored(before.Graph), "M")
	var b bytes.Buffer
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var v struct {
		Costs []struct {
			What             string
			Old, New, Change int64
			Relative         float64
		}
	}
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, c := range v.Costs {
		switch c.What {
		case "parameters":
			found++
			if c.Old != 112 || c.New != 808 || c.Change != 696 || c.Relative < 6.2 || c.Relative > 6.3 {
				t.Errorf("parameters: %+v", c)
			}
		case "rows seen":
			found++
			if c.Old != 3 || c.New != 5 {
				t.Errorf("rows seen: %+v", c)
			}
		}
	}
	if found != 2 {
		t.Errorf("costs are %s", b.String())
	}
}
