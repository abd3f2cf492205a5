package compiler_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/plan"
)

// TestTuning lowers by a tuning: the plan has the kernels that it chooses, says
// which one it was, and has those of the estimate where nothing is chosen or
// what is chosen does not apply. Exact goes before all.
func TestTuning(t *testing.T) {
	kernels := func(opt compiler.Options) (list map[string]int, digest string) {
		f := compiler.Parse("filtered.net", []byte(filtered))
		r, diags, err := f.Recipe("", nil)
		if err != nil || len(diags) > 0 {
			t.Fatal(err, diags.Err())
		}
		opt.Batch, opt.Objectives, opt.Method = 6, r.Objectives, r.Method
		prog, err := compiler.Program(r.Model.Graph, opt)
		if err != nil {
			t.Fatal(err)
		}
		list = map[string]int{}
		for _, p := range []*plan.Plan{prog.Train, prog.Infer} {
			for _, s := range p.Steps {
				if s.MACs > 0 && strings.Contains(s.Layer, "conv") {
					list[strings.Replace(fmt.Sprintf("%s %T", p.Name, s.Kernel), "*kernel.", "", 1)]++
				}
			}
		}
		return list, prog.Tuning
	}
	chooses := func(algorithm string, of ...string) *ir.Tuning {
		return &ir.Tuning{Digest: "abc", Choose: func(pass, geometry string) (string, bool) {
			square := strings.Contains(geometry, " r3 s3 ") || strings.Contains(geometry, " r5 s5 ")
			if !strings.HasPrefix(geometry, "n6 ") || !square {
				t.Errorf("asked for %s of %s", pass, geometry)
			}
			return algorithm, strings.Contains(strings.Join(of, ","), pass)
		}}
	}
	estimate, digest := kernels(compiler.Options{})
	if digest != "" || estimate["train WinogradForward"] == 0 {
		t.Fatalf("%v, tuned by %q", estimate, digest)
	}
	for _, c := range []struct {
		name string
		opt  compiler.Options
		want string // of what there is none
		same bool   // as the estimate
	}{
		{"direct", compiler.Options{Tuning: chooses("direct", op.ConvPasses()...)}, "Winograd", false},
		{"winograd", compiler.Options{Tuning: chooses("winograd2", op.ConvPasses()...)}, "ConvForward", false},
		{"one pass", compiler.Options{Tuning: chooses("direct", op.ConvBackwardData)}, "WinogradBackwardData", false},
		{"inference", compiler.Options{Tuning: chooses("direct", op.ConvInference)}, "infer Winograd", false},
		{"nothing", compiler.Options{Tuning: chooses("direct")}, "", true},
		{"another word", compiler.Options{Tuning: chooses("fft", op.ConvPasses()...)}, "", true},
		{"exact", compiler.Options{Exact: true, Tuning: chooses("winograd4", op.ConvPasses()...)}, "Winograd", false},
	} {
		got, digest := kernels(c.opt)
		if digest != "abc" {
			t.Errorf("%s: tuned by %q", c.name, digest)
		}
		for k := range got {
			if c.want != "" && strings.Contains(k, c.want) {
				t.Errorf("%s: %s among %v", c.name, c.want, got)
			}
		}
		if same := fmt.Sprint(got) == fmt.Sprint(estimate); same != c.same {
			t.Errorf("%s: %v, by estimate %v", c.name, got, estimate)
		}
	}
}

// TestTuningMeasures checks that measuring comes before the program, and ends it
// when it fails.
func TestTuningMeasures(t *testing.T) {
	asked, known := 0, false
	tuning := &ir.Tuning{Choose: func(pass, geometry string) (string, bool) { asked++; return "direct", known }}
	tuning.Measure = func(trial func() error) error {
		if err := trial(); err != nil || asked == 0 {
			t.Errorf("%d questions on trial: %v", asked, err)
		}
		known, tuning.Digest = true, "measured"
		return nil
	}
	load := func() *ir.Graph {
		m, _, err := compiler.Parse("filtered.net", []byte(filtered)).Model("", nil)
		if err != nil {
			t.Fatal(err)
		}
		return m.Graph
	}
	prog, err := compiler.Program(load(), compiler.Options{Batch: 2, Tuning: tuning})
	if err != nil || prog.Tuning != "measured" {
		t.Fatal(err, prog)
	}
	for _, s := range prog.Infer.Steps {
		if strings.Contains(fmt.Sprintf("%T", s.Kernel), "Winograd") {
			t.Errorf("%T though measured otherwise", s.Kernel)
		}
	}
	tuning.Measure = func(func() error) error { return fmt.Errorf("no time") }
	if _, err := compiler.Program(load(), compiler.Options{Batch: 2, Tuning: tuning}); err == nil {
		t.Error("a program without its measurements")
	}
}
