package compiler_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

const golden = "../testdata/golden"

// tolerance is relative to the largest element of each tensor. The goldens are
// float64 runs; PyTorch's float32 differs from them by up to 3.2e-6.
const tolerance = 1e-5

// TestGoldenModels trains whole models for five steps on one batch from stored
// weights, and compares losses, gradients and weights with those computed by
// another program in float64; with and without the algorithms that Exact leaves out.
func TestGoldenModels(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(golden, "model_*.net"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden models in %s (%v)", golden, err)
	}
	for i := range 2 * len(files) {
		path, exact := files[i/2], i%2 == 1
		t.Run(fmt.Sprintf("%s/exact=%v", strings.TrimSuffix(filepath.Base(path), ".net"), exact), func(t *testing.T) {
			g := loadGolden(t, path, exact)
			for step := range 5 {
				g.m.Train.Run()
				g.compare("losses", g.m.Train.Output("loss").F32, step, 1)
				if step == 0 {
					for _, p := range g.params() {
						g.compare("grad/"+goldenName(p.Name), g.m.Train.Output("d_"+p.Name).F32, 0, p.Len())
					}
				}
				g.statistics("buffer1/", step == 0)
			}
			for _, p := range g.params() {
				g.compare("after5/"+goldenName(p.Name), p.View.F32, 0, p.Len())
			}
			g.statistics("buffer5/", true)
			copy(g.m.Infer.Input("image").F32, g.maps("x"))
			g.m.Infer.Run()
			logits := g.m.Infer.Output("logits").F32
			g.compareTo("eval_logits_after5", logits, channelsLast(g.file.Lookup("eval_logits_after5").Shape, g.floats64("eval_logits_after5")))
			g.m.Train.Run()
			g.compare("losses", g.m.Train.Output("loss").F32, 5, 1)
		})
	}
}

// goldenRun is a program with the weights and the batch of a golden file.
type goldenRun struct {
	*testing.T
	file *weights.File
	m    *interp.Machine
}

func loadGolden(t *testing.T, path string, exact bool) *goldenRun {
	t.Helper()
	f, err := compiler.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	return goldenOf(t, path, r, compiler.Options{Gradients: true, Exact: exact}, 2)
}

// goldenOf lowers the recipe of a golden file as the options ask, and sets its
// weights and its batch.
func goldenOf(t *testing.T, path string, r *check.Recipe, opt compiler.Options, threads int) *goldenRun {
	t.Helper()
	opt.Batch, opt.Objectives, opt.Method = r.Run.Batch, r.Objectives, r.Method
	prog, err := compiler.Program(r.Model.Graph, opt)
	if err != nil {
		t.Fatal(err)
	}
	pool := par.New(threads)
	t.Cleanup(pool.Close)
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Read(strings.TrimSuffix(path, ".net") + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	g := &goldenRun{t, file, m}
	m.Init(1)
	for _, p := range g.params() {
		copy(p.View.F32, g.floats("init/"+goldenName(p.Name)))
	}
	m.Refresh()
	copy(m.Train.Input("image").F32, g.maps("x"))
	g.labels(m.Train.Input("label").I32)
	m.Train.Input("rate").F32[0] = float32(r.Run.Rate)
	return g
}

// labels reads the classes of the batch.
func (g *goldenRun) labels(into []int32) {
	g.Helper()
	classes := plan.View{I64: make([]int64, len(into))}
	if err := g.file.Lookup("target").Into(classes); err != nil {
		g.Fatal(err)
	}
	for i, class := range classes.I64 {
		into[i] = int32(class)
	}
}

// params returns the trained tensors.
func (g *goldenRun) params() []interp.Tensor { return g.tensors(plan.Param) }

func (g *goldenRun) tensors(kind plan.Kind) []interp.Tensor {
	var some []interp.Tensor
	for _, p := range g.m.Tensors() {
		if p.Kind == kind {
			some = append(some, p)
		}
	}
	return some
}

// statistics compares the running statistics of batch normalisation.
func (g *goldenRun) statistics(prefix string, now bool) {
	g.Helper()
	for _, p := range g.tensors(plan.Buffer) {
		if now {
			g.compare(prefix+goldenName(p.Name), p.View.F32, 0, p.Len())
		}
	}
}

// goldenName is what the golden files call a tensor.
func goldenName(name string) string {
	return strings.NewReplacer("stage", "layers.", "[", ".", "]", "",
		"project1.conv1", "proj", "project1.bn1", "bnp", "dense", "fc").Replace(name)
}

// maps returns an N,C,H,W tensor as N,H,W,C.
func (g *goldenRun) maps(name string) []float32 {
	g.Helper()
	return channelsLast(g.file.Lookup(name).Shape, g.floats(name))
}

// channelsLast turns N,C,… into N,…,C.
func channelsLast[E any](shape []int, x []E) []E {
	n, c := shape[0], shape[1]
	hw := len(x) / (n * c)
	y := make([]E, len(x))
	for i := range x {
		image, channel, pixel := i/(c*hw), i/hw%c, i%hw
		y[(image*hw+pixel)*c+channel] = x[i]
	}
	return y
}

func (g *goldenRun) floats(name string) []float32 {
	g.Helper()
	x := g.floats64(name)
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

func (g *goldenRun) floats64(name string) []float64 {
	g.Helper()
	tensor := g.file.Lookup(name)
	if tensor == nil {
		g.Fatalf("golden file has no %s", name)
	}
	if tensor.DType == weights.F64 {
		x, err := tensor.Float64s()
		if err != nil {
			g.Fatal(err)
		}
		return x
	}
	x32, err := tensor.Float32s()
	if err != nil {
		g.Fatal(err)
	}
	x := make([]float64, len(x32))
	for i, v := range x32 {
		x[i] = float64(v)
	}
	return x
}

// compare checks n elements against those from the given one on in the file.
func (g *goldenRun) compare(name string, got []float32, from, n int) {
	g.Helper()
	want := g.floats64(name)
	if len(got) != n || len(want) < from+n {
		g.Fatalf("%s: %d elements, golden has %d, expected %d", name, len(got), len(want), n)
	}
	g.compareTo(name, got, want[from:from+n])
}

func (g *goldenRun) compareTo(name string, got []float32, want []float64) {
	g.Helper()
	if len(got) != len(want) {
		g.Fatalf("%s: %d elements, golden has %d", name, len(got), len(want))
	}
	largest, worst, at := 0.0, 0.0, 0
	for i := range got {
		largest = math.Max(largest, math.Abs(want[i]))
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= worst) {
			worst, at = d, i
		}
	}
	if !(worst <= tolerance*largest) {
		g.Errorf("%s[%d] = %v, want %v: off by %.1e of the tensor's maximum, allowed %.0e",
			name, at, got[at], want[at], worst/largest, tolerance)
	}
}
