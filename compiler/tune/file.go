package tune

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/netc-lang/netc/compiler/op"
	"github.com/netc-lang/netc/runtime/kernel"
)

// Format is the version of the file's form.
const Format = 1

// Bounds on what a file may hold.
const (
	maxSize    = 16 << 20 // bytes
	maxEntries = 50_000
	maxText    = 200 // bytes of a name
)

// File is what was measured, and where.
type File struct {
	Format  int    `json:"netc_tuning"`
	Machine string `json:"machine"` // the processor, as it names itself
	ISA     string `json:"isa"`     // what the kernels use of it
	Kernels int    `json:"kernels"` // kernel.Generation
	Threads int    `json:"threads"`

	Convolutions []Entry `json:"convolutions"`

	text  []byte // as read or written, of which the digest is
	index map[Question]string
}

// Entry is one pass of one convolution.
type Entry struct {
	Pass         string             `json:"pass"`
	Geometry     string             `json:"geometry"`
	Choice       string             `json:"choice"`
	Microseconds map[string]float64 `json:"microseconds"` // of a run, by algorithm
}

// New is a file for this machine without measurements.
func New(threads int) *File {
	f := &File{Format: Format, Machine: Machine(), ISA: kernel.ISA(), Kernels: kernel.Generation, Threads: threads}
	f.Add()
	return f
}

// Add adds measurements of questions that the file does not answer yet.
func (f *File) Add(entries ...Entry) {
	f.Convolutions = append(f.Convolutions, entries...)
	f.text = f.write()
	f.index = map[Question]string{}
	for i := range f.Convolutions {
		e := &f.Convolutions[i]
		f.index[Question{e.Pass, e.Geometry}] = e.Choice
	}
}

func (f *File) choice(q Question) (string, bool) {
	c, ok := f.index[q]
	return c, ok
}

// Text is the file's content.
func (f *File) Text() []byte { return f.text }

// Digest identifies the file: the first half of its SHA-256, as hexadecimal.
func (f *File) Digest() string {
	sum := sha256.Sum256(f.text)
	return hex.EncodeToString(sum[:16])
}

// write is the file as text, a line for each measurement.
func (f *File) write() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"netc_tuning\": %d,\n  \"machine\": %s,\n  \"isa\": %s,\n  \"kernels\": %d,\n  \"threads\": %d,\n  \"convolutions\": [",
		f.Format, quoted(f.Machine), quoted(f.ISA), f.Kernels, f.Threads)
	for i := range f.Convolutions {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n    ")
		b.Write(encoded(&f.Convolutions[i]))
	}
	b.WriteString("\n  ]\n}\n")
	return b.Bytes()
}

func quoted(s string) string { return string(encoded(s)) }

// encoded is a value as JSON. Every value of a File has a form in JSON.
func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("tune: %v", err))
	}
	return text
}

// Read reads a file. It fails where the file cannot be read, is no tuning file,
// or was measured with other kernels than this netc has.
func Read(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxSize+1))
	if err != nil {
		return nil, err
	}
	f, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Parse reads the content of a file.
func Parse(text []byte) (*File, error) {
	if len(text) > maxSize {
		return nil, fmt.Errorf("no tuning file: longer than %d MiB", maxSize>>20)
	}
	var head struct {
		Format *int `json:"netc_tuning"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Format == nil {
		return nil, errors.Join(errors.New("no tuning file: expected JSON with \"netc_tuning\""), err)
	}
	if *head.Format != Format {
		return nil, fmt.Errorf("a tuning file of format %d; this netc reads format %d: measure again with --tune", *head.Format, Format)
	}
	f := &File{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("damaged tuning file: %w", err)
	}
	if f.Kernels != kernel.Generation {
		return nil, fmt.Errorf("it was measured with generation %d of the kernels; this netc has generation %d: measure again with --tune", f.Kernels, kernel.Generation)
	}
	if f.Threads < 1 || f.Threads > 1<<16 || len(f.Machine) > maxText || len(f.ISA) > maxText {
		return nil, fmt.Errorf("damaged tuning file: %d threads, machine %.20q, instructions %.20q", f.Threads, f.Machine, f.ISA)
	}
	if len(f.Convolutions) > maxEntries {
		return nil, fmt.Errorf("a tuning file of %d measurements; at most %d are possible", len(f.Convolutions), maxEntries)
	}
	f.text, f.index = slices.Clone(text), make(map[Question]string, len(f.Convolutions))
	for i := range f.Convolutions {
		e := &f.Convolutions[i]
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("damaged tuning file: measurement %d: %w", i+1, err)
		}
		q := Question{e.Pass, e.Geometry}
		if _, ok := f.index[q]; ok {
			return nil, fmt.Errorf("damaged tuning file: measurement %d: %s of %s for the second time", i+1, e.Pass, e.Geometry)
		}
		f.index[q] = e.Choice
	}
	return f, nil
}

// check checks one measurement.
func (e *Entry) check() error {
	if !slices.Contains(op.ConvPasses(), e.Pass) {
		return fmt.Errorf("pass %.40q; expected one of %s", e.Pass, strings.Join(op.ConvPasses(), ", "))
	}
	s, err := kernel.ParseGeometry(e.Geometry)
	if err != nil {
		return err
	}
	for _, name := range append(slices.Sorted(maps.Keys(e.Microseconds)), e.Choice) {
		t, ok := e.Microseconds[name]
		if _, applies := s.TileNamed(name); !applies {
			return fmt.Errorf("algorithm %.40q does not apply to %s", name, e.Geometry)
		}
		if !ok || !(t > 0) || math.IsInf(t, 0) {
			return fmt.Errorf("%s has no time for %s", e.Geometry, name)
		}
	}
	return nil
}

// Usable says why a file's choices do not hold on this machine: they were
// measured with other instructions.
func (f *File) Usable() error {
	if f.ISA != kernel.ISA() {
		return fmt.Errorf("it was measured with %s kernels; this machine has %s: measure again with --tune", f.ISA, kernel.ISA())
	}
	return nil
}
