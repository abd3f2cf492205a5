package compiler_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
)

const filtered = `net 1
model M {
  input image: 3x16x16
  conv(32, same) -> relu -> conv(32, same) -> relu -> conv(48, 5x5) -> flatten -> dense(5)
  output logits
}
train step of M {
  data      mnist
  epochs    1
  batch     6
  loss      cross_entropy on logits
  optimizer sgd(lr=0.01)
}
`

// filteredRun trains the model for one step on fixed numbers.
func filteredRun(t *testing.T, exact bool) (m *interp.Machine, kernels string) {
	t.Helper()
	f := compiler.Parse("filtered.net", []byte(filtered))
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{
		Batch: 6, Objectives: r.Objectives, Method: r.Method, Gradients: true, Exact: exact,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(prog.Train.Steps, prog.Infer.Steps...) {
		kernels += fmt.Sprintf("%T ", s.Kernel)
	}
	pool := par.New(2)
	t.Cleanup(pool.Close)
	if m, err = interp.New(prog, pool); err != nil {
		t.Fatal(err)
	}
	m.Init(3)
	m.Refresh()
	for i := range m.Train.Input("image").F32 {
		m.Train.Input("image").F32[i] = float32(math.Sin(float64(i * i % 1009)))
	}
	for i := range m.Train.Input("label").I32 {
		m.Train.Input("label").I32[i] = int32(i % 5)
	}
	m.Train.Input("rate").F32[0] = 0.01
	m.Train.Run()
	return m, kernels
}

// Minimal filtering is used where it is cheaper, unless the options ask for
// exactness, and agrees with direct convolution: the gradients of a net within
// the tolerance of the golden models.
func TestExact(t *testing.T) {
	fast, kernels := filteredRun(t, false)
	exact, plain := filteredRun(t, true)
	for _, k := range []string{"WinogradForward", "WinogradBackwardData", "WinogradBackwardWeights"} {
		if !strings.Contains(kernels, k) {
			t.Errorf("no %s among %s", k, kernels)
		}
	}
	if strings.Contains(plain, "Winograd") {
		t.Errorf("not exact: %s", plain)
	}
	for _, p := range exact.Tensors() {
		if p.View.F32 == nil {
			continue
		}
		got, want := fast.Train.Output("d_"+p.Name).F32, exact.Train.Output("d_"+p.Name).F32
		largest := 0.0
		for _, w := range want {
			largest = max(largest, math.Abs(float64(w)))
		}
		for i, w := range want {
			if e := math.Abs(float64(got[i] - w)); !(e <= tolerance*largest) {
				t.Errorf("gradient of %s, element %d: %v, and %v exactly", p.Name, i, got[i], w)
				break
			}
		}
	}
}
