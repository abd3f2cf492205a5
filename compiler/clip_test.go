package compiler_test

import (
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

const clipModel = `net 1
model M {
  input image: 1x6x6
  conv(3, 3x3) -> tanh
  flatten
  dense(4)
  output logits
}
train t of M {
  data mnist; batch 2; epochs 1
  loss cross_entropy on logits
  optimizer sgd(lr=1)
  CLIP
}
`

// TestClip trains one step with bounded gradients and without, and compares
// what the bound should have made of the free gradients with the update.
func TestClip(t *testing.T) {
	free, norm := clipStep(t, ""), 0.0
	for _, dw := range free {
		for _, g := range dw {
			norm += float64(g) * float64(g)
		}
	}
	norm = math.Sqrt(norm)
	if norm < 0.2 {
		t.Fatalf("the gradients' norm is %g, too small for this test", norm)
	}
	tests := []struct {
		clip  string
		bound func(g float64) float64
	}{
		{"clip norm(0.1)", func(g float64) float64 { return g * 0.1 / (norm + 1e-6) }},
		{"clip norm(1000)", func(g float64) float64 { return g }},
		{"clip value(0.01)", func(g float64) float64 { return min(max(g, -0.01), 0.01) }},
	}
	for _, tt := range tests {
		for name, dw := range clipStep(t, tt.clip) {
			for i, g := range dw {
				if want := tt.bound(float64(free[name][i])); math.Abs(float64(g)-want) > 1e-6 {
					t.Errorf("%s: %s[%d] moved by %g, expected %g", tt.clip, name, i, g, want)
				}
			}
		}
	}
}

// clipStep is how far each parameter moves against its gradient in one step at
// rate 1.
func clipStep(t *testing.T, clip string) map[string][]float32 {
	t.Helper()
	f := compiler.Parse("clip.net", []byte(strings.Replace(clipModel, "CLIP", clip, 1)))
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: 2, Objectives: r.Objectives, Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(2)
	t.Cleanup(pool.Close)
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(3)
	moved := map[string][]float32{}
	for _, p := range m.Tensors() {
		if p.View.F32 != nil {
			moved[p.Name] = append([]float32(nil), p.View.F32...)
		}
	}
	image := m.Train.Input("image").F32
	for i := range image {
		image[i] = float32(i%7) / 2
	}
	m.Train.Input("rate").F32[0] = 1
	m.Train.Run()
	for _, p := range m.Tensors() {
		for i := range moved[p.Name] {
			moved[p.Name][i] -= p.View.F32[i]
		}
	}
	return moved
}
