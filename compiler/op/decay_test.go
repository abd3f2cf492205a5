package op_test

import (
	"reflect"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/runtime/plan"
)

// TestDecayOn reads off the training plan what each optimizer does to weights of
// sums and to biases, scales, shifts and slopes of every shape.
func TestDecayOn(t *testing.T) {
	for _, o := range op.New().Optimizers {
		if o.Doc == "" || o.Source == "" || o.New == nil || o.Rate == nil || o.Moments == nil || o.Lower == nil {
			t.Errorf("%s does not say all that an optimizer says", o.Name)
		}
		for _, on := range []string{"", "all", "weights"} {
			attrs := o.New()
			v := reflect.ValueOf(attrs).Elem()
			v.FieldByName("Decay").SetFloat(0.25)
			if on != "" {
				v.FieldByName("DecayOn").SetString(on)
			}
			seen := 0
			for _, s := range updates(t, &ir.Method{Optimizer: o, Attrs: attrs}) {
				sums := s.param == "conv1.weight" || s.param == "dense1.weight" || s.param == "up1.weight"
				decays, want := s.kernel.FieldByName("Decay").Float() == 0.25, on != "weights" || sums
				if decays != want {
					t.Errorf("%s, decay_on=%q: %s decays: %v, expected %v", o.Name, on, s.param, decays, want)
				}
				if adapt := s.kernel.FieldByName("Adapt"); adapt.IsValid() && adapt.Bool() != want {
					t.Errorf("%s, decay_on=%q: the rate of %s is adapted: %v, expected %v", o.Name, on, s.param, adapt.Bool(), want)
				}
				seen++
			}
			if seen != 13 {
				t.Errorf("%s: %d updates, expected 13", o.Name, seen)
			}
		}
	}
}

// applied is one update step of a plan.
type applied struct {
	param  string
	kernel reflect.Value
}

func updates(t *testing.T, method *ir.Method) []applied {
	t.Helper()
	g := build(t, example("conv(3, 3x3) -> layer_norm -> prelu; up(3) -> bn -> scale(bias) -> tanh -> flatten -> dense(5)"))
	if err := pass.Run(g, true); err != nil {
		t.Fatal(err)
	}
	l := op.New().Loss("cross_entropy")
	prog, err := lower.Program(g, lower.Options{Batch: 2, Method: method,
		Objectives: []*ir.Objective{{Loss: l, Attrs: l.New(), On: g.Outputs[0].Value, Weight: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	var all []applied
	for _, s := range prog.Train.Steps {
		k := reflect.ValueOf(s.Kernel).Elem()
		if s.Phase == plan.Update && k.FieldByName("Decay").IsValid() {
			all = append(all, applied{prog.Train.Bufs[s.Args[0]].Name, k})
		}
	}
	return all
}
