// Package weights reads and writes safetensors, the file format of weights and
// snapshots.
//
// Input: bytes of any origin, or tensors in memory. Output: tensors with names,
// shapes and typed elements, or a file that any safetensors reader accepts.
//
// Invariants: a File that was read without error has unique names, sizes that
// agree with types and shapes, and data that the tensors cover exactly once
// from the first byte to the last. Nothing is allocated by a size that the
// input merely claims. The same tensors and metadata always give the same bytes.
package weights

import (
	"fmt"
	"strings"

	"github.com/netc-lang/netc/runtime/plan"
)

// DType is the element type of a tensor in a file.
type DType uint8

// The element types of the format, in the order of dtypes.
const (
	F64 DType = iota
	I64
	U64
	F32
	I32
	U32
	F16
	BF16
	I16
	U16
	I8
	U8
	Bool
	F8E4M3
	F8E5M2
)

// dtypes gives each element type its name in files and its bytes per element.
var dtypes = [...]struct {
	name string
	size int
}{
	F64: {"F64", 8}, I64: {"I64", 8}, U64: {"U64", 8},
	F32: {"F32", 4}, I32: {"I32", 4}, U32: {"U32", 4},
	F16: {"F16", 2}, BF16: {"BF16", 2}, I16: {"I16", 2}, U16: {"U16", 2},
	I8: {"I8", 1}, U8: {"U8", 1}, Bool: {"BOOL", 1},
	F8E4M3: {"F8_E4M3", 1}, F8E5M2: {"F8_E5M2", 1},
}

// Size is the number of bytes of one element.
func (d DType) Size() int { return dtypes[d].size }

func (d DType) String() string { return dtypes[d].name }

func parseDType(name string) (DType, bool) {
	for i := range dtypes {
		if dtypes[i].name == name {
			return DType(i), true
		}
	}
	return 0, false
}

// Of is the type under which a file holds the elements of a plan's type.
func Of(d plan.DType) DType {
	return [...]DType{plan.F32: F32, plan.I32: I32, plan.I64: I64}[d]
}

// Tensor is one named array. Its elements are either Bytes, little-endian as in
// a file, or the slice of Values that DType names (F32, I32 or I64); reading
// always gives Bytes.
type Tensor struct {
	Name   string
	DType  DType
	Shape  []int // row-major; empty for a scalar
	Bytes  []byte
	Values plan.View
}

// Len is the number of elements by the shape.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// File is the content of a safetensors file. Tensors are in the order of their
// data and share the memory of what was read.
type File struct {
	Path    string // where it was read from; empty when decoded from memory
	Meta    map[string]string
	Tensors []Tensor

	index map[string]int
}

// NewFile is a file of tensors with different names, as if it had been read.
func NewFile(list []Tensor) *File {
	f := &File{Meta: map[string]string{}, Tensors: list, index: make(map[string]int, len(list))}
	for i := range list {
		f.index[list[i].Name] = i
	}
	return f
}

// Lookup finds a tensor by name; nil when the file has none of that name.
func (f *File) Lookup(name string) *Tensor {
	if i, ok := f.index[name]; ok {
		return &f.Tensors[i]
	}
	return nil
}

// shapeString writes a shape as messages do: [6,1,5,5], and [] for a scalar.
func shapeString(shape []int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, d := range shape {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprint(&b, d)
	}
	b.WriteByte(']')
	return b.String()
}

// Without is the file without the tensors of some names. It shares the memory of
// the others.
func (f *File) Without(drop func(name string) bool) *File {
	g := &File{Path: f.Path, Meta: f.Meta, index: map[string]int{}}
	for i := range f.Tensors {
		if t := &f.Tensors[i]; !drop(t.Name) {
			g.index[t.Name] = len(g.Tensors)
			g.Tensors = append(g.Tensors, *t)
		}
	}
	return g
}
