package plan

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the expected files")

func TestDump(t *testing.T) {
	var s strings.Builder
	if err := toy().Dump(&s); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("..", "..", "testdata", "plan", "toy.txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(s.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), s.String()); diff != "" {
		t.Errorf("the listing changed (-want +got):\n%s", diff)
	}

	var one strings.Builder
	if err := toy().Infer.Dump(&one); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(s.String(), one.String()) {
		t.Errorf("a plan's own listing differs from the program's:\n%s", one.String())
	}
}
