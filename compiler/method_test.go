package compiler_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// methodModel is an operator's example between layers with weights.
const methodModel = `net 1
model M {
  input image: 4x8x8
  conv(4, 3x3, same) as first
  BODY
  flatten
  dense(3) as head
  output logits
}
train t of M {
  data mnist; batch BATCH; epochs 1
  loss cross_entropy on logits
  optimizer OPTIMIZER
  LINES
}
`

// method is a model and how it is trained.
type method struct {
	body, optimizer, lines string
	batch                  int
}

// machine lowers and binds the method.
func (m method) machine(t *testing.T, gradients bool) *interp.Machine {
	t.Helper()
	return bound(t, m.program(t, gradients))
}

// bound binds a program, with the weights of a seed.
func bound(t *testing.T, prog *plan.Program) *interp.Machine {
	t.Helper()
	pool := par.New(2)
	t.Cleanup(pool.Close)
	machine, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	machine.Init(3)
	return machine
}

// program lowers the method.
func (m method) program(t *testing.T, gradients bool) *plan.Program {
	t.Helper()
	text := strings.NewReplacer("BODY", strings.ReplaceAll(m.body, "; ", "\n  "), "BATCH", fmt.Sprint(m.batch),
		"OPTIMIZER", m.optimizer, "LINES", m.lines).Replace(methodModel)
	f := compiler.Parse("method.net", []byte(text))
	r, diags, err := f.Recipe("", nil)
	if err != nil || diags.HasErrors() {
		t.Fatalf("%s: %v %v", text, err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{
		Batch: r.Run.Batch / max(1, r.Run.Parts), Objectives: r.Objectives, Method: r.Method, Gradients: gradients, From: r.Cache,
	})
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// images are of a batch that begins at the given image.
func images(first, n int) []float32 {
	x := make([]float32, n*4*8*8)
	for i := range x {
		j := first*4*8*8 + i
		x[i] = float32(j*j%97)/40 - 1
	}
	return x
}

// step runs one step on the images from the given one on, in as many runs as the
// plan asks for.
func step(m *interp.Machine, first int, rate float32) (loss float64) {
	n := m.Train.Batch()
	for part := range m.Train.Parts() {
		copy(m.Train.Input("image").F32, images(first+part*n, n))
		for i := range n {
			m.Train.Input("label").I32[i] = int32((first + part*n + i) % 3)
		}
		m.Train.Input("rate").F32[0] = rate
		if seed := m.Train.Input("seed").I64; seed != nil {
			seed[0] = 5
		}
		m.Train.Run()
		loss += float64(m.Train.Output("loss").F32[0]) / float64(m.Train.Parts())
	}
	return loss
}

func tensorsOf(m *interp.Machine) map[string][]float32 {
	all := map[string][]float32{}
	for _, t := range m.Tensors() {
		if t.View.F32 != nil {
			all[t.Name] = slices.Clone(t.View.F32)
		}
	}
	return all
}

// TestFrozen freezes the layers of every operator's examples, within a model whose
// other layers are trained and together with all above them, and trains: not a
// bit of them changes, and nothing is kept for their updates, while the others do
// change.
func TestFrozen(t *testing.T) {
	table := op.New()
	for _, o := range table.Ops {
		if o.Joins {
			continue
		}
		for _, example := range o.Examples {
			for _, freeze := range []string{"freeze body", "freeze first..body"} {
				body := "repeat 1 { " + example + " } as body"
				m := method{body, "sgd(lr=0.05, momentum=0.9)", "", 2}
				weighted := false
				for name := range tensorsOf(m.machine(t, false)) {
					weighted = weighted || strings.HasPrefix(name, "body")
				}
				if !weighted && freeze == "freeze body" {
					continue // nothing to freeze
				}
				m.lines = freeze
				if !weighted {
					m.lines = "freeze first"
				}
				machine := m.machine(t, false)
				before := tensorsOf(machine)
				for i := range 2 {
					step(machine, 2*i, 0.05)
				}
				for name, now := range tensorsOf(machine) {
					frozen := strings.HasPrefix(name, "body") || strings.HasPrefix(name, "first.") && strings.Contains(m.lines, "first")
					switch {
					case frozen && strings.Contains(name, "/"):
						t.Errorf("%s, %s: %s is kept for frozen layers", example, m.lines, name)
					case frozen && !slices.Equal(before[name], now):
						t.Errorf("%s, %s: %s changed", example, m.lines, name)
					case name == "head.bias" && slices.Equal(before[name], now):
						t.Errorf("%s, %s: %s did not change", example, m.lines, name)
					}
				}
			}
		}
	}
}

// TestFrozenPacked trains with frozen layers, whose weights are packed once, and
// compares every bit with a program that packs them in each step, through
// evaluations, which need the same memory, and changes from outside.
func TestFrozenPacked(t *testing.T) {
	const table = "[[0, 2], [1, 3], [0, 1], [2, 3]]"
	for body, packs := range map[string]int{ // of the frozen layers, first included
		"conv(4, 3x3, same) as body":                      3,
		"conv(4, 3x3, same, table=" + table + ") as body": 5,
		"up(4, 2x2, stride=2) as body":                    3,
		"layer_norm as body":                              4,
		"bn -> relu -> conv(4, 1x1) as body":              3,
	} {
		for _, lines := range []string{"freeze body, first", "freeze body, first; accumulate 2"} {
			// What goes backward through the frozen layers is packed as well.
			m := method{"conv(4, 3x3, same) as early; " + body, "sgd(lr=0.05, momentum=0.9)", strings.ReplaceAll(lines, "; ", "\n  "), 4}
			once, each := m.program(t, false), m.program(t, false)
			for _, s := range once.Train.Steps {
				if s.Phase == plan.Pack && !strings.HasPrefix(s.Layer, "early") && !strings.HasPrefix(s.Layer, "head") {
					t.Errorf("%s: %s of %s is packed in each step", body, s.Layer, once.Train.Bufs[s.Args[0]].Name)
				}
			}
			if n := len(once.Train.Setup); n != packs {
				t.Errorf("%s: %d packings are done once, expected %d", body, n, packs)
			}
			each.Train.Steps = append(each.Train.Setup, each.Train.Steps...)
			if each.Train.Parts > 1 {
				each.Train.Tail += len(each.Train.Setup)
			}
			each.Train.Setup = nil
			a, b := bound(t, once), bound(t, each)
			for i := range 5 {
				if x, y := step(a, 4*i, 0.05), step(b, 4*i, 0.05); x != y {
					t.Errorf("%s, %s: step %d: loss %g, packed in each step %g", body, lines, i, x, y)
				}
				if i == 1 {
					evaluate(a)
					evaluate(b)
				}
				if i == 3 {
					for _, m := range []*interp.Machine{a, b} {
						m.Init(9)
						for _, w := range m.Tensors() {
							if w.Name == "first.weight" {
								w.View.F32[5]++
							}
						}
						m.Refresh()
					}
				}
			}
			want := tensorsOf(b)
			for name, w := range tensorsOf(a) {
				if !slices.Equal(w, want[name]) {
					t.Errorf("%s, %s: %s differs from packing in each step", body, lines, name)
				}
			}
			if x, y := evaluate(a), evaluate(b); !slices.Equal(x, y) {
				t.Errorf("%s, %s: inference gives %v, expected %v", body, lines, x, y)
			}
		}
	}
}

// evaluate runs inference on a batch.
func evaluate(m *interp.Machine) []float32 {
	copy(m.Infer.Input("image").F32, images(7, m.Infer.Batch()))
	m.Infer.Run()
	return slices.Clone(m.Infer.Output("logits").F32)
}

// TestFrozenStatistics compares bn in a frozen layer, whose statistics are the
// running ones unless it is to be live.
func TestFrozenStatistics(t *testing.T) {
	body := "conv(4, 3x3) -> bn -> relu as body"
	for lines, changes := range map[string]bool{"freeze body": false, "freeze(bn=live) body": true, "freeze none": true} {
		m := method{body, "sgd(lr=0.05)", lines, 4}.machine(t, false)
		before := tensorsOf(m)
		step(m, 0, 0.05)
		after := tensorsOf(m)
		for _, name := range []string{"body.bn1.running_mean", "body.bn1.running_var"} {
			if slices.Equal(before[name], after[name]) == changes {
				t.Errorf("%s: %s changes: %v, expected %v", lines, name, !changes, changes)
			}
		}
		if same := slices.Equal(before["body.bn1.weight"], after["body.bn1.weight"]); same != (lines != "freeze none") {
			t.Errorf("%s: the scale stays: %v", lines, same)
		}
	}
}

// TestGroups compares the updates of layers with factors of the rate and decays
// of their own with those without.
func TestGroups(t *testing.T) {
	const optimizer = "sgd(lr=0.1, decay=0.5)"
	plain := method{"relu", optimizer, "", 4}.machine(t, false)
	before := tensorsOf(plain)
	step(plain, 0, 0.1)
	whole := tensorsOf(plain)
	free := method{"relu", "sgd(lr=0.1)", "", 4}.machine(t, false)
	step(free, 0, 0.1)
	undecayed := tensorsOf(free)
	tests := []struct {
		lines string
		want  func(name string, i int) float64
	}{
		{"rates(first=0.5, head=2)", func(name string, i int) float64 {
			factor := map[bool]float64{true: 0.5, false: 2}[strings.HasPrefix(name, "first")]
			return float64(before[name][i]) + factor*(float64(whole[name][i])-float64(before[name][i]))
		}},
		{"rates(first=0)", func(name string, i int) float64 {
			if strings.HasPrefix(name, "first") {
				return float64(before[name][i])
			}
			return float64(whole[name][i])
		}},
		{"decay(first..head: 0)", func(name string, i int) float64 { return float64(undecayed[name][i]) }},
		{"decay(head=0)", func(name string, i int) float64 {
			if strings.HasPrefix(name, "head") {
				return float64(undecayed[name][i])
			}
			return float64(whole[name][i])
		}},
	}
	for _, tt := range tests {
		m := method{"relu", optimizer, tt.lines, 4}.machine(t, false)
		step(m, 0, 0.1)
		for name, w := range tensorsOf(m) {
			for i := range w {
				if want := tt.want(name, i); math.Abs(float64(w[i])-want) > 1e-6 {
					t.Fatalf("%s: %s[%d] is %g, expected %g", tt.lines, name, i, w[i], want)
				}
			}
		}
	}
	// A rate of 0 is as good as frozen to all others, and to itself.
	none := method{"relu", optimizer, "rates(first=0)", 4}.machine(t, false)
	frozen := method{"relu", optimizer, "freeze first", 4}.machine(t, false)
	for i := range 3 {
		step(none, 4*i, 0.1)
		step(frozen, 4*i, 0.1)
	}
	for name, w := range tensorsOf(frozen) {
		if !slices.Equal(w, tensorsOf(none)[name]) {
			t.Errorf("%s differs between a rate of 0 and frozen layers", name)
		}
	}
}

// TestAverages follows the averages of weights and statistics in float64.
func TestAverages(t *testing.T) {
	for _, lines := range []string{"ema(decay=0.75)", "ema(decay=0.75)\n  accumulate 2"} {
		m := method{"bn -> relu", "sgd(lr=0.1, momentum=0.9)", lines, 4}.machine(t, false)
		want := map[string][]float64{}
		for name, w := range tensorsOf(m) {
			if average := tensorsOf(m)[plan.AverageOf(name)]; average != nil && !slices.Equal(w, average) {
				t.Errorf("the average of %s does not begin with it", name)
			}
		}
		for i := range 6 {
			step(m, 4*i, 0.1)
			now := tensorsOf(m)
			for name, w := range now {
				if strings.Contains(name, "/") {
					continue
				}
				if i == 0 {
					want[name] = make([]float64, len(w))
				}
				for j, v := range w {
					if keep := 0.75; i > 0 {
						want[name][j] = keep*want[name][j] + (1-keep)*float64(v)
					} else {
						want[name][j] = float64(v)
					}
					if got := float64(now[plan.AverageOf(name)][j]); math.Abs(got-want[name][j]) > 1e-6*(1+math.Abs(want[name][j])) {
						t.Fatalf("%s: step %d: the average of %s[%d] is %g, expected %g", lines, i, name, j, got, want[name][j])
					}
				}
			}
		}
		if len(want) != 7 {
			t.Errorf("%d averages, expected those of 3 weights of sums, 2 of bn and 2 statistics", len(want))
		}
	}
}

// TestParts compares a batch that is worked on in parts with the same batch as a
// whole: gradients, losses and weights agree to rounding.
func TestParts(t *testing.T) {
	for _, optimizer := range []string{"sgd(lr=0.1, momentum=0.9)", "adam", "lamb"} {
		for _, lines := range []string{"", "clip norm(0.05)", "clip value(0.01)", "rates(first=0.5)"} {
			whole := method{"tanh", optimizer, lines, 12}.machine(t, true)
			parts := method{"tanh", optimizer, lines + "\n  accumulate 3", 12}.machine(t, true)
			if parts.Train.Batch() != 4 || parts.Train.Parts() != 3 {
				t.Fatalf("%d parts of %d images", parts.Train.Parts(), parts.Train.Batch())
			}
			for i := range 3 {
				a, b := step(whole, 12*i, 0.01), step(parts, 12*i, 0.01)
				if math.Abs(a-b) > 1e-5 {
					t.Errorf("%s, %s: loss %g as a whole, %g in parts", optimizer, lines, a, b)
				}
				if i > 0 {
					continue // weights that differ by rounding make gradients that do
				}
				for _, tensor := range whole.Tensors() {
					if tensor.Kind == plan.Param {
						near(t, optimizer+", "+lines+": gradient of "+tensor.Name,
							parts.Train.Output("d_"+tensor.Name).F32, whole.Train.Output("d_"+tensor.Name).F32, 1e-5)
					}
				}
			}
			all := tensorsOf(parts)
			for name, w := range tensorsOf(whole) {
				if !strings.Contains(name, "/") {
					near(t, optimizer+", "+lines+": "+name, all[name], w, 1e-3)
				}
			}
			for name, w := range all {
				if strings.HasSuffix(name, "/gradient") && slices.ContainsFunc(w, func(v float32) bool { return v != 0 }) {
					t.Errorf("%s: %s is not cleared after a step", optimizer, name)
				}
			}
		}
	}
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tolerance*largest) {
			t.Errorf("%s[%d] is %g, expected %g", what, i, got[i], want[i])
			return
		}
	}
}

// TestPassesDrawAnew checks that dropout draws another mask in every part of a
// step.
func TestPassesDrawAnew(t *testing.T) {
	m := method{"dropout(0.5)", "sgd(lr=0)", "accumulate 2", 4}.machine(t, false)
	copy(m.Train.Input("image").F32, images(0, 2))
	m.Train.Input("seed").I64[0] = 5
	var losses []float32
	for range 4 {
		m.Train.Run()
		losses = append(losses, m.Train.Output("loss").F32[0])
	}
	slices.Sort(losses)
	if distinct := len(slices.Compact(losses)); distinct != 4 {
		t.Errorf("%d masks in 4 forward passes", distinct)
	}
}

// TestTrace spoils a number at a time, and expects to be told where.
func TestTrace(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	weight := func(m *interp.Machine, name string) []float32 {
		for _, w := range m.Tensors() {
			if w.Name == name {
				return w.View.F32
			}
		}
		t.Fatalf("no tensor %s", name)
		return nil
	}
	tests := []struct {
		what  string
		spoil func(*interp.Machine)
		want  interp.Fault
	}{
		{"nothing", func(*interp.Machine) {}, interp.Fault{}},
		{"an image", func(m *interp.Machine) { m.Train.Input("image").F32[2*4*8*8+7] = nan },
			interp.Fault{Buffer: "image", Image: 2}},
		{"a weight", func(m *interp.Machine) { weight(m, "body.conv1.weight")[0] = inf },
			interp.Fault{Layer: "body.conv1", Phase: plan.Forward, Buffer: "body.conv1", Image: 0}},
		{"the scale of bn", func(m *interp.Machine) { weight(m, "body.bn1.weight")[1] = nan },
			interp.Fault{Layer: "body.bn1", Phase: plan.Forward, Buffer: "body.relu1", Image: 0}},
		{"the rate", func(m *interp.Machine) { m.Train.Input("rate").F32[0] = inf }, interp.Fault{Buffer: "rate", Image: -1}},
		{"a momentum", func(m *interp.Machine) { weight(m, "head.weight/momentum")[3] = nan },
			interp.Fault{Layer: "head", Phase: plan.Update, Buffer: "head.weight", Image: -1}},
	}
	for _, tt := range tests {
		m := method{"conv(4, 3x3) -> bn -> relu as body", "sgd(lr=0.1, momentum=0.9)", "", 4}.machine(t, false)
		step(m, 0, 0.1)
		copy(m.Train.Input("image").F32, images(0, 4))
		tt.spoil(m)
		m.Refresh()
		f := m.Train.Trace()
		if f == nil {
			f = &interp.Fault{}
		}
		f.Value = 0
		if *f != tt.want {
			t.Errorf("%s: %+v, expected %+v", tt.what, *f, tt.want)
		}
	}
}
