package interp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

func newToy(t *testing.T) *Machine {
	t.Helper()
	pool := par.New(1)
	t.Cleanup(pool.Close)
	m, err := New(toy(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// infer runs the inference plan on ones, so that the result is 2w.
func infer(m *Machine) []float32 {
	copy(m.Infer.Input("image").F32, []float32{1, 1, 1})
	m.Infer.Run()
	return m.Infer.Output("copy").F32
}

func train(m *Machine, rate float32, x ...float32) float32 {
	copy(m.Train.Input("image").F32, x)
	m.Train.Input("rate").F32[0] = rate
	m.Train.Run()
	return m.Train.Output("loss").F32[0]
}

func expect(t *testing.T, what string, got []float32, want ...float32) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRun(t *testing.T) {
	m := newToy(t)
	m.Init(3)
	expect(t, "after init", infer(m), 6, 6, 6)
	if loss := train(m, 0.5, 2, 4, 6); loss != 2+1+0 {
		t.Errorf("loss %g", loss)
	}
	expect(t, "after a step", infer(m), 4, 2, 0)
	train(m, 0.5, 2, 2, 2)
	expect(t, "after another", infer(m), 2, 0, -2)
	if m.Infer.Batch() != 1 || m.Infer.Plan().Name != "infer" {
		t.Error("batch or plan is another's")
	}
}

func TestTensors(t *testing.T) {
	m := newToy(t)
	m.Init(3)
	train(m, 0, 0, 0, 0)
	ts := m.Tensors()
	if len(ts) != 2 || ts[0].Name != "a.weight" || ts[1].Name != "steps" {
		t.Fatalf("tensors %v", ts)
	}
	if ts[1].View.I64[0] != 1 {
		t.Errorf("%d steps counted, want 1", ts[1].View.I64[0])
	}
	infer(m)
	copy(ts[0].View.F32, []float32{7, 8, 9})
	m.Refresh()
	expect(t, "after a write and Refresh", infer(m), 14, 16, 18)
	m.Init(1)
	expect(t, "after Init", infer(m), 2, 2, 2)
}

// TestSharedPacked lets both plans derive into the same memory.
func TestSharedPacked(t *testing.T) {
	prog := toy()
	prog.Tensors = append(prog.Tensors, plan.Tensor{Name: "b.weight", Region: plan.Weights, Shape: []int{3}, Offset: plan.Align})
	b := plan.Buf{Name: "b.weight", Region: plan.Weights, Shape: []int{3}, Offset: plan.Align, Alias: plan.None}
	prog.Init.Bufs = append(prog.Init.Bufs, b)
	prog.Init.Steps = append(prog.Init.Steps, plan.Step{Layer: "b", Phase: plan.Initialise, Kernel: &toyInit{3}, Args: []int{3, 2}})
	p := prog.Train
	p.Bufs = append(p.Bufs, b,
		plan.Buf{Name: "b.packed", Region: plan.Packed, Shape: []int{3}, Alias: plan.None},
		plan.Buf{Name: "b", Shape: []int{3}, Offset: plan.Align, Alias: plan.None})
	p.Setup = []plan.Step{{Layer: "b", Phase: plan.Pack, Kernel: &toyDouble{3}, Args: []int{6, 5}}}
	p.Steps = append(p.Steps, plan.Step{Layer: "b", Phase: plan.Forward, Kernel: &toyMul{3}, Args: []int{7, 2, 6}})
	p.Outputs = append(p.Outputs, plan.Port{Name: "b", Buf: 7})
	for _, p := range []*plan.Plan{prog.Init, prog.Train, prog.Infer} {
		p.Words[plan.Weights] = plan.Align + 3
	}
	m, err := New(prog, par.New(1))
	if err != nil {
		t.Fatal(err)
	}
	m.Init(5)
	for range 2 {
		train(m, 1, 1, 1, 1)
		expect(t, "b in training", m.Train.Output("b").F32, 10, 10, 10)
	}
	expect(t, "2a in inference", infer(m), 6, 6, 6)
	train(m, 1, 1, 1, 1)
	expect(t, "b in training after inference", m.Train.Output("b").F32, 10, 10, 10)
}

// TestSetupOnlyWhenStale counts on a kernel that would be seen to run.
func TestSetupOnlyWhenStale(t *testing.T) {
	m := newToy(t)
	m.Init(3)
	infer(m)
	packed := m.Infer.views[2].F32
	packed[0] = 100
	expect(t, "nothing changed", infer(m), 100, 6, 6)
	m.Refresh()
	expect(t, "Refresh", infer(m), 6, 6, 6)
}

func TestPorts(t *testing.T) {
	m := newToy(t)
	if v := m.Train.Input("rates"); v.F32 != nil || v.I32 != nil || v.I64 != nil {
		t.Errorf("an unknown input is %v", v)
	}
	if v := m.Train.Output("image"); v.F32 != nil {
		t.Errorf("an input is an output: %v", v)
	}
}

func TestAbsentPlans(t *testing.T) {
	prog := toy()
	prog.Train = nil
	m, err := New(prog, par.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if m.Train != nil || m.Infer == nil {
		t.Error("the machine has other plans than the program")
	}
}

func TestNewVerifies(t *testing.T) {
	prog := toy()
	prog.Infer.Setup = nil
	_, err := New(prog, par.New(1))
	if err == nil || !strings.Contains(err.Error(), "a.packed") {
		t.Errorf("got %v, want an error about a.packed", err)
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	m := newToy(t)
	m.Init(1)
	durations := make([]time.Duration, len(m.Infer.Plan().Steps))
	if n := testing.AllocsPerRun(10, func() {
		m.Train.Run()
		m.Infer.Run()
		m.Infer.RunTimed(durations)
	}); n != 0 {
		t.Errorf("%g allocations a run", n)
	}
}

func TestRunTimed(t *testing.T) {
	m := newToy(t)
	m.Init(3)
	copy(m.Infer.Input("image").F32, []float32{1, 1, 1})
	durations := []time.Duration{time.Hour, time.Hour}
	m.Infer.RunTimed(durations)
	expect(t, "result", m.Infer.Output("copy").F32, 6, 6, 6)
	if durations[0] < time.Hour || durations[1] < time.Hour {
		t.Errorf("durations %v were replaced, not added to", durations)
	}
	defer func() {
		if recover() == nil {
			t.Error("one duration for two steps: no panic")
		}
	}()
	m.Infer.RunTimed(durations[:1])
}
