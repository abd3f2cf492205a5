package compiler_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// TestRecompute trains every example of every operator, between layers whose
// values are worth dropping, without a limit on memory, with the least that can
// be had and half-way: outputs, gradients, weights and statistics have the same
// bits.
func TestRecompute(t *testing.T) {
	bodies := []string{
		"residual { conv(same) -> bn -> relu -> conv(same) -> bn } -> relu -> pool(max, 2x2)\n  dropout(0.3) -> conv(8, same) -> bn -> relu",
		"parallel {\n    branch conv(3, 1x1) -> bn -> relu\n    branch conv(same) -> drop_path(0.5) -> relu\n    branch pool(max, 3x3, same, stride=1)\n  } -> concat\n  conv(6, 3x3) -> bn -> tanh",
		"conv(8, same) -> relu\n  conv(8, same) -> relu\n  conv(8, same) -> relu\n  conv(8, same) -> relu\n  flatten -> dropout(0.5) -> dense(7)",
	}
	for _, o := range op.New().Ops {
		for _, ex := range o.Examples {
			bodies = append(bodies, body(o, ex))
		}
	}
	again := 0
	for i, b := range bodies {
		if testing.Short() && i%4 > 0 && i > 2 {
			continue
		}
		b = "conv(4, 3x3, same) -> bn -> relu\n  " + b + "\n  tanh -> dropout(0.2)"
		again += sameBits(t, b, 1)
		if i < 3 {
			again += sameBits(t, b, 2)
		}
	}
	if again < len(bodies)/2 && !testing.Short() {
		t.Errorf("%d steps run again in %d nets", again, len(bodies))
	}
}

// sameBits compares a model's training within limits to that without, with an
// update for so many backward sweeps, and returns how many steps run again.
func sameBits(t *testing.T, body string, parts int) (again int) {
	t.Helper()
	plain, err := recomputed(body, parts, 0)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	want := trainedBits(t, plain)
	most := bytesOf(plain.Train)
	var short *lower.MemoryLimitError
	if _, err := recomputed(body, parts, 1); !errors.As(err, &short) {
		t.Fatalf("%s: trained in a byte (%v)", body, err)
	}
	if short.Least > most {
		t.Errorf("%s: at least %d bytes, without a limit %d", body, short.Least, most)
	}
	for _, limit := range []int64{most, (short.Least + most) / 2, short.Least} {
		prog, err := recomputed(body, parts, limit)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if got := bytesOf(prog.Train); got > limit {
			t.Errorf("%s: %d bytes with a limit of %d", body, got, limit)
		}
		for _, s := range prog.Train.Steps {
			if s.Phase == plan.Recompute {
				again++
			}
		}
		got := trainedBits(t, prog)
		for name, w := range want {
			if len(got[name]) != len(w) {
				t.Fatalf("%s: no %s", body, name)
			}
			for i := range w {
				if math.Float32bits(got[name][i]) != math.Float32bits(w[i]) {
					t.Fatalf("%s, limit %d: %s differs at %d: %v, expected %v", body, limit, name, i, got[name][i], w[i])
				}
			}
		}
	}
	return again
}

// recomputed lowers a model to be trained within a limit.
func recomputed(body string, parts int, limit int64) (*plan.Program, error) {
	f := compiler.Parse("example.net", []byte(modelText(body, [4]int{3, 4, 8, 8})))
	m, diags, err := f.Model("", nil)
	if err != nil || diags.HasErrors() {
		return nil, errors.Join(err, diags.Err())
	}
	weigh := &ir.Loss{Name: "weigh", Lower: lowerWeigh}
	return compiler.Program(m.Graph, compiler.Options{
		Batch: 3, Gradients: true, MemoryLimit: limit,
		Objectives: []*ir.Objective{{Loss: weigh, On: m.Graph.Outputs[0].Value, Weight: 1}},
		Method:     &ir.Method{Optimizer: op.New().Optimizer("sgd"), Attrs: &op.SGD{Momentum: 0.9}, Parts: parts},
	})
}

// trainedBits is every output of the fourth run of training, and the tensors
// after it.
func trainedBits(t *testing.T, prog *plan.Program) map[string][]float32 {
	t.Helper()
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(5)
	for _, port := range prog.Train.Inputs {
		v := m.Train.Input(port.Name)
		for i := range v.F32 {
			v.F32[i] = float32(math.Sin(float64(i*i%1009+len(port.Name)))) / 4
		}
		if port.Name == ir.Seed {
			v.I64[0] = 11
		}
	}
	for range 4 {
		m.Train.Run()
	}
	bits := map[string][]float32{}
	for _, port := range prog.Train.Outputs {
		bits["output "+port.Name] = m.Train.Output(port.Name).F32
	}
	for _, p := range m.Tensors() {
		if p.View.F32 != nil {
			bits["tensor "+p.Name] = p.View.F32
		}
	}
	return bits
}

func bytesOf(p *plan.Plan) int64 {
	words := int64(0)
	for _, w := range p.Words {
		words += int64(w)
	}
	return 4 * words
}

// TestRecomputeChangesNothingElse checks that no step that runs again writes
// what outlives the plan, such as running statistics, and that the choice is the
// same each time.
func TestRecomputeChangesNothingElse(t *testing.T) {
	body := "conv(8, same) -> bn -> relu\n  conv(8, same) -> bn(cumulative) -> relu\n  conv(8, same) -> bn -> relu -> group_norm(2) -> relu"
	plain, err := recomputed(body, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	limit := bytesOf(plain.Train) - 4*int64(plain.Train.Words[plan.Arena])/4
	first := ""
	for range 3 {
		prog, err := recomputed(body, 1, limit)
		if err != nil {
			t.Fatal(err)
		}
		list := ""
		for _, s := range prog.Train.Steps {
			if s.Phase != plan.Recompute {
				continue
			}
			list += fmt.Sprintf("%s %T\n", s.Layer, s.Kernel)
			for i, o := range s.Kernel.Operands() {
				if a := s.Args[i]; a != plan.None && o.Access != plan.Read && prog.Train.Bufs[a].Region != plan.Arena {
					t.Errorf("%s: %T writes %s again", s.Layer, s.Kernel, prog.Train.Bufs[a].Name)
				}
			}
		}
		if first == "" {
			first = list
		}
		if list == "" || list != first {
			t.Errorf("runs again:\n%safter\n%s", list, first)
		}
	}
}
