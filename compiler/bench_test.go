package compiler_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
)

// BenchmarkCheckResNet152 reads a file and what it imports, and checks the
// largest of its models.
func BenchmarkCheckResNet152(b *testing.B) {
	const path = "../models/resnet/resnet.net"
	b.ReportAllocs()
	layers := 0
	for b.Loop() {
		f, err := compiler.Load(path)
		if err != nil {
			b.Fatal(err)
		}
		m, diags, err := f.Model("ResNet152", nil)
		if err != nil || diags.HasErrors() {
			b.Fatal(err, diags.Err())
		}
		layers = len(m.Graph.Nodes)
	}
	perLayer(b, layers)
}

// BenchmarkCheckFiles checks every model and recipe of a file, as `netc check`
// does.
func BenchmarkCheckFiles(b *testing.B) {
	paths, err := filepath.Glob("../models/*/*.net")
	if err != nil || len(paths) == 0 {
		b.Fatalf("no models: %v", err)
	}
	for _, path := range paths {
		b.Run(strings.TrimSuffix(filepath.Base(path), ".net"), func(b *testing.B) {
			src, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if diags := compiler.Parse(path, src).Check(); diags.HasErrors() {
					b.Fatal(diags.Err())
				}
			}
		})
	}
}

// layered is texts of models of so many layers.
var layered = []struct {
	name string
	src  func(layers int) string
}{
	{"flat", func(layers int) string {
		return manyLayers(strings.Repeat("  conv(8, 3x3, same)\n", layers))
	}},
	{"chain", func(layers int) string {
		return manyLayers("  relu" + strings.Repeat(" -> relu", layers-1) + "\n")
	}},
	{"named", func(layers int) string {
		var body strings.Builder
		for i := range layers {
			fmt.Fprintf(&body, "  conv(8, 3x3, same) as layer%d\n", i)
		}
		return manyLayers(body.String())
	}},
	{"repeat", func(layers int) string {
		return manyLayers(fmt.Sprintf("  repeat %d { conv(8, 3x3, same) }\n", layers))
	}},
	{"blocks", func(layers int) string {
		return manyLayers(fmt.Sprintf("  repeat %d { unit(8) }\n", layers/4)) +
			"block unit(width: int) { residual { conv(width, 3x3, same) -> bn -> relu } }\n"
	}},
}

func manyLayers(body string) string {
	return "net 1\nmodel M {\n  input image: 8x32x32\n" + body + "  output y\n}\n"
}

// BenchmarkCheckLayers shows that the time of a check is proportional to the
// number of layers, however they are written.
func BenchmarkCheckLayers(b *testing.B) {
	for _, form := range layered {
		for _, layers := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", form.name, layers), func(b *testing.B) {
				src := []byte(form.src(layers))
				b.ReportAllocs()
				for b.Loop() {
					f := compiler.Parse("many.net", src)
					if diags := f.Check(); diags.HasErrors() {
						b.Fatal(diags.Err())
					}
				}
				perLayer(b, layers)
			})
		}
	}
}

func perLayer(b *testing.B, layers int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(layers), "ns/layer")
}
