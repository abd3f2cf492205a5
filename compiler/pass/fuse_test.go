package pass_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/check"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/compiler/pass"
	"github.com/netc-lang/netc/dsl"
)

// chains lists what each node that is no part of a chain computes in a mode.
func chains(g *ir.Graph, training bool) string {
	var all []string
	for _, n := range g.Nodes {
		if n.Within(training) != nil || n.Training && !training {
			continue
		}
		text, c := n.Name, n.ChainOf(training)
		if c.Norm != nil {
			text += "+" + c.Norm.Name
		}
		if c.Sum != nil {
			text += "+(" + c.Sum.Name + ")"
		}
		if c.Function != nil {
			text += "+" + c.Function.Name
		}
		if c.Pool != nil {
			text += "+" + c.Pool.Name
		}
		if c.Into != nil {
			text += fmt.Sprintf("@%s[%d]", c.Into.Name, c.At)
		}
		if c.Moments != nil {
			text += "~" + c.Moments.Name
		}
		if c.Out != n.Out && !strings.HasPrefix(text, n.Name+"+") {
			text += fmt.Sprintf("=%s", c.Out.Name)
		}
		if n.Out.Mapped && !training {
			text += "^"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// TestFuse checks which nodes are computed together: never one whose value is
// read twice or seen from outside, nor a sum whose other part comes later.
func TestFuse(t *testing.T) {
	for _, tt := range []struct{ body, inference, training string }{
		{"conv -> bn -> relu", "conv1+bn1+relu1", "conv1~bn1 bn1+relu1"},
		{"conv -> relu -> bn", "conv1+relu1 bn1", "conv1+relu1 bn1"},
		{"conv -> gelu", "conv1+gelu1", "conv1 gelu1"},
		{"conv -> relu -> relu", "conv1+relu1 relu2", "conv1+relu1 relu2"},
		{"conv as a; residual { relu }", "a relu1 add1", "a relu1 add1"},
		{"residual { conv(same) -> bn -> relu -> conv(same) -> bn } -> relu",
			"conv1+bn1+relu1 conv2+bn2+(x)+relu2", "conv1~bn1 bn1+relu1 conv2~bn2 bn2+(x)+relu2"},
		{"residual { conv(8, same) -> bn } -> relu",
			"conv1+bn1 project1.conv1+project1.bn1+(bn1)+relu1", "conv1~bn1 bn1 project1.conv1~project1.bn1 project1.bn1+(bn1)+relu1"},
		{"flatten -> relu -> dense(3)", "flatten1 relu1 dense1", "flatten1 relu1 dense1"},
		{"flatten -> parallel { branch dense(3); branch dense(4) } -> concat", "flatten1^ dense1 dense2 concat1", "flatten1 dense1 dense2 concat1"},
		{"flatten -> parallel { branch dense(3); branch tanh } -> concat", "flatten1 dense1 tanh1 concat1", "flatten1 dense1 tanh1 concat1"},
		{"flatten; output f; dense(3)", "flatten1 dense1", "flatten1 dense1"},
		{"gap -> flatten -> dense(3)", "gap1 flatten1 dense1", "gap1 flatten1 dense1"},
		{"bn -> relu -> conv", "bn1+relu1 conv1", "bn1+relu1 conv1"},
		{"flatten -> dense(8) -> bn -> tanh", "flatten1^ dense1+bn1+tanh1", "flatten1 dense1 bn1+tanh1"},
		{"up -> relu -> pool(max, 2x2)", "up1+relu1 pool1", "up1+relu1 pool1"},
		{"conv -> relu; output y; relu", "conv1+relu1 relu2", "conv1+relu1 relu2"},
		{"parallel { branch conv(3, 1x1) -> relu; branch tanh; branch conv(2, 1x1) } -> concat",
			"conv1+relu1@concat1[0] tanh1 conv2@concat1[7] concat1", "conv1+relu1 tanh1 conv2@concat1[7] concat1"},
		{"parallel { branch up(3); branch up(2) -> relu } -> concat", "up1@concat1[0] up2+relu1@concat1[3] concat1", "up1@concat1[0] up2+relu1 concat1"},
		{"conv(4, 1x1) -> relu -> pool(max, 2x2)", "conv1+relu1 pool1", "conv1+relu1 pool1"},
		{"conv(1, 1x1) -> relu -> conv(4, same) -> relu -> pool(max, 2x2)", "conv1+relu1 conv2+relu2+pool1", "conv1+relu1 conv2+relu2 pool1"},
		{"conv(1, 1x1) -> conv(4, same) -> pool(avg, 2x2)", "conv1 conv2 pool1", "conv1 conv2 pool1"},
		{"conv(1, 1x1) -> conv(4, same) -> pool(max, 2x2, stride=1)", "conv1 conv2 pool1", "conv1 conv2 pool1"},
		{"conv(1, 1x1) -> conv(4, same) -> pool(max, 2x2) -> relu", "conv1 conv2+pool1 relu1", "conv1 conv2 pool1 relu1"},
		{"conv(9, 5x5) -> relu -> pool(max, 2x2)", "conv1+relu1+pool1", "conv1+relu1 pool1"},
		{"conv(9, 1x1) -> conv(9, 5x5) -> relu -> pool(max, 2x2)", "conv1 conv2+relu1 pool1", "conv1 conv2+relu1 pool1"},
		{"conv; output y; relu", "conv1 relu1", "conv1 relu1"},
	} {
		src := "net 1\nmodel M {\n  input x: 4x8x8\n  " + strings.ReplaceAll(tt.body, "; ", "\n  ") + "\n  output z\n}\n"
		f, diags := dsl.Parse("m.net", []byte(src))
		u := check.New(f, op.New())
		m, more := u.Model(u.Models()[0], nil, nil)
		if diags.Add(more...); len(diags) > 0 {
			t.Fatal(tt.body, diags.Err())
		}
		if err := pass.Run(m.Graph, true); err != nil {
			t.Fatal(err)
		}
		if got := chains(m.Graph, false); got != tt.inference {
			t.Errorf("%s: inference %s, want %s", tt.body, got, tt.inference)
		}
		if got := chains(m.Graph, true); got != tt.training {
			t.Errorf("%s: training %s, want %s", tt.body, got, tt.training)
		}
	}
}
