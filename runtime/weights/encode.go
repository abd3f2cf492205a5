package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// chunk is the bytes that Write gathers before handing them on.
const chunk = 1 << 16

// Write writes tensors and metadata as one file. The data is in the order of
// element size, largest first, then name, so that every element is aligned.
// It fails before the first byte where names repeat or elements do not agree
// with a shape, and otherwise only as w does.
func Write(w io.Writer, tensors []Tensor, meta map[string]string) error {
	order := make([]*Tensor, len(tensors))
	for i := range tensors {
		order[i] = &tensors[i]
	}
	slices.SortStableFunc(order, func(a, b *Tensor) int {
		return cmp.Or(cmp.Compare(b.DType.Size(), a.DType.Size()), strings.Compare(a.Name, b.Name))
	})
	header, err := encodeHeader(order, meta)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	buf := make([]byte, 0, chunk)
	for _, t := range order {
		if err := writeData(w, t, buf); err != nil {
			return err
		}
	}
	return nil
}

// encodeHeader is the header with its length in front, padded with spaces to a
// multiple of eight bytes.
func encodeHeader(order []*Tensor, meta map[string]string) ([]byte, error) {
	var b bytes.Buffer
	b.Write(make([]byte, 8))
	b.WriteByte('{')
	if len(meta) > 0 {
		writeString(&b, metaKey)
		sep := ":{"
		for _, key := range slices.Sorted(maps.Keys(meta)) {
			if !utf8.ValidString(key) || !utf8.ValidString(meta[key]) {
				return nil, fmt.Errorf("metadata %q: %q is not UTF-8", key, meta[key])
			}
			b.WriteString(sep)
			writeString(&b, key)
			b.WriteByte(':')
			writeString(&b, meta[key])
			sep = ","
		}
		b.WriteByte('}')
	}
	seen := make(map[string]bool, len(order))
	at := 0
	for i, t := range order {
		size, err := checkTensor(t)
		if err != nil {
			return nil, err
		}
		if seen[t.Name] {
			return nil, fmt.Errorf("tensor %q: occurs twice", t.Name)
		}
		seen[t.Name] = true
		if i > 0 || len(meta) > 0 {
			b.WriteByte(',')
		}
		writeString(&b, t.Name)
		fmt.Fprintf(&b, `:{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, t.DType, shapeString(t.Shape), at, at+size)
		at += size
	}
	b.WriteByte('}')
	for b.Len()%8 != 0 {
		b.WriteByte(' ')
	}
	header := b.Bytes()
	if len(header)-8 > maxHeader {
		return nil, fmt.Errorf("header of %d bytes, at most %d can be read back", len(header)-8, maxHeader)
	}
	binary.LittleEndian.PutUint64(header, uint64(len(header)-8))
	return header, nil
}

// checkTensor is the size of the tensor's data in bytes.
func checkTensor(t *Tensor) (int, error) {
	if t.Name == metaKey || !utf8.ValidString(t.Name) {
		return 0, fmt.Errorf("tensor %q: not a name that a file can hold", t.Name)
	}
	if len(t.Shape) > maxDims {
		return 0, fmt.Errorf("tensor %q: %d dimensions, at most %d can be read back", t.Name, len(t.Shape), maxDims)
	}
	for _, d := range t.Shape {
		if d < 0 {
			return 0, fmt.Errorf("tensor %q: shape %s has a negative dimension", t.Name, shapeString(t.Shape))
		}
	}
	size, ok := byteSize(t.DType, t.Shape)
	if !ok {
		return 0, fmt.Errorf("tensor %q: shape %s is too large", t.Name, shapeString(t.Shape))
	}
	have := len(t.Bytes)
	if t.Bytes == nil {
		have = t.values() * t.DType.Size()
	}
	if uint64(have) != size {
		return 0, fmt.Errorf("tensor %q: %d bytes of elements, expected %d for %s %s",
			t.Name, have, size, t.DType, shapeString(t.Shape))
	}
	return have, nil
}

// values is the number of elements in the slice of Values that DType names.
func (t *Tensor) values() int {
	switch t.DType {
	case F32:
		return len(t.Values.F32)
	case I32:
		return len(t.Values.I32)
	case I64:
		return len(t.Values.I64)
	}
	return 0
}

// writeString writes s as JSON. Marshalling a string cannot fail.
func writeString(b *bytes.Buffer, s string) {
	text, _ := json.Marshal(s)
	b.Write(text)
}

// writeData writes the elements, through buf where they are not bytes yet.
func writeData(w io.Writer, t *Tensor, buf []byte) error {
	if t.Bytes != nil {
		_, err := w.Write(t.Bytes)
		return err
	}
	size := t.DType.Size()
	per := chunk / size
	for at, n := 0, t.values(); at < n; at += per {
		end := min(at+per, n)
		buf = buf[:0]
		switch t.DType {
		case F32:
			for _, v := range t.Values.F32[at:end] {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
		case I32:
			for _, v := range t.Values.I32[at:end] {
				buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
			}
		case I64:
			for _, v := range t.Values.I64[at:end] {
				buf = binary.LittleEndian.AppendUint64(buf, uint64(v))
			}
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
