package op_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

// smooth is operators without kinks, whose gradients differences can check.
// "frozen" freezes their statistics.
var smooth = []string{
	"conv(5, 3x3, same)", "conv(6, 3x3, stride=2, groups=2)", "tanh", "sigmoid", "pool(avg, 3x3, same, stride=2)",
	"bn", "bn(affine=false)", "conv(5, 3x3) -> bn", "flatten; dense(7) -> bn",
	"frozen bn", "layer_norm", "layer_norm(affine=false)", "layer_norm(channels)", "flatten; dense(9) -> layer_norm",
	"group_norm(1)", "group_norm(2)", "group_norm(4, affine=false)", "instance_norm",
	"gap", "adaptive(avg, 3x5)", "adaptive(avg, 9x9)",
	"lrn(3, alpha=2)", "lrn(4, alpha=1, beta=0.5, k=2)", "softmax", "log_softmax", "flatten; dense(6) -> softmax",
}

// TestGradients compares the gradient of every parameter, through the lowered
// plan, with differences of the loss.
func TestGradients(t *testing.T) {
	for _, body := range smooth {
		t.Run(strings.ReplaceAll(body, "/", " "), func(t *testing.T) {
			frozen, _ := strings.CutPrefix(body, "frozen ")
			m := withGradients(t, "conv(4, 3x3, same); "+frozen+"; tanh; flatten; dense(3)", func(p *ir.Param) bool {
				return frozen != body && p.Role == ir.Statistics
			})
			start := map[string][]float32{}
			for _, v := range m.Tensors() {
				start[v.Name] = append([]float32(nil), v.View.F32...)
			}
			loss := func() float64 {
				m.Train.Run()
				for _, v := range m.Tensors() {
					copy(v.View.F32, start[v.Name])
				}
				return float64(m.Train.Output("loss").F32[0])
			}
			loss()
			gradients := map[string][]float32{} // later runs overwrite the output
			for _, v := range m.Tensors() {
				gradients[v.Name] = append([]float32(nil), m.Train.Output("d_"+v.Name).F32...)
			}
			checked := 0
			for _, v := range m.Tensors() {
				grad := gradients[v.Name]
				if len(grad) == 0 {
					continue
				}
				checked++
				largest := float64(max(slices.Max(grad), -slices.Min(grad)))
				for _, i := range []int{0, len(grad) / 7, len(grad) / 3, len(grad) / 2, len(grad) * 4 / 5, len(grad) - 1} {
					const h = 1.0 / 128
					v.View.F32[i] = start[v.Name][i] + h
					up := loss()
					v.View.F32[i] = start[v.Name][i] - h
					down := loss()
					got, want := float64(grad[i]), (up-down)/(2*h)
					if math.Abs(got-want) > 0.005*largest+2e-5 {
						t.Errorf("d_%s[%d] = %v, differences give %v (largest %v)", v.Name, i, got, want, largest)
					}
				}
			}
			if checked < 3 {
				t.Errorf("%d parameters have gradients", checked)
			}
		})
	}
}

// withGradients is a model ready to be trained, at rate 0.
func withGradients(t *testing.T, body string, frozen func(*ir.Param) bool) *interp.Machine {
	t.Helper()
	g := build(t, example(body))
	if err := pass.Run(g, true); err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Params() {
		p.Frozen = frozen(p)
	}
	loss := op.New().Loss("cross_entropy")
	p, err := lower.Program(g, lower.Options{
		Batch: 5, Gradients: true,
		Objectives: []*ir.Objective{{Loss: loss, Attrs: loss.New(), On: g.Outputs[0].Value, Weight: 1}},
		Method:     &ir.Method{Optimizer: op.New().Optimizer("sgd"), Attrs: &op.SGD{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	t.Cleanup(pool.Close)
	m, err := interp.New(p, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(3)
	for i, x := 0, m.Train.Input("x").F32; i < len(x); i++ {
		x[i] = float32(i*i%37)/16 - 1
	}
	copy(m.Train.Input("label").I32, []int32{0, 2, 1, 0, 2})
	return m
}
