package dsl

import (
	"fmt"
	"testing"
)

// TestKeepsTheRest tests that mistakes take away no more than their statement.
func TestKeepsTheRest(t *testing.T) {
	const src = `net 1
model A(n: int) {
  input x: 3xHxW
  conv(64, 3x3
  relu
  residual(=) { bn; conv( -> }
  output y
}
blok b(n: int) { relu }
train t of A(n=3) {
  epochs 3
  batch = 4
  stage two { lr 1; freeze a.. }
  seed 1
}
model B { relu }
`
	file, list := Parse("a.net", []byte(src))
	if len(list) != 6 {
		t.Errorf("%d diagnostics:\n%v", len(list), list.Err())
	}
	got := ""
	for _, d := range file.Decls {
		got += fmt.Sprintf("%T ", d)
	}
	if want := "*dsl.Model *dsl.BadDecl *dsl.Train *dsl.Model "; got != want {
		t.Fatalf("declarations %s, want %s", got, want)
	}
	got = ""
	for _, s := range file.Decls[0].(*Model).Body.Stmts {
		got += fmt.Sprintf("%T ", s)
	}
	if want := "*dsl.Input *dsl.BadStmt *dsl.Chain *dsl.BadStmt *dsl.Output "; got != want {
		t.Errorf("statements %s, want %s", got, want)
	}
	bad := file.Decls[0].(*Model).Body.Stmts[3].(*BadStmt)
	if len(bad.Bodies) != 1 || len(bad.Bodies[0].Stmts) != 2 {
		t.Errorf("the bad statement keeps %v", bad.Bodies)
	}
	if name := file.Decls[1].(*BadDecl).Name; name == nil || name.Text != "b" {
		t.Errorf("the bad declaration is named %v", name)
	}
	recipe := file.Decls[2].(*Train).Body
	if len(recipe.Entries) != 3 || len(recipe.Bad) != 1 || len(recipe.Entries[1].Body.Bad) != 1 {
		t.Errorf("the recipe keeps %d entries, %d bad", len(recipe.Entries), len(recipe.Bad))
	}
}
