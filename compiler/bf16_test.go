package compiler_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// halfMachine is a graph after a step of training, on numbers that do not depend
// on the precision.
func halfMachine(t *testing.T, g *ir.Graph, batch int, half bool) *interp.Machine {
	t.Helper()
	weigh := &ir.Loss{Name: "weigh", Lower: lowerWeigh}
	prog, err := compiler.Program(g, compiler.Options{
		Batch: batch, Gradients: true, BF16: half,
		Objectives: []*ir.Objective{{Loss: weigh, On: g.Outputs[0].Value, Weight: 1}},
		Method:     &ir.Method{Optimizer: op.New().Optimizer("sgd"), Attrs: &op.SGD{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(1)
	t.Cleanup(pool.Close)
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(7)
	for _, name := range []string{"x", "dy"} {
		v := m.Train.Input(name).F32
		for i := range v {
			v[i] = float32(math.Sin(float64(i*i%1009)) * 2)
		}
	}
	m.Train.Run()
	return m
}

// apart is the distance of two results, relative to the second's size.
func apart(got, want []float32) float64 {
	d, n := 0.0, 0.0
	for i, w := range want {
		d += math.Pow(float64(got[i])-float64(w), 2)
		n += math.Pow(float64(w), 2)
	}
	return math.Sqrt(d / max(n, 1e-12))
}

// gradients is all gradients of a step, one after another. By themselves those of
// what a normalisation takes away again would be compared with zero.
func gradients(m *interp.Bound) (all []float32) {
	for _, out := range m.Plan().Outputs {
		if strings.HasPrefix(out.Name, "d_") {
			all = append(all, m.Output(out.Name).F32...)
		}
	}
	return all
}

// Every operator trains in bf16 too, with or without forms of its kernels: what
// it computes, behind convolutions, and the gradients are those of float32 within
// what numbers of eight bits give. Where a rectifier or a maximum decides otherwise,
// a gradient goes another way; a wrong one would be apart by 1.
func TestBF16Operators(t *testing.T) {
	const value, gradient = 0.02, 0.2
	for _, o := range op.New().Ops {
		for _, ex := range o.Examples {
			for _, size := range [][4]int{{3, 4, 8, 8}, {6, 16, 10, 9}} {
				text := modelText("conv(6, 1x1) -> bn\n  conv("+fmt.Sprint(size[1])+", 1x1)\n  "+body(o, ex), size)
				machines := [2]*interp.Machine{}
				for i := range machines {
					f := compiler.Parse("example.net", []byte(text))
					m, diags, err := f.Model("", nil)
					if err != nil {
						t.Fatal(err)
					}
					if len(diags) > 0 {
						break
					}
					machines[i] = halfMachine(t, m.Graph, size[0], i == 1)
				}
				if machines[1] == nil {
					continue
				}
				wide, half := machines[0].Train, machines[1].Train
				stored := 0
				for _, b := range half.Plan().Bufs {
					if b.DType == plan.BF16 {
						stored++
					}
				}
				if stored < 4 {
					t.Errorf("%s %s: %d buffers in bf16", o.Name, ex, stored)
				}
				if d := apart(half.Output("y").F32, wide.Output("y").F32); !(d <= value) {
					t.Errorf("%s %s %v: y is %.3f apart", o.Name, ex, size, d)
				}
				if d := apart(gradients(half), gradients(wide)); !(d <= gradient) {
					t.Errorf("%s %s %v: the gradients are %.3f apart", o.Name, ex, size, d)
				}
			}
		}
	}
}

// halfGolden is a golden run in bf16 on so many threads.
func halfGolden(t *testing.T, path string, threads int) (g *goldenRun, losses []float32) {
	t.Helper()
	f, err := compiler.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	g = goldenOf(t, path, r, compiler.Options{BF16: true}, threads)
	for range 6 {
		g.m.Train.Run()
		losses = append(losses, g.m.Train.Output("loss").F32[0])
	}
	return g, losses
}

// Whole models trained in bf16 have the losses of float64 within 6 %, and the same
// bits at any number of threads.
func TestBF16Golden(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(golden, "model_*.net"))
	if len(files) == 0 {
		t.Fatal("no golden models")
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".net"), func(t *testing.T) {
			g, losses := halfGolden(t, path, 1)
			for i, want := range g.floats64("losses") {
				if d := math.Abs(float64(losses[i])-want) / want; !(d <= 0.06) {
					t.Errorf("loss of step %d is %v, and %v in float64: %.4f apart", i, losses[i], want, d)
				}
			}
			more, again := halfGolden(t, path, 3)
			for i := range losses {
				if losses[i] != again[i] {
					t.Errorf("loss of step %d is %v on one thread, and %v on three", i, losses[i], again[i])
				}
			}
			for i, p := range g.m.Tensors() {
				if apart(more.m.Tensors()[i].View.F32, p.View.F32) != 0 {
					t.Errorf("%s differs on three threads", p.Name)
				}
			}
		})
	}
}
