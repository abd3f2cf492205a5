package gogen

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected files")

var toyOptions = Options{Version: "0.0.0-test", Source: "toynet.net", Package: "toynet"}

func generateToy(t *testing.T, opt Options) []byte {
	t.Helper()
	src, err := Generate(toyProgram(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestGolden(t *testing.T) {
	for name, edit := range map[string]func(*Options){
		"both.go.txt":  func(*Options) {},
		"infer.go.txt": func(o *Options) { o.Mode, o.Qualify = InferOnly, true },
	} {
		t.Run(name, func(t *testing.T) {
			opt := toyOptions
			edit(&opt)
			src := generateToy(t, opt)
			golden := filepath.Join("..", "..", "testdata", "gogen", name)
			if *update {
				if err := os.WriteFile(golden, src, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(src)); diff != "" {
				t.Errorf("the generated code changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeterministic(t *testing.T) {
	first := generateToy(t, toyOptions)
	for range 5 {
		if !bytes.Equal(first, generateToy(t, toyOptions)) {
			t.Fatal("the same program gave different bytes")
		}
	}
}
