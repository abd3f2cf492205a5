package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var errInjected = errors.New("no space left on device")

// faults counts the operations on the disk and makes the one numbered failAt
// fail; a write that fails has written half of its bytes. With dead set, all
// later operations fail too, as for a process that has ended.
type faults struct {
	failAt int
	dead   bool
	log    []string
}

func (f *faults) op(name string) error {
	f.log = append(f.log, name)
	n := len(f.log)
	if n == f.failAt || f.dead && f.failAt > 0 && n > f.failAt {
		return errInjected
	}
	return nil
}

func (f *faults) system() system {
	return system{
		create: func(path string) (handle, error) {
			if err := f.op("create " + filepath.Base(path)); err != nil {
				return nil, err
			}
			h, err := disk.create(path)
			return &faultyHandle{h, f}, err
		},
		rename: func(from, to string) error {
			if err := f.op("rename " + filepath.Base(from) + " " + filepath.Base(to)); err != nil {
				return err
			}
			return disk.rename(from, to)
		},
		remove: func(path string) error {
			if err := f.op("remove " + filepath.Base(path)); err != nil {
				return err
			}
			return disk.remove(path)
		},
		syncDir: func(string) error { return f.op("syncdir") },
	}
}

type faultyHandle struct {
	handle
	f *faults
}

func (h *faultyHandle) Write(b []byte) (int, error) {
	if err := h.f.op("write"); err != nil {
		n, _ := h.handle.Write(b[:len(b)/2])
		return n, err
	}
	return h.handle.Write(b)
}

func (h *faultyHandle) Sync() error { return h.f.op("sync") }

func (h *faultyHandle) Close() error {
	err := h.f.op("close")
	return errors.Join(err, h.handle.Close())
}

func TestOrderOfSave(t *testing.T) {
	f := &faults{}
	if err := save(f.system(), t.TempDir(), state(1), model(1)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	want := []string{"create checkpoint.safetensors.tmp", "write", "write", "write", "write", "write", "sync", "close",
		"rename checkpoint.safetensors checkpoint.prev.safetensors",
		"rename checkpoint.safetensors.tmp checkpoint.safetensors", "syncdir"}
	if diff := cmp.Diff(want, f.log); diff != "" {
		t.Error(diff)
	}
}

func TestSaveSurvivesEveryFailure(t *testing.T) {
	for _, dead := range []bool{false, true} {
		for failAt := 1; ; failAt++ {
			dir := t.TempDir()
			mustSave(t, dir, 1)
			mustSave(t, dir, 2)
			f := &faults{failAt: failAt, dead: dead}
			err := save(f.system(), dir, state(3), model(3))
			if len(f.log) < failAt {
				if err != nil || failAt < 11 {
					t.Fatalf("%d operations without a failure, error %v", len(f.log), err)
				}
				break
			}
			name := fmt.Sprintf("failure of operation %d (%s), dead %v", failAt, f.log[failAt-1], dead)
			if !errors.Is(err, errInjected) || !strings.Contains(err.Error(), dir) {
				t.Errorf("%s: error %v, expected the injected one with the path", name, err)
			}
			t.Log(name)
			check(t, dir, 2, 3)
			if left := filepath.Join(dir, File+".tmp"); !dead {
				if _, err := os.Stat(left); err == nil {
					t.Errorf("%s: %s is left", name, left)
				}
			}
			mustSave(t, dir, 4)
			check(t, dir, 4)
			if entries, _ := os.ReadDir(dir); len(entries) != 2 {
				t.Errorf("%s: folder holds %v after the next save, expected two snapshots", name, entries)
			}
		}
	}
}

// saverDir makes the test binary save for ever into the folder it names.
const saverDir = "NETC_TEST_SAVER_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(saverDir); dir != "" {
		saveForEver(dir)
	}
	os.Exit(m.Run())
}

// saveForEver saves steps 1, 2, … and prints the number of each when it is done.
func saveForEver(dir string) {
	for value := 1; ; value++ {
		if err := Save(dir, state(value), model(value)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(value)
	}
}

func TestSaveSurvivesKill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for kills := 1; kills <= 12; kills++ {
		dir := t.TempDir()
		child := exec.Command(self, "-test.run=^$")
		child.Env = append(os.Environ(), saverDir+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		done := 0
		for done < kills && lines.Scan() {
			if done, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // saves that were reported before the signal came
			if done, err = strconv.Atoi(lines.Text()); err != nil {
				t.Fatal(err)
			}
		}
		var killed *exec.ExitError
		if err := child.Wait(); !errors.As(err, &killed) || killed.Exited() {
			t.Fatalf("the saving process ended with %v, expected a kill", err)
		}
		last := check(t, dir, done-1, done, done+1)
		if last < done {
			t.Errorf("snapshot of step %d although step %d was saved", last, done)
		}
		mustSave(t, dir, 1000)
		check(t, dir, 1000)
	}
}
