package tune

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

const small = "n2 c16 h8 w8 k16 r3 s3 p8 q8 stride1x1 pad1,1 dilation1x1 groups1"

// entries is a measurement of each pass.
func entries() []Entry {
	var list []Entry
	for i, pass := range op.ConvPasses() {
		list = append(list, Entry{pass, small, []string{"direct", "winograd2", "winograd4"}[i%3],
			map[string]float64{"direct": 2.5, "winograd2": 1.5, "winograd4": 0.1}})
	}
	return list
}

// TestFile writes and reads a file, which keeps its digest and its choices.
func TestFile(t *testing.T) {
	f := New(2)
	empty := f.Digest()
	f.Add(entries()...)
	if f.Digest() == empty {
		t.Error("the digest does not depend on the content")
	}
	path := filepath.Join(t.TempDir(), "a.tune")
	if err := os.WriteFile(path, f.Text(), 0o666); err != nil {
		t.Fatal(err)
	}
	g, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if g.Digest() != f.Digest() || g.Usable() != nil || g.Threads != 2 || g.Machine != Machine() {
		t.Errorf("read %+v", g)
	}
	s := NewSession(g)
	choose := s.Tuning().Choose
	for _, e := range entries() {
		if got, ok := choose(e.Pass, e.Geometry); !ok || got != e.Choice {
			t.Errorf("%s: %q, expected %s", e.Pass, got, e.Choice)
		}
	}
	other := strings.Replace(small, "n2", "n3", 1)
	for range 2 {
		if got, ok := choose(op.ConvForward, other); ok {
			t.Errorf("%q is chosen for what was not measured", got)
		}
	}
	if n := len(s.Asked()); n != 5 {
		t.Errorf("%d questions, asked 5", n)
	}
	if u := s.Unknown(); !slices.Equal(u, []Question{{op.ConvForward, other}}) {
		t.Errorf("unknown: %v", u)
	}
	g.Add(Entry{op.ConvForward, other, "direct", map[string]float64{"direct": 1}})
	if len(s.Unknown()) > 0 {
		t.Error("what was added is not known")
	}
}

// TestParseRefuses gives files that are damaged, of other kernels, or none.
func TestParseRefuses(t *testing.T) {
	f := New(1)
	f.Add(entries()...)
	whole := string(f.Text())
	for _, c := range []struct{ name, from, to, want string }{
		{"empty", whole, "", "no tuning file"},
		{"other JSON", whole, `{"a": 1}`, "no tuning file: expected JSON"},
		{"cut off", "\n  ]\n}\n", "", "no tuning file"},
		{"format", `"netc_tuning": 1`, `"netc_tuning": 2`, "format 2; this netc reads format 1"},
		{"generation", fmt.Sprintf(`"kernels": %d`, kernel.Generation), `"kernels": 99`, "generation 99 of the kernels"},
		{"threads", `"threads": 1`, `"threads": 0`, "0 threads"},
		{"field", `"isa"`, `"isas"`, "unknown field"},
		{"type", `"threads": 1`, `"threads": "1"`, "damaged"},
		{"pass", `"inference"`, `"sideways"`, `pass "sideways"; expected one of inference, forward`},
		{"geometry", small, "n2", `geometry "n2"; expected one such as`},
		{"number", small, strings.Replace(small, "c16", "c016", 1), "expected one such as"},
		{"range", small, strings.Replace(small, "c16", "c99999999", 1), "out of range"},
		{"overflow", small, strings.Replace(small, "c16", "c99999999999999999999", 1), "expected one such as"},
		{"zero", small, strings.Replace(small, "n2", "n0", 1), "out of range"},
		{"long", small, small + strings.Repeat(" ", 400), "characters"},
		{"algorithm", `"choice":"direct"`, `"choice":"fft"`, `algorithm "fft" does not apply`},
		{"not minimal", "stride1x1", "stride2x2", `algorithm "winograd2" does not apply`},
		{"no time", `"direct":2.5`, `"direct":0`, "no time for direct"},
		{"no times", `{"direct":2.5,"winograd2":1.5,"winograd4":0.1}`, `{}`, "no time for direct"},
		{"twice", `"pass":"forward"`, `"pass":"inference"`, "for the second time"},
	} {
		if !strings.Contains(whole, c.from) {
			t.Fatalf("%s: no %s", c.name, c.from)
		}
		_, err := Parse([]byte(strings.Replace(whole, c.from, c.to, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
	}
	if _, err := Parse(bytes.Repeat([]byte(" "), maxSize+1)); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("huge: %v", err)
	}
	f.ISA = "abacus"
	if err := f.Usable(); err == nil || !strings.Contains(err.Error(), "abacus") {
		t.Errorf("other instructions: %v", err)
	}
}

// TestMeasure measures every pass of a small convolution, and one that does not
// fit into the memory allowed.
func TestMeasure(t *testing.T) {
	var questions []Question
	for _, pass := range op.ConvPasses() {
		questions = append(questions, Question{pass, small})
	}
	questions = append(questions, Question{op.ConvForward, strings.Replace(small, "n2", "n2000", 1)})
	calls := 0
	r, err := Measure(context.Background(), questions, Limits{
		Threads: 2, Duration: 2 * time.Second, Bytes: 4 << 20, Progress: func(done, of int, e Entry) { calls++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Entries) != len(questions)-1 || calls != len(r.Entries) || !(r.Chosen > 0) || r.Chosen > r.Estimated || r.Left != 1 {
		t.Errorf("%d entries, %d calls, %v of %v", len(r.Entries), calls, r.Chosen, r.Estimated)
	}
	f := New(2)
	f.Add(r.Entries...)
	if _, err := Parse(f.Text()); err != nil {
		t.Error(err)
	}
	for i := range f.Convolutions {
		e := &f.Convolutions[i]
		if len(e.Microseconds) != 3 {
			t.Errorf("%+v: expected three times", e)
		}
		if e.Choice != e.estimate() && e.Microseconds[e.Choice] > e.Microseconds[e.estimate()] {
			t.Errorf("%+v: slower than the estimate, %s", e, e.estimate())
		}
	}
	r, err = Measure(context.Background(), questions, Limits{Threads: 1, Duration: 1, Bytes: 4 << 20})
	if err != nil || len(r.Entries) != 1 || r.Left != len(questions)-1 {
		t.Errorf("without time: %+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, questions, Limits{Threads: 1, Duration: time.Second, Bytes: 1 << 30}); err == nil {
		t.Error("goes on after its context has ended")
	}
}

// FuzzParse reads anything; what it accepts it writes in a form that means the
// same, and chooses only what applies.
func FuzzParse(f *testing.F) {
	file := New(1)
	f.Add(file.Text())
	file.Add(entries()...)
	f.Add(file.Text())
	f.Add([]byte(`{"netc_tuning":1}`))
	f.Add([]byte(`{"netc_tuning":1,"machine":"\u0000","isa":"","kernels":1,"threads":1,"convolutions":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		b, err := Parse(a.write())
		if err != nil {
			t.Fatalf("%v: of what was accepted:\n%s", err, a.write())
		}
		if !bytes.Equal(a.write(), b.write()) {
			t.Fatalf("%s becomes %s", a.write(), b.write())
		}
		for q, choice := range b.index {
			s, err := kernel.ParseGeometry(q.Geometry)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := s.TileNamed(choice); !ok || s.Geometry() != q.Geometry {
				t.Fatalf("%s for %s", choice, q.Geometry)
			}
		}
	})
}
