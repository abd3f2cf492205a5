package compiler_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// hostile is texts of about so many bytes that would take long, were anything in
// the front end worse than linear.
var hostile = []struct {
	name string
	src  func(bytes int) string
}{
	{"names", model("relu as a%[1]d\n")},
	{"unknown taps", model("relu as a%[1]d\nfrom b%[1]d -> relu\n")},
	{"unknown layers", model("relux%[1]d\n")},
	{"unknown settings", model("conv(8, x%[1]d=%[1]d)\n")},
	{"many settings", func(n int) string {
		return model("")(0) + "model B {\n input x: 1x8x8\n conv(" + count("a%[1]d=1, ", n) + "b=1)\n}\n"
	}},
	{"one tap", func(n int) string {
		return "model M {\n input x: 1x8x8\n relu as a\n" + count(" from a -> relu\n", n) + " output y\n}\n"
	}},
	{"outputs", func(n int) string {
		return "model M {\n input x: 1x8x8\n relu\n output a" + count(", b%d", n) + "\n}\n"
	}},
	{"branches", func(n int) string {
		return "model M {\n input x: 1x8x8\n parallel {\n" + count("  branch relu\n", n) + " } -> concat\n output y\n}\n"
	}},
	{"bodies", func(n int) string { return "model M {\n relu " + count("{} ", n) + "\n}\n" }},
	{"nested bodies", func(n int) string {
		return "model M {\n" + strings.Repeat("residual { ", 60) + count("relu\n", n) + strings.Repeat(" }", 60) + "\n}\n"
	}},
	{"broken bodies", func(n int) string { return "model M {\n" + count("residual ( { relu } \n", n) + "}\n" }},
	{"stray braces", func(n int) string { return count("} { ", n) }},
	{"open brackets", func(n int) string { return "model M {\n" + count("conv([(\n", n) + "}\n" }},
	{"one statement", func(n int) string {
		return "model M {\n input x: 1x8x8\n relu" + count(" -> relu", n) + "\n output y\n}\n"
	}},
	{"long names", func(n int) string {
		return "model M {\n input x: 1x8x8\n relu as " + count("a", n) + "\n output y\n}\n"
	}},
	{"doc comments", func(n int) string { return count("/// text\n\n", n) + "model M { relu }\n" }},
	{"comments", func(n int) string { return count("// text\n", n) + "model M { relu }\n" }},
	{"empty lines", func(n int) string { return count("\n", n) + "model M { relu }\n" }},
	{"trailing comments", func(n int) string { return "model M {\n" + count("  relu // text\n", n) + "}\n" }},
	{"models", func(n int) string { return count("model M%d {\n input x: 1x8x8\n relu\n output y\n}\n", n) }},
	{"models that cost", func(n int) string {
		return count("model M%d {\n input x: 1x8x8\n repeat 99999 { relu }\n output y\n}\n", n)
	}},
	{"faulty models", func(n int) string { return count("model M%d { input x: 1x8x8; rleu; output y }\n", n) }},
	{"same models", func(n int) string { return count("model M {\n relu\n}\n", n) }},
	{"recipes", func(n int) string { return model("relu\n")(0) + count("train t%d of M { batch 1 }\n", n) }},
	{"entries", func(n int) string { return model("relu\n")(0) + "train t of M {\n" + count(" btach%d 1\n", n) + "}\n" }},
	{"transforms", func(n int) string {
		return model("relu\n")(0) + "train t of M {\n augment {\n" + count(" shift(2)\n", n) + "}\n}\n"
	}},
	{"losses", func(n int) string {
		return model("relu\n")(0) + "train t of M {\n loss 1 * mse on y" + count(" + 1 * mse on y", n) + "\n}\n"
	}},
	{"blocks", func(n int) string { return count("block b%d { relu }\n", n) + model("b0\n")(0) }},
	{"parameters", func(n int) string {
		return "block b(" + count("p%d: int = 1, ", n) + "q: int = 1) { relu }\n" + model("b\n")(0)
	}},
	{"parameters given", func(n int) string {
		return "block b(" + count("p%d: int = 1, ", n) + "q: int = 1) { relu }\n" + model("b("+count("p%d=2, ", n)+"q=1)\n")(0)
	}},
	{"unknown parameters", func(n int) string {
		return "block b(p: int = 1) { relu }\n" + model("b("+count("p%d=2, ", n)+"q=1)\n")(0)
	}},
	{"imports", func(n int) string { return count("import \"std/resnet.net\"\n", n) + model("relu\n")(0) }},
	{"missing imports", func(n int) string { return count("import \"std/resnet%d.net\"\n", n) + model("relu\n")(0) }},
	{"list", func(n int) string {
		return "model M(d: ints = [" + count("1, ", n) + "1]) {\n input x: 1x8x8\n repeat i in 1000 { conv(d[i]) }\n output y\n}\n"
	}},
	{"sum", func(n int) string {
		return "model M {\n input x: 1x8x8\n conv(1" + count(" + 1", n) + ")\n output y\n}\n"
	}},
	{"number", func(n int) string { return "model M {\n input x: 1x8x8\n conv(" + count("1", n) + ")\n output y\n}\n" }},
	{"characters", func(n int) string { return "model M {\n" + count("§", n) + "\n}\n" }},
	{"quotes", func(n int) string { return "model M {\n" + count("\"\n", n) + "\n}\n" }},
	{"arrows", func(n int) string { return "model M {\n" + count("-> ", n) + "\n}\n" }},
	{"faults in rounds", func(n int) string {
		return "model M {\n input x: 1x8x8\n repeat 99999 { conv(nope) }\n output y\n}\n" + count("// \n", n)
	}},
	{"open sizes", func(n int) string {
		return "model M {\n input x: 1xHxW\n" + count("up(1, 2x2)\nconv(1, 3x3, stride=2)\n", n) + " output y\n}\n"
	}},
	{"taps far back", func(n int) string {
		return "model M {\n input x: 8x8x8\n" + count("relu\n", n/2) + "relu as t\n" + count("residual(always) { from t -> relu }\n", n/2) + " output y\n}\n"
	}},
}

// model is a text of a model with a line for each number from 0.
func model(line string) func(int) string {
	return func(n int) string { return "model M {\n input x: 1x8x8\n" + count(line, n) + " relu\n output y\n}\n" }
}

// count repeats a text, with numbers from 0 in it, to about so many bytes.
func count(format string, bytes int) string {
	var s strings.Builder
	for i := 0; s.Len() < bytes; i++ {
		if strings.Contains(format, "%") {
			fmt.Fprintf(&s, format, i)
		} else {
			s.WriteString(format)
		}
	}
	return s.String()
}

// BenchmarkHostile shows that the time for such texts is proportional to their
// size, or bounded.
func BenchmarkHostile(b *testing.B) {
	for _, h := range hostile {
		for _, size := range []int{1 << 14, 1 << 17, 1 << 20} {
			src := []byte(h.src(size))
			b.Run(fmt.Sprintf("check/%s/%d", h.name, size), func(b *testing.B) {
				for b.Loop() {
					diags := compiler.Parse("hostile.net", src).Check()
					if err := diags.WriteText(io.Discard, diag.TextStyle{}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(src)), "ns/byte")
			})
			b.Run(fmt.Sprintf("fmt/%s/%d", h.name, size), func(b *testing.B) {
				for b.Loop() {
					dsl.Format("hostile.net", src)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(src)), "ns/byte")
			})
		}
	}
}
