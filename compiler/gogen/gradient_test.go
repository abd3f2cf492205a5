package gogen

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// TestOpGradients moves each weight of the model around every example along its
// gradient, to both sides: the loss must differ by the gradient's length times
// the way. The way is short enough for the loss to be nearly straight, and long
// enough for the difference to stand out from the loss's rounding.
func TestOpGradients(t *testing.T) {
	const way, slack, rounding = 0.001, 0.1, 1e-6
	pool := par.New(1)
	defer pool.Close()
	for _, o := range op.New().Ops {
		for _, example := range o.Examples {
			m, err := interp.New(opProgram(t, o, example, plainRecipe, true), pool)
			if err != nil {
				t.Fatalf("%s: %v", example, err)
			}
			m.Init(5)
			opInputs(m)
			loss := func() float64 {
				for _, s := range m.Tensors() {
					clear(s.View.I64) // the count of steps, which dropout depends on
				}
				m.Train.Run()
				return float64(m.Train.Output("loss").F32[0])
			}
			m.Train.Input("rate").F32[0] = 0
			for _, s := range m.Tensors() {
				if s.Kind != plan.Param {
					continue
				}
				loss()
				g := append([]float32(nil), m.Train.Output("d_"+s.Name).F32...)
				w := append([]float32(nil), s.View.F32...)
				square := 0.0
				for _, v := range g {
					square += float64(v) * float64(v)
				}
				length := math.Sqrt(square)
				if length == 0 {
					continue
				}
				at := func(h float64) float64 {
					for i, v := range g {
						s.View.F32[i] = w[i] + float32(h/length)*v
					}
					return loss()
				}
				got := at(way) - at(-way)
				copy(s.View.F32, w)
				if want := 2 * way * length; !(math.Abs(got-want) <= slack*want+rounding) {
					t.Errorf("%s: %s: the loss changes by %.4g, and by %.4g as the gradient says", example, s.Name, got, want)
				}
			}
		}
	}
}
