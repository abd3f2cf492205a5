package op_test

import (
	"math"
	"testing"

	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

// The scale and the shift of layer_norm stand in C,H,W order in files, while
// values are H,W,C in plans.
func TestLayerNormOrderOfWeights(t *testing.T) {
	g := build(t, "net 1\nmodel M { input x: 2x3x5; layer_norm; output y }\n")
	if err := pass.Run(g, true); err != nil {
		t.Fatal(err)
	}
	p, err := lower.Program(g, lower.Options{Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(p, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(1)
	x := m.Infer.Input("x").F32
	for i := range x {
		x[i] = float32(i*i%7) - 3
	}
	weight, bias := tensor(t, m, "layer_norm1.weight"), tensor(t, m, "layer_norm1.bias")
	m.Infer.Run()
	plain := append([]float32(nil), m.Infer.Output("y").F32...)
	for i := range weight {
		weight[i], bias[i] = 1+float32(i), 10*float32(i)
	}
	m.Refresh()
	m.Infer.Run()
	for c := range 2 {
		for h := range 3 {
			for w := range 5 {
				file, at := float32((c*3+h)*5+w), (h*5+w)*2+c
				want := plain[at]*(1+file) + 10*file
				if got := m.Infer.Output("y").F32[at]; math.Abs(float64(got-want)) > 1e-4 {
					t.Errorf("channel %d, pixel %d,%d: %v, want %v", c, h, w, got, want)
				}
			}
		}
	}
}
