package compiler_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

// TestPages checks every whole file that the documentation shows, which is what
// stands after ```net, for errors and for its layout.
func TestPages(t *testing.T) {
	paths, _ := filepath.Glob("../docs/*.md")
	found := 0
	for _, path := range append(paths, "../README.md") {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(string(page), "\n```net\n")
		for _, part := range parts[1:] {
			found++
			text, _, ok := strings.Cut(part, "\n```\n")
			text += "\n"
			line, _, _ := strings.Cut(strings.TrimPrefix(text, "net 1\n\n"), "\n")
			if !ok {
				t.Errorf("%s: the file at %q has no end", path, line)
			}
			for _, d := range compiler.Parse("page.net", []byte(text)).Check() {
				if d.Severity != diag.Hint {
					t.Errorf("%s, at %q: %v", path, line, d)
				}
			}
			if laidOut, _ := dsl.Format("page.net", []byte(text)); string(laidOut) != text {
				t.Errorf("%s: the file at %q is not laid out as fmt does:\n%s", path, line, laidOut)
			}
		}
	}
	if found < 5 {
		t.Errorf("%d files in the documentation: they are marked ```net", found)
	}
}
