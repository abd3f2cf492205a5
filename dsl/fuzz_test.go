package dsl

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/netc-lang/netc/dsl/diag"
)

func addSeeds(f *testing.F) {
	for _, src := range sources(f) {
		f.Add(src)
	}
	for _, folder := range []string{"check", "graph", "wrong"} {
		for _, a := range archives(f, folder) {
			for _, file := range a.Files {
				if strings.HasSuffix(file.Name, ".net") {
					f.Add(file.Data)
				}
			}
		}
	}
	paths, err := filepath.Glob("../models/*/*.net")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no models: %v", err)
	}
	for _, p := range paths {
		src, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for seed := range uint64(8) {
		f.Add(randomFile(seed))
	}
	f.Add([]byte("model A { conv(3x(n)x\xff"))
	f.Add([]byte("a{b(c[{;\"\\"))
}

// FuzzParse: no input makes the parser or the printers of diagnostics fail.
func FuzzParse(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, list := Parse("fuzz.net", src)
		checkOrder(t, list)
		checkSpans(t, file)
		if len(list) > maxMistakes+1 {
			t.Errorf("%d diagnostics", len(list))
		}
		var b bytes.Buffer
		if err := list.WriteText(&b, diag.TextStyle{}); err != nil {
			t.Fatal(err)
		}
		if err := list.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(b.Bytes()) || bytes.ContainsAny(b.Bytes(), "\x00\x1b\r") {
			t.Errorf("diagnostics are not plain text: %q", b.Bytes())
		}
	})
}

// FuzzFormat: whatever parses is formatted faithfully.
func FuzzFormat(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		checkFormat(t, "fuzz.net", src)
	})
}
