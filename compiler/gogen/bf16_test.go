package gogen_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/gogen"
	"github.com/netc-lang/netc/runtime/interp"
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

const halfNet = `net 1

model Half {
  input image: 3x12x12
  conv(8, 3x3, same) -> bn -> relu -> pool(max, 2x2)
  residual { conv(8, 3x3, same) -> bn -> relu -> conv(8, 3x3, same) -> bn } -> relu
  conv(16, 3x3, same, stride=2) -> tanh -> gap
  dense(5)
  output logits
}

train half of Half {
  data cifar10
  batch 4
  epochs 1
  loss cross_entropy on logits
  optimizer sgd(lr=0.1, momentum=0.9)
  precision bf16
}
`

const halfMain = `package main

import (
	"fmt"
	"math"

	"github.com/netc-lang/netc/testdata/gogen/built/half"
)

func main() {
	m := half.New(5, 2)
	defer m.Close()
	images, labels := make([]float32, 4*12*12*3), []int32{0, 1, 2, 3}
	for i := range images {
		images[i] = float32(math.Sin(float64(i * i % 1009)))
	}
	for range 5 {
		fmt.Printf("%08x\n", math.Float32bits(m.Step(images, labels, 0.1)))
	}
	for _, p := range m.Params() {
		sum := uint32(0)
		for _, v := range p.Values.F32 {
			sum = sum*31 + math.Float32bits(v)
		}
		fmt.Printf("%s %08x\n", p.Name, sum)
	}
}
`

// A training step in bf16 has the same bits as generated code.
func TestSameBitsBF16(t *testing.T) {
	f := compiler.Parse("half.net", []byte(halfNet))
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{
		Batch: r.Run.Batch, Objectives: r.Objectives, Method: r.Method, BF16: r.Run.InBF16(),
	})
	if err != nil {
		t.Fatal(err)
	}
	src, err := gogen.Generate(prog, gogen.Options{Package: "half"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(src), "[]uint16") {
		t.Error("no bf16 in the generated code")
	}
	pool := par.New(1)
	defer pool.Close()
	m, err := interp.New(prog, pool)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(5)
	images := m.Train.Input("image").F32
	for i := range images {
		images[i] = float32(math.Sin(float64(i * i % 1009)))
	}
	copy(m.Train.Input("label").I32, []int32{0, 1, 2, 3})
	m.Train.Input("rate").F32[0] = 0.1
	var want strings.Builder
	for range 5 {
		m.Train.Run()
		fmt.Fprintf(&want, "%08x\n", math.Float32bits(m.Train.Output("loss").F32[0]))
	}
	for _, p := range m.Tensors() {
		if p.Region != plan.Weights {
			continue
		}
		sum := uint32(0)
		for _, v := range p.View.F32 {
			sum = sum*31 + math.Float32bits(v)
		}
		fmt.Fprintf(&want, "%s %08x\n", p.Name, sum)
	}
	got := gogen.GoCommand(t, map[string][]byte{"half/half.go": src, "main/main.go": []byte(halfMain)}, "run", gogen.Built+"main")
	if d := cmp.Diff(want.String(), got); d != "" {
		t.Errorf("generated code differs (-interpreter +generated):\n%s", d)
	}
}
