package lenet5_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/models/lenet5"
	"github.com/netc-lang/netc/runtime/data"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/train"
)

const seed = 7

// net is what the two back ends have in common.
type net interface {
	Step(images []float32, labels []int32, rate float32) float32
	weights() map[string][]float32
}

type generated struct{ *lenet5.LeNet5 }

func (g generated) weights() map[string][]float32 {
	all := map[string][]float32{}
	for _, p := range g.Params() {
		all[p.Name] = p.Values.F32
	}
	return all
}

type interpreted struct{ *interp.Machine }

func (m interpreted) Step(images []float32, labels []int32, rate float32) float32 {
	copy(m.Train.Input("image").F32, images)
	copy(m.Train.Input("label").I32, labels)
	m.Train.Input("rate").F32[0] = rate
	m.Train.Run()
	return m.Train.Output("loss").F32[0]
}

func (m interpreted) weights() map[string][]float32 {
	all := map[string][]float32{}
	for _, t := range m.Tensors() {
		if t.Region == plan.Weights {
			all[t.Name] = t.View.F32
		}
	}
	return all
}

// TestSameBits trains LeNet-5 by the interpreter and as generated code, on one
// thread and on two, and compares every loss and every weight bit for bit.
func TestSameBits(t *testing.T) {
	steps := 200
	if testing.Short() {
		steps = 20
	}
	prog, recipe := program(t)
	nets := map[string]net{}
	for threads := 1; threads <= 2; threads++ {
		pool := par.New(threads)
		t.Cleanup(pool.Close)
		m, err := interp.New(prog, pool)
		if err != nil {
			t.Fatal(err)
		}
		m.Init(seed)
		nets[fmt.Sprintf("interpreted on %d", threads)] = interpreted{m}
		g := lenet5.New(seed, threads)
		t.Cleanup(g.Close)
		nets[fmt.Sprintf("generated on %d", threads)] = generated{g}
	}
	const reference = "interpreted on 1"

	set, err := data.Open(context.Background(), "glyphs", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loader, err := data.NewLoader(set.Train, data.Config{
		Batch: lenet5.TrainBatch, Seed: seed, Workers: 2, Ahead: 2, Train: true, Shuffle: true, Transforms: recipe.Transforms,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer loader.Close()
	first := float32(0)
	run := train.Length{Batch: lenet5.TrainBatch, Samples: set.Train.Len(), Epochs: 1}
	for step := range steps {
		b, err := loader.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		rate := float32(recipe.Run.Schedule.Rate(recipe.Run.Rate, step, run))
		want := nets[reference].Step(b.Images, b.Labels, rate)
		for name, n := range nets {
			if name == reference {
				continue
			}
			if got := n.Step(b.Images, b.Labels, rate); math.Float32bits(got) != math.Float32bits(want) {
				t.Fatalf("step %d: loss %v %s, %v %s", step, got, name, want, reference)
			}
		}
		loader.Release(b)
		if step == 0 {
			first = want
		}
		if step == steps-1 && !(want < 0.95*first) {
			t.Errorf("loss %v after %d steps, %v before: the model learns nothing", want, steps, first)
		}
	}
	for tensor, want := range nets[reference].weights() {
		for name, n := range nets {
			got := n.weights()[tensor]
			if len(got) != len(want) {
				t.Fatalf("%s has %d elements %s, %d %s", tensor, len(got), name, len(want), reference)
			}
			for i := range want {
				if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
					t.Fatalf("%s[%d] = %v %s, %v %s", tensor, i, got[i], name, want[i], reference)
				}
			}
		}
	}
}

// program compiles lenet5.net.
func program(t *testing.T) (*plan.Program, *check.Recipe) {
	t.Helper()
	f, err := compiler.Load("lenet5.net")
	if err != nil {
		t.Fatal(err)
	}
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: r.Run.Batch, Objectives: r.Objectives, Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	return prog, r
}

// TestSaveLoad moves weights through a file.
func TestSaveLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	a, b := lenet5.New(1, 1), lenet5.New(2, 1)
	defer a.Close()
	defer b.Close()
	images := make([]float32, 3*lenet5.ImageLen)
	for i := range images {
		images[i] = float32(i%7) / 7
	}
	want := append([]float32(nil), a.Forward(images)...)
	if err := a.Save(path); err != nil {
		t.Fatal(err)
	}
	b.Forward(images)
	if err := b.Load(path); err != nil {
		t.Fatal(err)
	}
	got := b.Forward(images)
	if len(got) != 3*lenet5.LogitsLen {
		t.Fatalf("%d logits for 3 images", len(got))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("logit %d is %v after loading, was %v", i, got[i], want[i])
		}
	}
}

func Example() {
	net := lenet5.New(1, 2) // seed, threads
	defer net.Close()
	digits := make([]float32, 2*lenet5.ImageLen) // two empty images
	logits := net.Forward(digits)
	fmt.Println(len(logits) / lenet5.LogitsLen)
	// Output: 2
}
