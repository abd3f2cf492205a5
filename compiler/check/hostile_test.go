package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/dsl/diag"
)

// TestHostile gives the checker texts that ask for more than it will do. The
// steps it may take are bounded, so each must come back, with the expected code.
func TestHostile(t *testing.T) {
	model := func(body string) string { return "model M {\n input x: 1x28x28\n" + body + "\n output y\n}\n" }
	var doubling strings.Builder
	for i := range 60 {
		fmt.Fprintf(&doubling, "block b%d { b%d; b%d }\n", i, i+1, i+1)
	}
	doubling.WriteString("block b60 { relu }\n")
	var deep strings.Builder
	for i := range 80 {
		fmt.Fprintf(&deep, "block b%d { b%d }\n", i, i+1)
	}
	deep.WriteString("block b80 { relu }\n")
	var params []string
	for i := range 20_000 {
		params = append(params, fmt.Sprintf("p%d: int = 1", i))
	}
	var stages strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&stages, "stage s%d { freeze a; rates(b=%d) }\n", i, i)
	}
	for name, c := range map[string]struct {
		src  string
		want diag.Code
	}{
		"nested repeats":  {model("repeat 9999 { repeat 9999 { repeat 9999 { } } }"), diag.TooManyLayers},
		"doubling blocks": {doubling.String() + model("b0"), diag.TooManyLayers},
		"deep blocks":     {deep.String() + model("b0"), diag.BlockInItself},
		"long chain":      {model("repeat 9999 { relu" + strings.Repeat(" -> relu", 9999) + " }"), diag.TooManyLayers},
		"long name":       {model("repeat 99999 { relu } as " + strings.Repeat("a", 1<<20)), diag.TooManyLayers},
		"many parameters": {"block b(" + strings.Join(params, ", ") + ") { }\n" + model("repeat 99999 { b }"), diag.TooManyLayers},
		"many defaults":   {"block b(d: ints = [" + strings.Repeat("1, ", 20_000) + "1]) { }\n" + model("repeat 99999 { b }"), diag.TooManyLayers},
		"large models":    {strings.ReplaceAll(strings.Repeat(model("repeat 99999 { relu }"), 40), "model M", "model M§"), diag.TooManyLayers},
		"faulty models":   {strings.ReplaceAll(strings.Repeat(model("rleu"), 400), "model M", "model M§"), diag.TooManyMistakes},
		"same models":     {strings.Repeat(model("relu"), 400), diag.TooManyMistakes},
		"missing files":   {strings.Repeat("import \"none§.net\"\n", 400) + model("relu"), diag.TooManyMistakes},
		"taps far back":   {model(strings.Repeat("relu\n", 20_000) + "relu as t\n" + strings.Repeat("residual(always) { from t -> relu }\n", 20_000)), diag.BranchesDiffer},
		"braces in a row": {model("relu" + strings.Repeat(" {}", 100_000)), diag.Unexpected},
		"many mistakes":   {model(strings.Repeat("rleu\n", 20_000)), diag.TooManyMistakes},
		"unknown taps":    {model(strings.Repeat("from nowhere -> relu\n", 20_000)), diag.TooManyMistakes},
		"open sizes":      {strings.Replace(model("repeat 9999 { pool(max, 2x2) }"), "28x28", "HxW", 1), diag.SizeOutOfRange},
		"many stages": {model("repeat 9999 { conv(1, 1x1) } as a\n flatten -> dense(2) as b") + "train t of M { data mnist; batch 4; epochs 1; loss cross_entropy on y; optimizer adam\n" +
			stages.String() + "}\n", diag.TooManyLayers},
		"growing": {model("repeat 99999 { conv(pad=16777216) }"), diag.SizeOutOfRange},
	} {
		found := false
		for i := 0; strings.Contains(c.src, "§"); i++ {
			c.src = strings.Replace(c.src, "§", fmt.Sprint(i), 1)
		}
		for _, d := range diagnose(name, []byte(c.src)) {
			found = found || d.Code == c.want
		}
		if !found {
			t.Errorf("%s: no %v", name, c.want)
		}
	}
}
