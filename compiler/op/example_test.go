package op_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/lower"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/plan"
)

// build checks the only model of a text.
func build(t *testing.T, src string) *ir.Graph {
	t.Helper()
	f, diags := dsl.Parse("model.net", []byte(src))
	u := check.New(f, op.New())
	diags.Add(u.Diagnostics()...)
	if len(u.Models()) != 1 {
		t.Fatalf("no model in %s: %v", src, diags.Err())
	}
	m, more := u.Model(u.Models()[0], nil, nil)
	diags.Add(more...)
	if len(diags) > 0 {
		t.Fatalf("%s: %v", src, diags.Err())
	}
	if err := m.Graph.Verify(); err != nil {
		t.Fatal(err)
	}
	return m.Graph
}

func example(body string) string {
	return fmt.Sprintf("net 1\nmodel M { input x: 4x8x8; %s; output y }\n", body)
}

// exampleGraph is the model around an example, with one output.
func exampleGraph(t *testing.T, o *ir.Op, ex string) *ir.Graph {
	t.Helper()
	if !o.Joins {
		return build(t, example(ex))
	}
	body := ""
	for i, branch := range strings.Split(ex, " | ") {
		body += fmt.Sprintf("from x -> %s as b%d; output y%d; ", branch, i, i)
	}
	g := build(t, "net 1\nmodel M { input x: 4x8x8; "+body+"}\n")
	n := &ir.Node{Op: o, Name: o.Name, Attrs: o.New(), Span: g.Span}
	for _, y := range g.Outputs {
		n.In = append(n.In, y.Value)
	}
	y := g.Add(n, func(d *diag.Diagnostic) { t.Fatal(d) })
	g.Outputs = []ir.Output{{Name: "y", Value: y}}
	return g
}

// TestExamples asks of every example of every operator what can be asked of a
// graph and of its plans.
func TestExamples(t *testing.T) {
	table := op.New()
	for _, o := range table.Ops {
		if len(o.Examples) == 0 {
			t.Errorf("%s has no examples", o.Name)
		}
		if o.Doc == "" || o.Source == "" || o.Infer == nil || o.FLOPs == nil || o.Lower == nil || o.Grad == nil {
			t.Errorf("%s does not say all that an operator says", o.Name)
		}
		for _, ex := range o.Examples {
			t.Run(o.Name+"/"+ex, func(t *testing.T) {
				g := exampleGraph(t, o, ex)
				found := false
				for _, n := range g.Nodes {
					found = found || n.Op.Name == o.Name
					counts(t, n)
				}
				if !found {
					t.Errorf("the example does not use %s", o.Name)
				}
				lowered(t, g, table)
			})
		}
	}
}

// counts checks a node's counts against formulas written apart from the operators'.
func counts(t *testing.T, n *ir.Node) {
	t.Helper()
	in, _ := n.In[0].Shape.Ints()
	out, _ := n.Out.Shape.Ints()
	elems := 1
	for _, d := range out {
		elems *= d
	}
	params, macs, adds, statistics := 0, 0, 0, 0
	switch a := n.Attrs.(type) {
	case *op.Conv:
		filter := in[0] / a.Groups * a.Kernel[0] * a.Kernel[1]
		params, macs = out[0]*filter, elems*filter
		if links := links(a.Table, out[0]); links > 0 {
			params = links * a.Kernel[0] * a.Kernel[1]
			macs = out[1] * out[2] * params
		}
		if a.Bias {
			params, adds = params+out[0], elems
		}
	case *op.Up:
		filter := out[0] / a.Groups * a.Kernel[0] * a.Kernel[1]
		params, macs = in[0]*filter, in[0]*in[1]*in[2]*filter
		if a.Bias {
			params, adds = params+out[0], elems
		}
	case *op.Scale:
		params = out[0]
		if a.Bias {
			params *= 2
		}
	case *op.RBF:
		params, macs, adds = out[0]*in[0], out[0]*in[0], out[0]*in[0]
	case *op.PReLU:
		params = out[0]
		if a.Shared {
			params = 1
		}
	case *op.BatchNorm:
		statistics = 2 * in[0]
		if a.Affine {
			params = 2 * in[0]
		}
	case *op.LayerNorm:
		if a.Channels {
			params = 2 * in[0]
		} else if a.Affine {
			params = 2 * elems
		}
	case *op.GroupNorm:
		if a.Affine {
			params = 2 * in[0]
		}
	case *op.InstanceNorm:
		if a.Affine {
			params = 2 * in[0]
		}
	case *op.Dense:
		params, macs = out[0]*in[0], out[0]*in[0]
		if a.Bias {
			params, adds = params+out[0], elems
		}
	}
	got, buffers := int64(0), int64(0)
	for _, p := range n.Params {
		if p.Role == ir.Trained {
			got += p.Len()
		} else {
			buffers += p.Len()
		}
	}
	if buffers != int64(statistics) {
		t.Errorf("%s has %d elements of statistics, want %d", n.Name, buffers, statistics)
	}
	if got != int64(params) {
		t.Errorf("%s has %d parameters, want %d", n.Name, got, params)
	}
	if n.Op.MACs != nil {
		if got := n.Op.MACs(n); got != int64(macs) {
			t.Errorf("%s has %d MACs, want %d", n.Name, got, macs)
		}
		if got := n.Op.FLOPs(n); got != int64(2*macs+adds) {
			t.Errorf("%s has %d FLOPs, want %d", n.Name, got, 2*macs+adds)
		}
	} else if macs != 0 || n.Op.FLOPs(n) < 0 {
		t.Errorf("%s does not count its operations", n.Name)
	}
}

// links is the number of connections of a table; 0 for none.
func links(t ir.Table, out int) int {
	n := 0
	switch t.Rule {
	case "lenet":
		n = 60
	case "torus":
		n = out
		for _, w := range t.Lists[1] {
			n *= w
		}
	default:
		for _, l := range t.Lists {
			n += len(l)
		}
	}
	return n
}

// lowered checks the plans of a graph, for inference and for training with
// every loss and optimizer that fits.
func lowered(t *testing.T, g *ir.Graph, table *op.Table) {
	t.Helper()
	if err := pass.Run(g, true); err != nil {
		t.Fatal(err)
	}
	opt := lower.Options{Batch: 3}
	verify(t, g, opt)
	if y := g.Outputs[0].Value; !y.Shape.IsMap() {
		loss := table.Loss("cross_entropy")
		opt.Objectives = []*ir.Objective{{Loss: loss, Attrs: loss.New(), On: y, Weight: 1}}
		for _, momentum := range []float64{0, 0.9} {
			opt.Method = &ir.Method{Optimizer: table.Optimizer("sgd"), Attrs: &op.SGD{Rate: 0.1, Momentum: momentum}}
			verify(t, g, opt)
		}
	}
}

func verify(t *testing.T, g *ir.Graph, opt lower.Options) {
	t.Helper()
	p, err := lower.Program(g, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Verify(p); err != nil {
		t.Error(err)
	}
}

func TestShapes(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"conv", "4×6×6"},
		{"conv(same)", "4×8×8"},
		{"conv(6, 5x5)", "6×4×4"},
		{"conv(6, 3x1)", "6×6×8"},
		{"conv(6, 3x3, stride=2)", "6×3×3"},
		{"conv(6, 3x3, same, stride=3)", "6×3×3"},
		{"conv(6, 4x4, same(tf))", "6×8×8"},
		{"conv(6, 2x2, same(tf), stride=3)", "6×3×3"},
		{"conv(6, 3x3, dilation=3)", "6×2×2"},
		{"conv(6, 3x3, pad=2)", "6×10×10"},
		{"conv(6, 3x3, pad=1x2)", "6×8×10"},
		{"conv(6, 3x3, pad=[1, 0, 3, 2])", "6×7×11"},
		{"conv(6, 8x8)", "6×1×1"},
		{"pool(max, 2x2)", "4×4×4"},
		{"pool(max, 3x3)", "4×2×2"},
		{"pool(max, 3x3, ceil)", "4×3×3"},
		{"pool(max, 2x2, stride=3, pad=1)", "4×3×3"},
		{"pool(max, 2x2, stride=3, pad=1, ceil)", "4×3×3"},
		{"pool(avg, 3x3, stride=4, ceil)", "4×2×2"},
		{"pool(max, 1x1, stride=3, ceil)", "4×3×3"},
		{"pool(max, 3x3, same, stride=2)", "4×4×4"},
		{"flatten", "256"},
		{"flatten -> flatten -> dense(7) -> tanh", "7"},
		{"dropout(0.5)", "4×8×8"},
		{"up(64, 2x2)", "64×16×16"},
		{"up", "4×16×16"},
		{"up(6, 3x3, stride=2, pad=1, output_pad=1)", "6×16×16"},
		{"up(6, 3x3, stride=1, dilation=2)", "6×12×12"},
		{"up(6, 4x3, stride=2x1, pad=[1, 0, 2, 1])", "6×17×7"},
	} {
		g := build(t, example(c.body))
		if got := g.Outputs[0].Value.Shape.String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.body, got, c.want)
		}
	}
}

// A map of open size goes through the windows, and gives the sizes that the
// same layers give on numbers.
func TestSymbolicShapes(t *testing.T) {
	const layers = "conv(6, 5x5) -> pool(max, 2x2) -> conv(8, same, stride=2) -> pool(avg, 3x3, ceil) -> conv(3, 2x2, same(tf))"
	open := build(t, "net 1\nmodel M { input x: 4xHxW; "+layers+"; output y }\n").Outputs[0].Value.Shape
	if got, want := open.String(), "3×⌈(H-5)/12⌉×⌈(W-5)/12⌉"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for h := 24; h < 60; h++ {
		shape := build(t, fmt.Sprintf("net 1\nmodel M { input x: 4x%dx33; %s; output y }\n", h, layers)).Outputs[0].Value.Shape
		if got := open[1].At(map[string]int{"H": h}); got != shape[1] {
			t.Errorf("height %d gives %v by the formula %v, want %v", h, got, open[1], shape[1])
		}
	}
}
