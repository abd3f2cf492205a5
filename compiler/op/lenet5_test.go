package op_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/netc-lang/netc/compiler/ir"
)

// TestLeNet5 compares shapes and counts, layer by layer, with those that another
// program counted for three forms of the network.
func TestLeNet5(t *testing.T) {
	const rest = "; pool(avg, 2x2); conv(16, 5x5) -> tanh; pool(avg, 2x2); flatten; dense(120) -> tanh; dense(84) -> tanh; dense(10); output y }\n"
	for _, c := range []struct {
		file, front  string
		params, macs int64
	}{
		{"lenet5_28pad2", "input x: 1x28x28; conv(6, 5x5, same) -> tanh", 61_706, 416_520},
		{"lenet5_ng", "input x: 1x32x32; conv(6, 5x5) -> tanh", 61_706, 416_520},
		{"lenet5_rgb", "input x: 3x32x32; conv(6, 5x5) -> tanh", 62_006, 651_720},
	} {
		t.Run(c.file, func(t *testing.T) {
			text, err := os.ReadFile("../../testdata/op/" + c.file + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				Params, MACs int64
				Layers       []struct {
					Name         string
					Out          []int `json:"out_shape"`
					Params, MACs int64
				}
			}
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			g := build(t, "net 1\nmodel M { "+c.front+rest)
			if len(g.Nodes) != len(want.Layers) {
				t.Fatalf("%d layers, want %d", len(g.Nodes), len(want.Layers))
			}
			var params, macs int64
			for i, n := range g.Nodes {
				w := want.Layers[i]
				out, _ := n.Out.Shape.Ints()
				p, m := paramsOf(n), int64(0)
				if n.Op.MACs != nil {
					m = n.Op.MACs(n)
				}
				if !slices.Equal(out, w.Out[1:]) || p != w.Params || m != w.MACs {
					t.Errorf("%s: %v, %d parameters, %d MACs; want %s: %v, %d, %d", n.Name, out, p, m, w.Name, w.Out[1:], w.Params, w.MACs)
				}
				params, macs = params+p, macs+m
			}
			if params != c.params || macs != c.macs || want.Params != c.params || want.MACs != c.macs {
				t.Errorf("%d parameters and %d MACs, want %d and %d", params, macs, c.params, c.macs)
			}
		})
	}
}

func paramsOf(n *ir.Node) int64 {
	sum := int64(0)
	for _, p := range n.Params {
		sum += p.Len()
	}
	return sum
}
