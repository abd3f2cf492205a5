package main

import (
	"testing"

	"github.com/netc-lang/netc/compiler"
)

// TestMoved puts the loss of a recipe on the output of another graph of its
// model, as stats does for parameters other than the recipe's.
func TestMoved(t *testing.T) {
	f := compiler.Parse("moved.net", []byte(`net 1
model Two(n: int = 2) {
  input image: 1x4x4
  flatten -> dense(7) as first
  dense(n)
  output first, last
}
train t of Two(n=5) {
  data      glyphs
  batch     8
  epochs    1
  loss      cross_entropy on last
  optimizer sgd(lr=0.1)
}
`))
	r, list, err := f.Recipe("t", nil)
	if err != nil || len(list) > 0 {
		t.Fatal(err, list.Err())
	}
	m, list, err := f.Model("Two", map[string]string{"n": "3"})
	if err != nil || len(list) > 0 {
		t.Fatal(err, list.Err())
	}
	objectives := moved(r, m.Graph)
	if len(objectives) != 1 || objectives[0].On != m.Graph.Outputs[1].Value {
		t.Fatalf("moved to %+v, want one objective on the model's last output", objectives)
	}
	if r.Objectives[0].On == objectives[0].On {
		t.Error("the recipe's own objective has changed")
	}
}
