package main

import (
	"io"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/plan"
)

// TestMoved puts the loss of a recipe on the output of another graph of its
// model, as stats does for parameters other than the recipe's.
func TestMoved(t *testing.T) {
	f := compiler.Parse("moved.net", []byte(`net 1
model Two(n: int = 2) {
  input image: 1x4x4
  flatten -> dense(7) as first
  dense(n)
  output first, last
}
train t of Two(n=5) {
  data      glyphs
  batch     8
  epochs    1
  loss      cross_entropy on last
  optimizer sgd(lr=0.1)
}
`))
	r, list, err := f.Recipe("t", nil)
	if err != nil || len(list) > 0 {
		t.Fatal(err, list.Err())
	}
	m, list, err := f.Model("Two", map[string]string{"n": "3"})
	if err != nil || len(list) > 0 {
		t.Fatal(err, list.Err())
	}
	objectives := moved(r, m.Graph)
	if len(objectives) != 1 || objectives[0].On != m.Graph.Outputs[1].Value {
		t.Fatalf("moved to %+v, want one objective on the model's last output", objectives)
	}
	if r.Objectives[0].On == objectives[0].On {
		t.Error("the recipe's own objective has changed")
	}
}

// TestMemory compares with plans lowered from the file as train and compile do.
func TestMemory(t *testing.T) {
	side := []byte(`net 1
model Side {
  input image: 1x16x16
  conv(4, 3x3, same) -> bn -> relu as a
  aux early from a (weight=0.3) { conv(8, 3x3) -> gap -> dense(3) }
  conv(8, 3x3, stride=2) -> gap -> dense(3)
  output y
}
train t of Side {
  data      glyphs
  batch     8
  epochs    1
  loss      cross_entropy on y
  optimizer adam(lr=0.1)
}
`)
	load := func(path string) *compiler.File {
		f, err := compiler.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	s := &session{out: io.Discard, err: io.Discard}
	for _, c := range []struct {
		model string
		file  *compiler.File
	}{
		{"LeNet5", load("../../models/lenet5/lenet5.net")},
		{"Side", compiler.Parse("side.net", side)},
	} {
		for _, batch := range []int{1, 7} {
			mem, err := s.memory(c.file, c.model, nil, batch, "", memoryLimit{})
			if err != nil {
				t.Fatal(err)
			}
			r, list, err := c.file.Recipe(recipesOf(c.file, c.model)[0], nil)
			if err != nil || list.HasErrors() {
				t.Fatal(err, list.Err())
			}
			p, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: batch, Objectives: r.Objectives, Method: r.Method})
			if err != nil {
				t.Fatal(err)
			}
			if mem.Recipe == "" || int64(mem.Training) != regions(p.Train) {
				t.Errorf("%s at batch %d: training takes %v, its plan %d", c.model, batch, mem.Training, regions(p.Train))
			}
			m, list, err := c.file.Model(c.model, nil)
			if err != nil || list.HasErrors() {
				t.Fatal(err, list.Err())
			}
			if p, err = compiler.Program(m.Graph, compiler.Options{Batch: batch}); err != nil {
				t.Fatal(err)
			}
			if int64(mem.Inference) != regions(p.Infer) {
				t.Errorf("%s at batch %d: inference takes %v, its plan %d", c.model, batch, mem.Inference, regions(p.Infer))
			}
		}
	}
}

// regions is the bytes up to the end of the last buffer of each region, rounded
// up to cache lines; of weights and state, which plans share, as the plan says.
func regions(p *plan.Plan) int64 {
	var words [plan.NumRegions]int
	words[plan.Weights], words[plan.State] = p.Words[plan.Weights], p.Words[plan.State]
	for i := range p.Bufs {
		b := &p.Bufs[i]
		if r := b.Region; r != plan.Weights && r != plan.State {
			words[r] = max(words[r], (b.Offset+b.Words()+plan.Align-1)/plan.Align*plan.Align)
		}
	}
	total := int64(0)
	for _, w := range words {
		total += 4 * int64(w)
	}
	return total
}

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		text  string
		bytes bool
		want  int64
		ok    bool
	}{
		{"0", false, 0, true}, {"61706", false, 61706, true}, {"25.6M", false, 25_600_000, true}, {"4G", false, 4_000_000_000, true},
		{"2k", false, 2000, true}, {"1Ki", false, 1024, true}, {"1.5MiB", true, 3 << 19, true}, {"2GB", true, 2_000_000_000, true},
		{"12B", true, 12, true}, {"9223372036854775807", false, 1<<63 - 1, true}, {"9223372036854775808", false, 0, false},
		{"", false, 0, false}, {"-1", false, 0, false}, {"1.5", false, 0, false}, {"M", false, 0, false}, {"1e3K", false, 0, false},
		{"5i", false, 0, false}, {"5B", false, 0, false}, {"99999999999T", false, 0, false}, {"NaNK", false, 0, false}, {"1.2.3K", false, 0, false},
	} {
		if n, ok := quantity(c.text, c.bytes); ok != c.ok || ok && n != c.want {
			t.Errorf("%q: %d, %v; want %d, %v", c.text, n, ok, c.want, c.ok)
		}
	}
}
