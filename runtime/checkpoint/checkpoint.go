// Package checkpoint keeps atomic snapshots of a training run, so that a run
// can be resumed to the same bits it would have reached undisturbed.
//
// Input: the persistent tensors of a program and the state of the loop around
// them. Output: one safetensors file that holds both, so that they cannot
// disagree, with a checksum over all of it.
//
// Invariants: whatever happens during Save — a full disk, an error, a killed
// process, a power cut — Load finds a whole snapshot if there was one before:
// the old or the new, never a mixture. The snapshot before the last one is kept
// beside it, against damage that the disk does later. A file that a killed Save
// left behind is overwritten by the next one.
package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"path/filepath"

	"github.com/netc-lang/netc/runtime/plan"
	"github.com/netc-lang/netc/runtime/weights"
)

// The files of a run's folder that this package writes.
const (
	File     = "checkpoint.safetensors"      // the last snapshot
	Previous = "checkpoint.prev.safetensors" // the one before it
)

// format is the version of the snapshot's metadata.
const format = 1

// The snapshot's keys in the file's metadata.
const (
	stateKey = "checkpoint"
	crcKey   = "crc32c"
)

// State is where a run stands, apart from its tensors.
type State struct {
	Format   int             `json:"format"` // set by Save
	Model    string          `json:"model"`
	Layers   string          `json:"layers,omitempty"` // fingerprint of the model
	Recipe   string          `json:"recipe"`           // digest of what decides the run's numbers, beside the data
	Data     string          `json:"data,omitempty"`   // digest of the data's content; empty if not known
	Tuning   string          `json:"tuning,omitempty"` // digest of the measurements that chose kernels; empty: estimates did
	Seed     int64           `json:"seed"`
	Batch    int             `json:"batch"`
	Stage    string          `json:"stage,omitempty"` // of a run in stages: where Step and Epoch are counted
	Step     int             `json:"step"`            // finished steps
	Epoch    int             `json:"epoch"`           // finished epochs
	Progress json.RawMessage `json:"progress,omitempty"`
}

// Tensor is a persistent tensor bound to its memory. It converts to and from
// the interpreter's type of the same fields.
type Tensor struct {
	plan.Tensor
	View plan.View
}

// Snapshot is a saved state of a run.
type Snapshot struct {
	Path  string
	State State

	file *weights.File
}

// Save writes a snapshot of tensors of different names into the folder dir,
// which must exist. After an error Load finds the snapshot that was there before, or the new one.
func Save(dir string, s State, tensors []Tensor) error {
	return save(disk, dir, s, tensors)
}

func save(sys system, dir string, s State, tensors []Tensor) error {
	s.Format = format
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("checkpoint: state: %w", err)
	}
	list := make([]weights.Tensor, len(tensors))
	for i := range tensors {
		list[i] = asWeights(&tensors[i])
	}
	meta := map[string]string{stateKey: string(text)}
	sum, err := checksum(list, meta)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	meta[crcKey] = sum
	path := filepath.Join(dir, File)
	return sys.replace(path, filepath.Join(dir, Previous), func(w io.Writer) error {
		return weights.Write(w, list, meta)
	})
}

// Load reads the last snapshot of the folder dir. An error that wraps
// fs.ErrNotExist means that there is none. A damaged snapshot is an error that
// says whether the one before it can be used instead; it is never used unasked.
func Load(dir string) (*Snapshot, error) {
	path := filepath.Join(dir, File)
	last, err := read(path)
	if err == nil {
		return last, nil
	}
	before, errBefore := read(filepath.Join(dir, Previous))
	switch missing := errors.Is(err, fs.ErrNotExist); {
	case missing && errBefore == nil:
		return before, nil // the process ended between the two renames of a Save
	case missing && errors.Is(errBefore, fs.ErrNotExist):
		return nil, fmt.Errorf("no snapshot in %s: %w", dir, fs.ErrNotExist)
	case missing:
		return nil, errBefore
	case errBefore == nil:
		return nil, fmt.Errorf("%w\nthe snapshot before it, %s, is whole (epoch %d, step %d): rename it to %s to go on from there",
			err, before.Path, before.State.Epoch, before.State.Step, File)
	}
	return nil, fmt.Errorf("%w\nand there is no older snapshot to use (%v)", err, errBefore)
}

// read reads one snapshot and checks all of it.
func read(path string) (*Snapshot, error) {
	f, err := weights.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("damaged snapshot: %w", err)
	}
	text, ok := f.Meta[stateKey]
	if !ok {
		return nil, fmt.Errorf("%s: no snapshot: its metadata has no %q, as files of weights do not", path, stateKey)
	}
	s := &Snapshot{Path: path, file: f}
	if err := json.Unmarshal([]byte(text), &s.State); err != nil {
		return nil, fmt.Errorf("damaged snapshot: %s: state: %w", path, err)
	}
	if s.State.Format != format {
		return nil, fmt.Errorf("%s: snapshot of format %d, this version of netc reads format %d", path, s.State.Format, format)
	}
	meta := maps.Clone(f.Meta)
	delete(meta, crcKey)
	sum, err := checksum(f.Tensors, meta)
	if err != nil {
		return nil, fmt.Errorf("damaged snapshot: %s: %w", path, err)
	}
	if found := f.Meta[crcKey]; found != sum {
		return nil, fmt.Errorf("damaged snapshot: %s: checksum %s, expected %s", path, sum, found)
	}
	return s, nil
}

// checksum is the CRC-32C of a file's bytes as they are without the checksum.
func checksum(list []weights.Tensor, meta map[string]string) (string, error) {
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	if err := weights.Write(h, list, meta); err != nil {
		return "", err
	}
	return fmt.Sprintf("%08x", h.Sum32()), nil
}

// Fits reports whether the names, types and shapes of all tensors agree with
// the snapshot's; the error lists every one that does not.
func (s *Snapshot) Fits(tensors []Tensor) error {
	want := make([]weights.Want, len(tensors))
	for i := range tensors {
		t := &tensors[i]
		want[i] = weights.Want{Name: t.Name, DType: weights.Of(t.DType), Shape: t.Shape}
	}
	return weights.Fit(s.file, want)
}

// Restore copies the snapshot into the tensors. Where they do not fit, no
// tensor has changed.
func (s *Snapshot) Restore(tensors []Tensor) error {
	if err := s.Fits(tensors); err != nil {
		return err
	}
	for i := range tensors {
		if err := s.file.Lookup(tensors[i].Name).Into(tensors[i].View); err != nil {
			return fmt.Errorf("%s: %w", s.Path, err)
		}
	}
	return nil
}

// Export writes the parameters and buffers among the tensors, without the
// training's own, as a file of weights at path. What was at path stays there
// until the new file is whole.
func Export(path string, tensors []Tensor, meta map[string]string) error {
	var list []weights.Tensor
	for i := range tensors {
		if k := tensors[i].Kind; k == plan.Param || k == plan.Buffer {
			list = append(list, asWeights(&tensors[i]))
		}
	}
	return Replace(path, func(w io.Writer) error { return weights.Write(w, list, meta) })
}

func asWeights(t *Tensor) weights.Tensor {
	return weights.Tensor{Name: t.Name, DType: weights.Of(t.DType), Shape: t.Shape, Values: t.View}
}
