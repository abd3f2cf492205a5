package pass_test

import (
	"testing"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl"
)

// TestInitialise checks that weights are drawn as the activation behind them
// asks, seen through layers without weights, and that nothing is left open.
func TestInitialise(t *testing.T) {
	f, diags := dsl.Parse("m.net", []byte(`net 1
model M {
  input x: 1x16x16
  conv(2) -> relu as a
  conv(2) -> pool(max, 2x2) -> relu as b
  conv(2) -> tanh as c
  conv(2, 1x1) as d
  flatten
  dense(4) -> dropout(0.5) -> sigmoid as e
  dense(4) as g
  output y
}
`))
	u := check.New(f, op.New())
	m, more := u.Model(u.Models()[0], nil, nil)
	if diags.Add(more...); len(diags) > 0 {
		t.Fatal(diags.Err())
	}
	if err := pass.Run(m.Graph, true); err != nil {
		t.Fatal(err)
	}
	want := map[string]ir.Rule{
		"a.conv1.weight": ir.He, "b.conv1.weight": ir.He, "c.conv1.weight": ir.Glorot,
		"d.weight": ir.Glorot, "e.dense1.weight": ir.Glorot, "g.weight": ir.Glorot,
	}
	for _, p := range m.Graph.Params() {
		rule, weight := want[p.Name]
		if weight && p.Init.Rule != rule || !weight && p.Init.Rule != ir.Constant {
			t.Errorf("%s: rule %d", p.Name, p.Init.Rule)
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("no such parameters: %v", want)
	}
}
