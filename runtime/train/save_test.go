package train

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netc-lang/netc/runtime/checkpoint"
)

// TestSaveFails tells which snapshot is left when the next one cannot be
// written, and leaves that one whole.
func TestSaveFails(t *testing.T) {
	out := t.TempDir()
	c, _, _ := toyConfig(t, out)
	c.Recipe.Steps = 2
	mustRun(t, c)
	// A folder in the place of the temporary file fails the save as a full disk does.
	if err := os.Mkdir(filepath.Join(out, checkpoint.File+".tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, checkpoint.File+".tmp", "full"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	c, _, _ = toyConfig(t, out)
	c.Resume = true
	_, err := Run(context.Background(), c)
	if err == nil || !strings.Contains(err.Error(), "could not be saved (the snapshot of step 2 in "+out+" is kept)") {
		t.Errorf("error %v, expected one that says what is kept", err)
	}
	if s, err := checkpoint.Load(out); err != nil || s.State.Step != 2 {
		t.Errorf("snapshot after the failed save: %v, %v; want step 2", s, err)
	}
}
