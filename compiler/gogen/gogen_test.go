package gogen

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/plan"
)

var update = flag.Bool("update", false, "rewrite the expected files")

var toyOptions = Options{Version: "0.0.0-test", Source: "toynet.net", Package: "toynet"}

func generateToy(t *testing.T, opt Options) []byte {
	t.Helper()
	src, err := Generate(toyProgram(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestGolden(t *testing.T) {
	for name, edit := range map[string]func(*Options){
		"both.go.txt":  func(*Options) {},
		"infer.go.txt": func(o *Options) { o.Mode, o.Qualify = InferOnly, true },
	} {
		t.Run(name, func(t *testing.T) {
			opt := toyOptions
			edit(&opt)
			src := generateToy(t, opt)
			golden := filepath.Join("..", "..", "testdata", "gogen", name)
			if *update {
				if err := os.WriteFile(golden, src, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(src)); diff != "" {
				t.Errorf("the generated code changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeterministic(t *testing.T) {
	first := generateToy(t, toyOptions)
	for range 5 {
		if !bytes.Equal(first, generateToy(t, toyOptions)) {
			t.Fatal("the same program gave different bytes")
		}
	}
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(*plan.Program, *Options)
		want  string
	}{
		{"broken program", func(p *plan.Program, _ *Options) { p.Infer.Setup = nil }, "no step before it has written"},
		{"no training plan", func(p *plan.Program, _ *Options) { p.Train = nil }, "mode both: the program lacks a plan"},
		{"no inference plan", func(p *plan.Program, o *Options) { p.Infer, o.Mode = nil, InferOnly }, "mode infer: the program lacks a plan"},
		{"package name", func(_ *plan.Program, o *Options) { o.Package = "toy-net" }, `package name "toy-net"`},
		{"keyword as package", func(_ *plan.Program, o *Options) { o.Package = "func" }, `package name "func"`},
		{"source", func(_ *plan.Program, o *Options) { o.Source = "a\n.net" }, `source "a\n.net"`},
		{"type name", func(_ *plan.Program, o *Options) { o.Type = "toyNet" }, `type name "toyNet"; expected an exported`},
		{"unknown input of training", func(p *plan.Program, _ *Options) { p.Train.Inputs[3].Name = "salt" }, "plan train: input salt: i64 [1]; expected rate or momentum (f32 [1]), seed (i64 [1]) or f32 or i32 data for a batch of 2"},
		{"undivided input of inference", func(p *plan.Program, _ *Options) { p.Infer.Batch = 4 }, "plan infer: input image: f32 [3 2 2 1]; expected f32 or i32 data for a batch of 4"},
		{"unknown input of init", func(p *plan.Program, _ *Options) { p.Init.Inputs[0].Name = "salt" }, "plan init: input salt: i64 [1]; expected only seed (i64 [1])"},
		{"no output of inference", func(p *plan.Program, _ *Options) { p.Infer.Outputs = nil }, "plan infer: 1 inputs and 0 outputs"},
		{"kernel", func(p *plan.Program, _ *Options) {
			p.Train.Steps = append(p.Train.Steps, plan.Step{Layer: "end", Kernel: &WithMap{Table: map[string]int{}}})
		}, "plan train: step 7 (end): kernel gogen.WithMap.Table: type map[string]int"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			prog, opt := toyProgram(), toyOptions
			tt.spoil(prog, &opt)
			_, err := Generate(prog, opt)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestStages(t *testing.T) {
	const p, f, l, b, u = plan.Pack, plan.Forward, plan.Loss, plan.Backward, plan.Update
	for _, tt := range []struct{ phases, want []plan.Phase }{
		{[]plan.Phase{p, f, p, f, l, p, b, u, b, u, u}, []plan.Phase{f, f, f, f, l, b, b, b, b, u, u}},
		{[]plan.Phase{p, p}, []plan.Phase{p, p}},
		{nil, nil},
	} {
		steps := make([]plan.Step, len(tt.phases))
		for i, ph := range tt.phases {
			steps[i].Phase = ph
		}
		if got := stagesOf(steps); !slices.Equal(got, tt.want) {
			t.Errorf("stages of %v are %v, want %v", tt.phases, got, tt.want)
		}
	}
}
