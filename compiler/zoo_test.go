package compiler_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/runtime/plan"
)

// TestZoo asks of every file of models/ that it is laid out as fmt does, that
// every model in it becomes a program, and that its counts are compared with some
// reference.
func TestZoo(t *testing.T) {
	compared := map[string]bool{"lenet1998/LeNet5of1998": true, "unet/UNetSmall": true, "googlenet/GoogLeNetSmall": true} // TestLeNet1998, TestUNetSmall, TestGoogLeNetSmall
	for _, c := range referenced {
		compared[c.file+"/"+c.model] = true
	}
	paths, err := filepath.Glob("../models/*/*.net")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if laid, diags := dsl.Format(path, src); len(diags) > 0 || !bytes.Equal(laid, src) {
				t.Errorf("%s is not as `netc fmt` lays it out", path)
			}
			f, err := compiler.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range f.Models() {
				model, diags, err := f.Model(m, nil)
				if err != nil || len(diags) > 0 {
					t.Fatal(m, err, diags.Err())
				}
				p, err := compiler.Program(model.Graph, compiler.Options{Batch: 1})
				if err != nil {
					t.Fatal(m, err)
				}
				if err := plan.Verify(p); err != nil {
					t.Errorf("%s: %v", m, err)
				}
				if !compared[name+"/"+m] {
					t.Errorf("the counts of %s are compared with nothing", m)
				}
			}
		})
	}
}
