package gogen

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/testdata/gogen/toy"
)

// TestSameBits compiles generated packages and compares what they compute with
// the interpreter.
func TestSameBits(t *testing.T) {
	files := map[string][]byte{"main/main.go": []byte(bitsMain)}
	for path, c := range map[string]struct {
		prog *plan.Program
		opt  Options
	}{
		"both/both.go":  {toyProgram(), Options{Package: "both"}},
		"long/long.go":  {longProgram(), Options{Package: "long"}},
		"pair/infer.go": {toyProgram(), Options{Package: "pair", Type: "Small", Mode: InferOnly, Qualify: true}},
		"pair/train.go": {toyProgram(), Options{Package: "pair", Type: "Trainer", Mode: TrainOnly, Qualify: true}},
	} {
		src, err := Generate(c.prog, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = src
	}
	got := goCommand(t, files, "run", built+"main", filepath.Join(t.TempDir(), "toy.safetensors"))
	want := interpreted(t, toyProgram()) + interpreted(t, longProgram()) + "reloaded true\npair true true\nallocs 0\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("generated code differs (-interpreter +generated):\n%s", diff)
	}
}

// longProgram is toyProgram with a training plan too long for one function.
func longProgram() *plan.Program {
	prog := toyProgram()
	b := builder{prog.Train, map[string]int{}}
	for i := range b.Bufs {
		b.index[b.Bufs[i].Name] = i
	}
	count := b.step("step", plan.Update, &toy.Count{}, "step")
	b.Steps = append(b.Steps, slices.Repeat([]plan.Step{count}, 2*maxSteps)...)
	return prog
}

// bitsMain does with generated code what interpreted does with the interpreter.
const bitsMain = `package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/netc-lang/netc/testdata/gogen/built/both"
	"github.com/netc-lang/netc/testdata/gogen/built/long"
	"github.com/netc-lang/netc/testdata/gogen/built/pair"
)

type net interface {
	Forward(images []float32) []float32
	Step(images []float32, labels []int32, rate float32) float32
}

var images = []float32{0.5, -1, 2, 0.25, 1, 1, -0.5, 3, 0.125, -2, 1, 0}

func show(name string, values ...float32) {
	fmt.Print(name)
	for _, v := range values {
		fmt.Printf(" %08x", math.Float32bits(v))
	}
	fmt.Println()
}

func run(m net) {
	show("before", m.Forward(images)...)
	for i := range 4 {
		show("loss", m.Step(images[4*(i%2):][:8], []int32{int32(i % 3), 1}, 0.125))
		show("after", m.Forward(images[:8])...)
	}
}

func main() {
	b := both.New(42, 1)
	defer b.Close()
	run(b)
	l := long.New(42, 1)
	run(l)

	path := os.Args[1]
	if err := b.Save(path); err != nil {
		panic(err)
	}
	s := pair.NewSmall(1, 1)
	if err := s.Load(path); err != nil {
		panic(err)
	}
	fmt.Println("reloaded", slices.Equal(s.Forward(images[:8]), b.Forward(images[:8])))

	t := pair.NewTrainer(42, 1)
	loss := t.Step(images[:8], []int32{0, 1}, 0.125)
	fmt.Println("pair", loss == both.New(42, 1).Step(images[:8], []int32{0, 1}, 0.125),
		len(t.Params()) == 3 && pair.SmallInferBatch == both.InferBatch)

	labels := []int32{0, 1}
	fmt.Println("allocs", testing.AllocsPerRun(10, func() {
		b.Step(images[:8], labels, 0.125)
		b.Forward(images)
	}))
}
`

func interpreted(t *testing.T, prog *plan.Program) string {
	t.Helper()
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	show := func(name string, values ...float32) {
		out.WriteString(name)
		for _, v := range values {
			fmt.Fprintf(&out, " %08x", math.Float32bits(v))
		}
		out.WriteByte('\n')
	}
	images := []float32{0.5, -1, 2, 0.25, 1, 1, -0.5, 3, 0.125, -2, 1, 0}
	forward := func(images []float32) []float32 {
		in := m.Infer.Input("image").F32
		clear(in[copy(in, images):])
		m.Infer.Run()
		return m.Infer.Output("logits").F32[:len(images)/4*3]
	}
	m.Init(42)
	show("before", forward(images)...)
	for i := range 4 {
		copy(m.Train.Input("image").F32, images[4*(i%2):])
		copy(m.Train.Input("label").I32, []int32{int32(i % 3), 1})
		m.Train.Input("rate").F32[0] = 0.125
		m.Train.Input("seed").I64[0] = 42
		m.Train.Run()
		show("loss", m.Train.Output("loss").F32...)
		show("after", forward(images[:8])...)
	}
	return out.String()
}

// TestHardNames gives names the chance to clash with what is around them, and
// compiles the result.
func TestHardNames(t *testing.T) {
	files, packages := map[string][]byte{}, []string{"build"}
	for i, name := range []string{"pool", "type", "init", "Forward", "weights", "plan", "m", "t", "n", "train", "new", "中文", "a b", "a_b", "1"} {
		prog := toyProgram()
		prog.Tensors[0].Name = name
		for _, p := range []*plan.Plan{prog.Init, prog.Train, prog.Infer} {
			p.Bufs[0].Name = name
			for i := range p.Bufs {
				if i > 4 {
					p.Bufs[i].Name = name
				}
			}
			for i := range p.Steps {
				p.Steps[i].Layer = name
			}
		}
		prog.Infer.Inputs[0].Name, prog.Infer.Outputs[0].Name = name, name
		prog.Infer.Outputs = append(prog.Infer.Outputs, plan.Port{Name: name + ".", Buf: prog.Infer.Outputs[0].Buf})
		src, err := Generate(prog, Options{Package: "hard"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		dir := fmt.Sprintf("hard%d", i)
		files[dir+"/hard.go"] = src
		packages = append(packages, built+dir)
	}
	goCommand(t, files, packages...)
}

// built is where goCommand's files seem to lie.
const built = "./testdata/gogen/built/"

// goCommand runs the go command on the given files and returns what it prints.
// To the command the files are part of this module; on disk they are not.
func goCommand(t *testing.T, files map[string][]byte, args ...string) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for name, src := range files {
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(path, src, 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(built+name))] = path
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{args[0], "-overlay", list}, args[1:]...)...)
	cmd.Dir = root
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, stderr.String())
	}
	return string(out)
}
