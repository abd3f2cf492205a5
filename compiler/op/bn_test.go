package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// A convolution has a bias unless bn is the first to read it; writing bias=true
// keeps it, and what stands between them keeps it too. What reads it later
// changes nothing.
func TestConvInFrontOfBNHasNoBias(t *testing.T) {
	for _, tt := range []struct {
		body  string
		bias  bool
		flops int64 // of the convolution
	}{
		{"conv(6, 1x1) -> bn", false, 2 * 6 * 4 * 64},
		{"conv(6, 1x1, bias=true) -> bn", true, 2*6*4*64 + 6*64},
		{"conv(6, 1x1, bias=false) -> bn", false, 2 * 6 * 4 * 64},
		{"conv(6, 1x1) -> relu -> bn", true, 2*6*4*64 + 6*64},
		{"conv(6, 1x1)", true, 2*6*4*64 + 6*64},
		{"conv(6, 1x1) as c; bn; skip(add) { from c -> relu }", false, 2 * 6 * 4 * 64},
		{"conv(6, 1x1); skip(add) { bn -> relu }", false, 2 * 6 * 4 * 64},
		{"conv(6, 1x1) as c; relu; parallel { branch {}; branch from c -> bn }; add", true, 2*6*4*64 + 6*64},
	} {
		n := build(t, example(tt.body)).Nodes[0]
		if got := n.Param("bias") != nil; got != tt.bias {
			t.Errorf("%s: bias %v, want %v", tt.body, got, tt.bias)
		}
		if got := n.Op.FLOPs(n); got != tt.flops {
			t.Errorf("%s: the convolution has %d FLOPs, want %d", tt.body, got, tt.flops)
		}
	}
}

// machine makes a model of one batch normalisation ready to be trained.
func machine(t *testing.T, body string, change func(*ir.Graph)) *interp.Machine {
	t.Helper()
	g := build(t, example(body+"; flatten; dense(3)"))
	if err := pass.Run(g, true); err != nil {
		t.Fatal(err)
	}
	change(g)
	loss := op.New().Loss("cross_entropy")
	p, err := lower.Program(g, lower.Options{
		Batch:      2,
		Objectives: []*ir.Objective{{Loss: loss, Attrs: loss.New(), On: g.Outputs[0].Value, Weight: 1}},
		Method:     &ir.Method{Optimizer: op.New().Optimizer("sgd"), Attrs: &op.SGD{Rate: 0.1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Verify(p); err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	t.Cleanup(pool.Close)
	m, err := interp.New(p, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	x := m.Train.Input("x").F32
	for i := range x {
		x[i] = float32(i*i%17) - 3*float32(i%4)
	}
	m.Train.Input("rate").F32[0] = 0.1
	return m
}

func tensor(t *testing.T, m *interp.Machine, name string) []float32 {
	t.Helper()
	for _, v := range m.Tensors() {
		if v.Name == name {
			return v.View.F32
		}
	}
	t.Fatalf("no tensor %s", name)
	return nil
}

// moments is the mean and the unbiased variance of each channel of a batch.
func moments(x []float32, c int) (mean, variance []float64) {
	mean, variance = make([]float64, c), make([]float64, c)
	rows := float64(len(x) / c)
	for i, v := range x {
		mean[i%c] += float64(v) / rows
	}
	for i, v := range x {
		variance[i%c] += (float64(v) - mean[i%c]) * (float64(v) - mean[i%c]) / (rows - 1)
	}
	return mean, variance
}

func TestBNTrainsItsStatistics(t *testing.T) {
	for _, tt := range []struct {
		body string
		keep float64 // share of the first values, 0 and 1, that two steps leave
	}{
		{"bn", 0.81},
		{"bn(momentum=0.5)", 0.25},
		{"bn(momentum=0)", 1},
		{"bn(cumulative)", 0},
	} {
		m := machine(t, tt.body, func(*ir.Graph) {})
		x := m.Train.Input("x").F32
		for range 2 {
			m.Train.Run()
		}
		mean, variance := moments(x, 4)
		for c := range 4 {
			wantMean, wantVar := (1-tt.keep)*mean[c], tt.keep+(1-tt.keep)*variance[c]
			if got := tensor(t, m, "bn1.running_mean")[c]; math.Abs(float64(got)-wantMean) > 1e-4 {
				t.Errorf("%s: running mean %d is %v, want %v", tt.body, c, got, wantMean)
			}
			if got := tensor(t, m, "bn1.running_var")[c]; math.Abs(float64(got)-wantVar) > 1e-3 {
				t.Errorf("%s: running variance %d is %v, want %v", tt.body, c, got, wantVar)
			}
		}
	}
}

// near says that two results differ by roundings alone.
func near(a, b []float32) bool {
	for i, v := range a {
		if math.Abs(float64(v-b[i])) > 1e-5*(1+math.Abs(float64(v))) {
			return false
		}
	}
	return len(a) == len(b)
}

// A frozen layer computes in training what it computes in inference, but for the
// rounding of weights that inference scales, and no step writes to its tensors; with live statistics only they change.
func TestFrozenBN(t *testing.T) {
	freeze := func(statistics bool) func(*ir.Graph) {
		return func(g *ir.Graph) {
			for _, p := range g.Params() {
				p.Frozen = p.Node.Op.Name == "bn" && (statistics || p.Role == ir.Trained)
			}
		}
	}
	for _, statistics := range []bool{true, false} {
		m := machine(t, "conv(4, 1x1) -> bn", freeze(statistics))
		before := append([]float32(nil), tensor(t, m, "bn1.running_mean")...)
		weight := append([]float32(nil), tensor(t, m, "conv1.weight")...)
		copy(m.Infer.Input("x").F32, m.Train.Input("x").F32)
		m.Infer.Run()
		want := append([]float32(nil), m.Infer.Output("y").F32...)
		m.Train.Run()
		if got := near(m.Train.Output("y").F32, want); got != statistics {
			t.Errorf("frozen statistics %v: training computes what inference does: %v", statistics, got)
		}
		if got := slices.Equal(tensor(t, m, "bn1.running_mean"), before); got != statistics {
			t.Errorf("frozen statistics %v: they stayed: %v", statistics, got)
		}
		if slices.Equal(tensor(t, m, "conv1.weight"), weight) {
			t.Errorf("frozen statistics %v: no gradient came through", statistics)
		}
		for _, v := range tensor(t, m, "bn1.weight") {
			if v != 1 {
				t.Errorf("frozen statistics %v: the frozen scale moved to %v", statistics, v)
			}
		}
	}
}
