package gogen

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

const (
	opBatch   = 3
	opClasses = 5
	opSteps   = 3
)

// plainRecipe trains the examples of operators.
const plainRecipe = `loss cross_entropy on logits
  optimizer sgd(lr=0.05, momentum=0.9, decay=1e-3)`

// recipeExamples train one model by every optimizer and by what else a recipe
// can say of losses and updates.
var recipeExamples = []string{
	"loss cross_entropy(smooth=0.1, weights=[1, 2, 0.5, 1, 1]) on logits; optimizer adam(amsgrad, decay=0.01)",
	"loss cross_entropy(ignore=1) on logits; optimizer adamw(lr=2e-3, decay_on=weights)",
	"loss cross_entropy on logits + 0.3 * multi_margin(margin=2) on logits; optimizer rmsprop(centered, momentum=0.9)",
	"loss multi_margin on logits; optimizer adagrad(lr_decay=0.1)",
	"loss map_criterion(j=0.5) on logits; optimizer sgd(lr=0.05)",
	"loss cross_entropy on logits; optimizer adadelta; clip value(0.01)",
	"loss cross_entropy on logits; optimizer lars(lr=1, decay=1e-3); clip norm(0.5)",
	"loss cross_entropy on logits; optimizer lamb(decay_on=weights); clip norm(0.5)",
	"loss cross_entropy on logits; optimizer sgd(lr=0.1, decay=1e-3, decay_on=weights); clip norm(0.1)",
	"loss cross_entropy on logits; optimizer sgd(lr=0.1, momentum=0.9); freeze conv2; rates(conv1=0.1); decay(dense1=0.01)",
	"loss cross_entropy on logits; optimizer adam; ema(0.9); freeze conv1..conv2",
	"loss cross_entropy on logits; optimizer sgd(lr=0.1, momentum=0.9); accumulate 3; ema(0.5)",
	"loss cross_entropy on logits; optimizer adamw; accumulate 3; clip norm(0.1)",
	"loss cross_entropy on logits; optimizer sgd(lr=0.1, momentum=0.9, nesterov); schedule one_cycle(momentum=0.8..0.95)",
	"loss cross_entropy on logits; optimizer adam; schedule one_cycle(momentum=0.8..0.95)",
}

// opModel is an example of an operator made into a model that can be trained.
func opModel(example, recipe string) string {
	return fmt.Sprintf(`net 1
model M {
  input image: 4x8x8
  conv(4, 1x1)
  %s
  flatten
  dense(%d)
  output logits
}
train t of M {
  data mnist; batch %d; epochs 1
  %s
}
`, strings.ReplaceAll(example, "; ", "\n  "), opClasses, opBatch, recipe)
}

func opProgram(t *testing.T, o *ir.Op, example, recipe string, gradients bool) *plan.Program {
	t.Helper()
	if o.Joins {
		return joinProgram(t, o, example, gradients)
	}
	f := compiler.Parse("example.net", []byte(opModel(example, recipe)))
	if diags := f.Check(); diags.HasErrors() {
		t.Fatalf("%s: %v", example, diags.Err())
	}
	r, _, err := f.Recipe("", nil)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: opBatch, Objectives: r.Objectives, Method: r.Method, Gradients: gradients})
	if err != nil {
		t.Fatalf("%s: %v", example, err)
	}
	return prog
}

// joinModel is the branches of an example of an operator that joins them.
func joinModel(example string) string {
	var text strings.Builder
	text.WriteString("net 1\nmodel M {\n  input image: 4x8x8\n  conv(4, 1x1) as trunk\n")
	for i, branch := range strings.Split(example, " | ") {
		fmt.Fprintf(&text, "  from trunk -> %s as b%d\n  output y%d\n", branch, i, i)
	}
	text.WriteString("}\n")
	return text.String()
}

// joinProgram joins the branches and adds what opModel has behind an example.
func joinProgram(t *testing.T, o *ir.Op, example string, gradients bool) *plan.Program {
	t.Helper()
	f := compiler.Parse("example.net", []byte(joinModel(example)))
	m, _, err := f.Model("", nil)
	if err != nil {
		t.Fatalf("%s: %v", example, err)
	}
	g, table := m.Graph, op.New()
	layer := func(o *ir.Op, attrs any, in ...*ir.Value) *ir.Value {
		n := &ir.Node{Op: o, Name: o.Name, Attrs: attrs, In: in, Span: g.Span}
		return g.Add(n, func(d *diag.Diagnostic) { t.Fatalf("%s: %v", example, d) })
	}
	var branches []*ir.Value
	for _, y := range g.Outputs {
		branches = append(branches, y.Value)
	}
	joined := layer(o, o.New(), branches...)
	logits := layer(table.Op("dense"), &op.Dense{Features: opClasses, Bias: true},
		layer(table.Op("flatten"), &op.Flatten{}, joined))
	g.Outputs = []ir.Output{{Name: "logits", Value: logits}}
	loss := table.Loss("cross_entropy")
	prog, err := compiler.Program(g, compiler.Options{
		Batch:      opBatch,
		Gradients:  gradients,
		Objectives: []*ir.Objective{{Loss: loss, Attrs: loss.New(), On: logits, Weight: 1}},
		Method:     &ir.Method{Optimizer: table.Optimizer("sgd"), Attrs: &op.SGD{Rate: 0.05, Momentum: 0.9, Decay: 1e-3}},
	})
	if err != nil {
		t.Fatalf("%s: %v", example, err)
	}
	return prog
}

// opsMain is the program that trains every generated example; the interpreter
// does the same in opInterpreted.
const opsMain = `package main

import (
	"fmt"
	"math"
	%s
)

// step is a step of training, with a momentum where the model takes one.
func step(m any, images []float32, labels []int32) float32 {
	if c, ok := m.(interface {
		Step(images []float32, labels []int32, rate, momentum float32) float32
	}); ok {
		return c.Step(images, labels, 0.05, 0.75)
	}
	return m.(interface {
		Step(images []float32, labels []int32, rate float32) float32
	}).Step(images, labels, 0.05)
}

func run(name string, m any) {
	images := make([]float32, %d)
	for i := range images {
		images[i] = float32(i*i%%101)/50 - 1
	}
	labels := []int32{0, 1, 2}
	fmt.Printf("%%s", name)
	for range %d {
		fmt.Printf(" %%08x", math.Float32bits(step(m, images, labels)))
	}
	forward := func() {
		for _, y := range m.(interface{ Forward(images []float32) []float32 }).Forward(images) {
			fmt.Printf(" %%08x", math.Float32bits(y))
		}
	}
	forward()
	if a, ok := m.(interface{ SwapAverages() }); ok {
		a.SwapAverages()
		forward()
	}
	fmt.Println()
}

func main() {
	%s
}
`

// TestOps trains a model around every example of every operator, and one by
// every recipe, by the interpreter on one thread and as generated code on two, and compares all
// losses and the outputs afterwards bit for bit.
func TestOps(t *testing.T) {
	files := map[string][]byte{}
	var imports, calls, want []string
	add := func(o *ir.Op, name, title, example, recipe string) {
		src, err := Generate(opProgram(t, o, example, recipe, false), Options{Package: name, Source: "example.net"})
		if err != nil {
			t.Errorf("%s: %v", title, err)
			return
		}
		files["ops/"+name+"/"+name+".go"] = src
		imports = append(imports, fmt.Sprintf("%q", "github.com/netc-lang/netc/testdata/gogen/built/ops/"+name))
		calls = append(calls, fmt.Sprintf("run(%q, %s.New(5, 2))", title, name))
		want = append(want, opInterpreted(t, o, title, example, recipe))
	}
	for _, o := range op.New().Ops {
		if len(o.Examples) == 0 {
			t.Errorf("operator %s has no examples", o.Name)
		}
		for i, example := range o.Examples {
			add(o, fmt.Sprintf("%s%d", o.Name, i), example, example, plainRecipe)
		}
	}
	tanh := op.New().Op("tanh")
	for i, recipe := range recipeExamples {
		add(tanh, fmt.Sprintf("recipe%d", i), recipe, "conv(3, 3x3) -> tanh", recipe)
	}
	files["ops/main/main.go"] = fmt.Appendf(nil, opsMain,
		strings.Join(imports, "\n\t"), opBatch*4*8*8, opSteps, strings.Join(calls, "\n\t"))
	got := goCommand(t, files, "run", built+"ops/main")
	if diff := cmp.Diff(strings.Join(want, ""), got); diff != "" {
		t.Errorf("generated code differs (-interpreter +generated):\n%s", diff)
	}
}

func opInterpreted(t *testing.T, o *ir.Op, title, example, recipe string) string {
	t.Helper()
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(opProgram(t, o, example, recipe, false), pool)
	if err != nil {
		t.Fatalf("%s: %v", title, err)
	}
	m.Init(5)
	images := opInputs(m)
	var out strings.Builder
	out.WriteString(title)
	for range opSteps {
		m.Train.Run()
		loss := m.Train.Output("loss").F32[0]
		if math.IsNaN(float64(loss)) {
			t.Errorf("%s: loss is not a number", title)
		}
		fmt.Fprintf(&out, " %08x", math.Float32bits(loss))
	}
	copy(m.Infer.Input("image").F32, images)
	forward := func() {
		m.Infer.Run()
		for _, y := range m.Infer.Output("logits").F32 {
			fmt.Fprintf(&out, " %08x", math.Float32bits(y))
		}
	}
	forward()
	if swapAverages(m) {
		forward()
	}
	return out.String() + "\n"
}

// swapAverages exchanges the weights with their averages, if there are any.
func swapAverages(m *interp.Machine) bool {
	all := map[string][]float32{}
	for _, t := range m.Tensors() {
		all[t.Name] = t.View.F32
	}
	any := false
	for name, w := range all {
		if average := all[plan.AverageOf(name)]; average != nil {
			any = true
			for i := range w {
				w[i], average[i] = average[i], w[i]
			}
		}
	}
	m.Refresh()
	return any
}

// opInputs binds the batch that all models get, and returns its images.
func opInputs(m *interp.Machine) []float32 {
	images := make([]float32, opBatch*4*8*8)
	for i := range images {
		images[i] = float32(i*i%101)/50 - 1
	}
	copy(m.Train.Input("image").F32, images)
	copy(m.Train.Input("label").I32, []int32{0, 1, 2})
	m.Train.Input("rate").F32[0] = 0.05
	if momentum := m.Train.Input("momentum").F32; momentum != nil {
		momentum[0] = 0.75
	}
	if seed := m.Train.Input("seed").I64; seed != nil {
		seed[0] = 5
	}
	return images
}
