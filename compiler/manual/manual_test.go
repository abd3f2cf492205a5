package manual

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the tables of docs/language.md anew")

// TestPage fails when the tables of the reference are not those of the compiler.
func TestPage(t *testing.T) {
	const path = "../../docs/language.md"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	full, err := Fill(page)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, full, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(page), string(full)); diff != "" {
		t.Errorf("the tables of %s are stale; `make generate` writes them anew:\n%s", path, diff)
	}
	for name := range tables() {
		if !strings.Contains(string(full), openMark+name+" -->") {
			t.Errorf("%s does not have the table %q", path, name)
		}
	}
}

func TestFill(t *testing.T) {
	for page, want := range map[string]string{
		"no table": "",
		"a <!-- table: schedules --> old <!-- end of table --> b": "",
		"<!-- table: nonsense --> <!-- end of table -->":          `there is no table "nonsense"`,
		"<!-- table: layers -->":                                  `table "layers" has no mark "<!-- end of table -->" after it`,
	} {
		full, err := Fill([]byte(page))
		if got := ""; err != nil {
			got = err.Error()
			if got != want {
				t.Errorf("%q: %s, want %s", page, got, want)
			}
			continue
		} else if want != "" {
			t.Errorf("%q is filled, want %s", page, want)
		}
		again, err := Fill(full)
		if err != nil || !bytes.Equal(full, again) {
			t.Errorf("%q: filled twice it differs: %q and %q (%v)", page, full, again, err)
		}
		if strings.Contains(page, "old") && (bytes.Contains(full, []byte("old")) || !bytes.Contains(full, []byte("`cosine(")) || !bytes.HasPrefix(full, []byte("a ")) || !bytes.HasSuffix(full, []byte(" b"))) {
			t.Errorf("%q becomes %q", page, full)
		}
	}
}
