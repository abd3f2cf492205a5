package op_test

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

// TestLosses compares the gradient of a weight with the change of the loss that
// the plan itself computes, for every loss on a vector and, where it works on
// one, on a map; and for a sum of two losses.
func TestLosses(t *testing.T) {
	table := op.New()
	tests := map[string][]*ir.Loss{"cross_entropy+multi_margin": {table.Loss("cross_entropy"), table.Loss("multi_margin")}}
	for _, l := range table.Losses {
		if l.Doc == "" || l.Source == "" || l.New == nil || l.Check == nil || l.Lower == nil {
			t.Errorf("%s does not say all that a loss says", l.Name)
		}
		tests[l.Name] = []*ir.Loss{l}
	}
	soft := *table.Loss("cross_entropy")
	soft.New = func() any {
		return &op.CrossEntropy{Ignore: op.NoLabel, Soft: true, Smooth: 0.1}
	}
	tests["cross_entropy(soft)"] = []*ir.Loss{&soft}
	for name, losses := range tests {
		t.Run(name+"/vector", func(t *testing.T) { gradientOfLoss(t, "conv(3, 3x3) -> tanh -> flatten -> dense(5)", losses) })
		if name != "cross_entropy+multi_margin" && name != "multi_margin" && name != "map_criterion" {
			t.Run(name+"/map", func(t *testing.T) { gradientOfLoss(t, "conv(3, 3x3) -> tanh -> conv(2, 3x3)", losses) })
		}
	}
}

func gradientOfLoss(t *testing.T, body string, losses []*ir.Loss) {
	g := build(t, example(body))
	if err := pass.Run(g, true); err != nil {
		t.Fatal(err)
	}
	sgd := op.New().Optimizer("sgd")
	opt := lower.Options{Batch: 2, Method: &ir.Method{Optimizer: sgd, Attrs: sgd.New()}, Gradients: true}
	for i, l := range losses {
		opt.Objectives = append(opt.Objectives, &ir.Objective{Name: l.Name, Loss: l, Attrs: l.New(), On: g.Outputs[0].Value, Weight: 1 / float64(1+i)})
	}
	prog, err := lower.Program(g, opt)
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	for _, port := range []string{"x", ir.Target} {
		for i, v := 0, m.Train.Input(port).F32; i < len(v); i++ {
			v[i] = float32(i*i%101) / 101
		}
	}
	for i, v := 0, m.Train.Input(ir.Label).I32; i < len(v); i++ {
		v[i] = int32(i % 2)
	}
	loss := func() float64 {
		m.Train.Run() // at rate 0
		return float64(m.Train.Output(ir.LossValue).F32[0])
	}
	loss()
	for _, p := range m.Tensors() {
		if p.Name != "conv1.weight" {
			continue
		}
		dw, largest := append([]float32(nil), m.Train.Output("d_"+p.Name).F32...), 0.0
		for _, v := range dw {
			largest = max(largest, math.Abs(float64(v)))
		}
		if largest == 0 {
			t.Fatal("no gradient")
		}
		const h = 1.0 / 128
		for i := 0; i < len(dw); i += 7 {
			w := p.View.F32[i]
			p.View.F32[i] = w + h
			up := loss()
			p.View.F32[i] = w - h
			down := loss()
			p.View.F32[i] = w
			// The loss has 24 bits, and the step's error is of order h².
			if got := (up - down) / (2 * h); math.Abs(got-float64(dw[i])) > 0.02*largest+1e-4 {
				t.Errorf("derivative by weight %d is %g, and %g by differences", i, dw[i], got)
			}
		}
	}
}
