package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

// model returns tensors that all hold one value.
func model(value int) []Tensor {
	w := []float32{1, 1, 1, 1, 1, 1}
	m := make([]float32, 6)
	for i := range w {
		w[i] = float32(value)
		m[i] = float32(value)
	}
	return []Tensor{
		{plan.Tensor{Name: "fc.weight", Kind: plan.Param, Shape: []int{2, 3}}, plan.View{F32: w}},
		{plan.Tensor{Name: "bn.mean", Kind: plan.Buffer, Shape: []int{1}}, plan.View{F32: []float32{float32(value)}}},
		{plan.Tensor{Name: "fc.weight/momentum", Kind: plan.Moment, Shape: []int{2, 3}}, plan.View{F32: m}},
		{plan.Tensor{Name: "steps", Kind: plan.Count, DType: plan.I64, Shape: []int{1}}, plan.View{I64: []int64{int64(value)}}},
	}
}

// state is the state that goes with model(value).
func state(value int) State {
	return State{Model: "M", Recipe: "abc", Seed: -7, Batch: 4, Step: value, Epoch: value / 2, Progress: json.RawMessage(`{"loss":0.1}`)}
}

// check fails unless the folder's snapshot is the one of a value among want,
// which it returns.
func check(t *testing.T, dir string, want ...int) int {
	t.Helper()
	s, err := Load(dir)
	if err != nil {
		t.Fatalf("no snapshot to load: %v", err)
	}
	for _, value := range want {
		if s.State.Step != value {
			continue
		}
		got := model(-1)
		if err := s.Restore(got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(model(value), got); diff != "" {
			t.Errorf("tensors of step %d: %s", value, diff)
		}
		wanted := state(value)
		wanted.Format = format
		if diff := cmp.Diff(wanted, s.State); diff != "" {
			t.Error(diff)
		}
		return value
	}
	t.Fatalf("snapshot of step %d, expected one of %v", s.State.Step, want)
	return 0
}

func mustSave(t *testing.T, dir string, value int) {
	t.Helper()
	if err := Save(dir, state(value), model(value)); err != nil {
		t.Fatal(err)
	}
}

func TestSaveThenLoad(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("empty folder: error %v, expected fs.ErrNotExist with the folder", err)
	}
	for value := range 4 {
		mustSave(t, dir, value)
		check(t, dir, value)
	}
	if before, err := read(filepath.Join(dir, Previous)); err != nil || before.State.Step != 2 {
		t.Errorf("the snapshot before the last: %v, error %v; expected step 2", before, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("folder holds %v, error %v; expected two snapshots", entries, err)
	}
}

func TestSaveIsDeterministic(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	mustSave(t, a, 3)
	mustSave(t, b, 3)
	x, errX := os.ReadFile(filepath.Join(a, File))
	y, errY := os.ReadFile(filepath.Join(b, File))
	if errX != nil || errY != nil || !bytes.Equal(x, y) {
		t.Errorf("two saves of one state differ (%v, %v)", errX, errY)
	}
}

func TestEveryDamagedByteIsSeen(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 1)
	mustSave(t, dir, 2)
	path := filepath.Join(dir, File)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1 << (i % 8)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Load(dir)
		if err == nil {
			t.Fatalf("byte %d of %d changed from %q to %q unseen", i, len(whole), whole[i], b[i])
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), Previous+", is whole (epoch 0, step 1)") {
			t.Fatalf("byte %d: error %v, expected the path and the older snapshot", i, err)
		}
	}
	if err := os.WriteFile(path, whole[:len(whole)-1], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, Previous)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "no older snapshot") {
		t.Errorf("cut snapshot without an older one: error %v", err)
	}
}

func TestRestoreChangesAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	mustSave(t, dir, 5)
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	other := model(9)
	other[3].Shape, other[3].View.I64 = []int{2}, []int64{9, 9}
	other[1].Name = "bn.moan"
	err = s.Restore(other)
	if err == nil || !strings.Contains(err.Error(), "steps: file [1], model [2]") || !strings.Contains(err.Error(), "bn.moan") {
		t.Errorf("error %v, expected both mismatches", err)
	}
	if diff := cmp.Diff(model(9)[0], other[0]); diff != "" {
		t.Errorf("a tensor has changed: %s", diff)
	}
}

func TestLoadRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, File)
	if err := Export(path, model(1), map[string]string{"model": "M"}); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "no snapshot") {
		t.Errorf("file of weights: error %v", err)
	}
	if err := Export(path, model(1), map[string]string{stateKey: `{"format":2}`}); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "format 2, this version of netc reads format 1") {
		t.Errorf("format of the future: error %v", err)
	}
}

func TestExport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := Export(path, model(3), map[string]string{"model": "M"}); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	err = weights.Fit(f, []weights.Want{{Name: "fc.weight", DType: weights.F32, Shape: []int{2, 3}}, {Name: "bn.mean", DType: weights.F32, Shape: []int{1}}})
	if err != nil || f.Meta["model"] != "M" {
		t.Errorf("error %v, metadata %v", err, f.Meta)
	}
}

func TestSaveIntoNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if err := Save(dir, state(1), model(1)); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, expected fs.ErrNotExist with the path", err)
	}
}
