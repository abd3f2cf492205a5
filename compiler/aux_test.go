package compiler_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/runtime/plan"
)

// A head is trained with the loss of the recipe, times its weight, and inference
// does without it.
func TestHead(t *testing.T) {
	f := compiler.Parse("m.net", []byte(`model M {
  input image: 1x28x28
  conv(4, stride=2) -> relu as a
  aux side from a (weight=0.25) { flatten -> dense(10) }
  pool(max, 2x2) -> flatten -> dense(10)
  output logits
}
train t of M {
  data mnist
  batch 4
  epochs 1
  loss cross_entropy on logits
  optimizer sgd(lr=0.1)
}
`))
	r, diags, err := f.Recipe("", nil)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	if len(r.Objectives) != 2 || r.Objectives[1].On.Name != "side.dense1" || r.Objectives[1].Weight != 0.25 {
		t.Fatalf("objectives %+v", r.Objectives)
	}
	p, err := compiler.Program(r.Model.Graph, lower.Options{Batch: 4, Objectives: r.Objectives, Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Verify(p); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		plan *plan.Plan
		want bool
	}{{p.Train, true}, {p.Infer, false}} {
		found := false
		for _, s := range c.plan.Steps {
			found = found || strings.HasPrefix(s.Layer, "side.")
		}
		if found != c.want {
			t.Errorf("plan %s runs the head: %v", c.plan.Name, found)
		}
	}
}
