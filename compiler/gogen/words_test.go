package gogen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
)

// goWords are names that mean something in generated code, or in Go, and that a
// file may give to its input, its layers and its outputs all the same.
var goWords = []string{
	"len", "copy", "clear", "panic", "nil", "float32", "int32", "string", "error", "func", "type", "range",
	"fmt", "io", "checkpoint", "kernel", "par", "plan", "weights",
	"m", "t", "n", "pool", "state", "packed", "labels", "image", "images",
	"infer", "train", "init", "inferReady", "New", "Forward", "Step", "Params", "Load", "Save", "Close", "InferBatch",
	"seed", "rate", "momentum", "label", "a_b", "aB", "AB", "a_B", "_", "__x",
}

// TestWords builds models whose names are all words of Go or of the generated code.
func TestWords(t *testing.T) {
	files := map[string][]byte{}
	args := []string{"build"}
	for i, input := range []string{"len", "fmt", "m", "weights", "labels", "n"} {
		name := fmt.Sprintf("words%d", i)
		files[name+"/"+name+".go"] = wordsModel(t, name, input)
		args = append(args, built+name)
	}
	goCommand(t, files, args...)
}

func wordsModel(t *testing.T, name, input string) []byte {
	t.Helper()
	var layers, outputs []string
	for _, w := range goWords {
		if w != input {
			layers = append(layers, "  conv(2, 1x1) as "+w)
			outputs = append(outputs, w)
		}
	}
	f := compiler.Parse("words.net", fmt.Appendf(nil, `net 1
model M {
  input %s: 1x2x2
%s
  flatten
  dense(3)
  output logits, %s
}
train t of M {
  data mnist; batch 2; epochs 1
  loss cross_entropy on logits
  optimizer sgd(lr=0.05, momentum=0.9); clip norm(1)
}
`, input, strings.Join(layers, "\n"), from(outputs)))
	r, diags, err := f.Recipe("", nil)
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags.Err())
	}
	prog, err := compiler.Program(r.Model.Graph, compiler.Options{Batch: 2, Objectives: r.Objectives, Method: r.Method})
	if err != nil {
		t.Fatal(err)
	}
	src, err := Generate(prog, Options{Package: name, Source: "words.net"})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// from returns each layer as an output of its name.
func from(names []string) string {
	var list []string
	for _, n := range names {
		list = append(list, n+" from "+n)
	}
	return strings.Join(list, ", ")
}
