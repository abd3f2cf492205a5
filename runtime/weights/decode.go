package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"os"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxHeader bounds the header, as the format's reference reader does.
const maxHeader = 100_000_000

// maxDims bounds the dimensions of one tensor.
const maxDims = 32

// metaKey is the header's entry for strings about the file.
const metaKey = "__metadata__"

// Read reads the file at path. Errors carry the path and, where there is one,
// the tensor; an error that wraps fs.ErrNotExist means there is no such file.
func Read(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	if !info.Mode().IsRegular() { // a pipe or a device might never end
		return nil, fmt.Errorf("weights: %s is not a file, expected safetensors", path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	f, err := Decode(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f.Path = path
	return f, nil
}

// Decode reads a file from memory. The tensors keep slices of b.
func Decode(b []byte) (*File, error) {
	if len(b) < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes, expected at least 8 for the header's length", len(b))
	}
	n := binary.LittleEndian.Uint64(b)
	switch rest := uint64(len(b) - 8); {
	case n > maxHeader:
		return nil, fmt.Errorf("not a safetensors file: header of %d bytes, expected at most %d", n, maxHeader)
	case n > rest:
		return nil, fmt.Errorf("truncated file: header of %d bytes, but %d bytes follow its length", n, rest)
	}
	header, data := b[8:8+n], b[8+n:]
	if !utf8.Valid(header) {
		return nil, fmt.Errorf("header is not UTF-8")
	}
	f, spans, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	if err := place(f, spans, data); err != nil {
		return nil, err
	}
	f.index = make(map[string]int, len(f.Tensors))
	for i := range f.Tensors {
		f.index[f.Tensors[i].Name] = i
	}
	return f, nil
}

// span is where the header puts a tensor's bytes, counted from the first byte
// after the header.
type span struct {
	tensor     int
	begin, end uint64
}

// parser walks the header's tokens: encoding/json's own decoding into maps
// would let a second entry of the same name replace the first.
type parser struct {
	dec *json.Decoder
	err error
}

func parseHeader(header []byte) (*File, []span, error) {
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, fmt.Errorf("not a safetensors file: the header does not begin with '{'")
	}
	p := &parser{dec: json.NewDecoder(bytes.NewReader(header))}
	p.dec.UseNumber()
	f := &File{Meta: map[string]string{}}
	var spans []span
	p.object("header", func(name string) {
		if name == metaKey {
			p.object(metaKey, func(key string) { f.Meta[key] = p.text(metaKey + " " + strconv.Quote(key)) })
			return
		}
		t, s := p.tensor(name)
		s.tensor = len(f.Tensors)
		f.Tensors, spans = append(f.Tensors, t), append(spans, s)
	})
	if p.err == nil && len(bytes.TrimRight(header[p.dec.InputOffset():], " ")) > 0 {
		p.fail("text after the header's closing brace at byte %d, expected only spaces", p.dec.InputOffset())
	}
	return f, spans, p.err
}

// tensor reads {"dtype": …, "shape": […], "data_offsets": [begin, end]}.
func (p *parser) tensor(name string) (Tensor, span) {
	t, s := Tensor{Name: name}, span{}
	where := "tensor " + strconv.Quote(name)
	fields := 0
	p.object(where, func(key string) {
		fields++
		switch key {
		case "dtype":
			word := p.text(where + ": dtype")
			d, ok := parseDType(word)
			if !ok {
				p.fail("%s: unknown dtype %q", where, word)
			}
			t.DType = d
		case "shape":
			t.Shape = []int{}
			for _, d := range p.numbers(where+": shape", maxDims) {
				if d > math.MaxInt {
					p.fail("%s: dimension %d is too large", where, d)
				}
				t.Shape = append(t.Shape, int(d))
			}
		case "data_offsets":
			o := p.numbers(where+": data_offsets", 2)
			if len(o) != 2 {
				p.fail("%s: %d data_offsets, expected 2", where, len(o))
				return
			}
			s.begin, s.end = o[0], o[1]
		default:
			p.fail("%s: unknown field %q, expected dtype, shape, data_offsets", where, key)
		}
	})
	if fields != 3 {
		p.fail("%s: %d fields, expected dtype, shape and data_offsets", where, fields)
	}
	return t, s
}

// place checks that the tensors cover data exactly, orders them by their place
// and gives each its bytes.
func place(f *File, spans []span, data []byte) error {
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end),
			cmp.Compare(f.Tensors[a.tensor].Name, f.Tensors[b.tensor].Name))
	})
	ordered := make([]Tensor, 0, len(spans))
	at := uint64(0)
	for _, s := range spans {
		t := f.Tensors[s.tensor]
		size, ok := byteSize(t.DType, t.Shape)
		switch {
		case !ok:
			return fmt.Errorf("tensor %q: shape %s is too large", t.Name, shapeString(t.Shape))
		case s.begin > s.end:
			return fmt.Errorf("tensor %q: data_offsets [%d,%d] run backwards", t.Name, s.begin, s.end)
		case s.end-s.begin != size:
			return fmt.Errorf("tensor %q: %d bytes of data, expected %d for %s %s",
				t.Name, s.end-s.begin, size, t.DType, shapeString(t.Shape))
		case s.begin < at:
			return fmt.Errorf("tensor %q: begins at byte %d and overlaps %q, which ends at %d",
				t.Name, s.begin, ordered[len(ordered)-1].Name, at)
		case s.begin > at:
			return fmt.Errorf("tensor %q: begins at byte %d, expected %d: bytes between belong to no tensor", t.Name, s.begin, at)
		case s.end > uint64(len(data)):
			return fmt.Errorf("tensor %q: ends at byte %d, but the file holds %d bytes of data: truncated", t.Name, s.end, len(data))
		}
		t.Bytes = data[s.begin:s.end:s.end]
		ordered = append(ordered, t)
		at = s.end
	}
	if at != uint64(len(data)) {
		return fmt.Errorf("%d bytes after the last tensor, expected none", uint64(len(data))-at)
	}
	f.Tensors = ordered
	return nil
}

// byteSize is the size of a tensor in bytes; false when it exceeds an int.
func byteSize(d DType, shape []int) (uint64, bool) {
	n, over := uint64(d.Size()), false
	for _, dim := range shape {
		if dim == 0 {
			return 0, true
		}
		hi, lo := bits.Mul64(n, uint64(dim))
		over = over || hi != 0 || lo > math.MaxInt
		n = lo
	}
	return n, !over
}

// fail keeps the first error; the walk then only runs out.
func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

func (p *parser) next(where string) json.Token {
	if p.err != nil {
		return nil
	}
	tok, err := p.dec.Token()
	if err != nil {
		p.fail("%s: bad JSON in the header: %w", where, err)
	}
	return tok
}

func (p *parser) delim(where string, want json.Delim) bool {
	if tok := p.next(where); tok != want {
		p.fail("%s: found %v, expected %v", where, tok, want)
	}
	return p.err == nil
}

// object reads {"key": …}, calling value to read what follows each key.
func (p *parser) object(where string, value func(key string)) {
	if !p.delim(where, '{') {
		return
	}
	seen := map[string]bool{}
	for p.err == nil && p.dec.More() {
		key, _ := p.next(where).(string)
		if seen[key] {
			p.fail("%s: %q occurs twice", where, key)
		}
		seen[key] = true
		if p.err == nil {
			value(key)
		}
	}
	p.delim(where, '}')
}

func (p *parser) text(where string) string {
	s, ok := p.next(where).(string)
	if !ok {
		p.fail("%s: expected a string", where)
	}
	return s
}

// numbers reads a list of at most limit integers that are not negative.
func (p *parser) numbers(where string, limit int) []uint64 {
	if !p.delim(where, '[') {
		return nil
	}
	var list []uint64
	for p.err == nil && p.dec.More() {
		num, _ := p.next(where).(json.Number)
		v, err := strconv.ParseUint(num.String(), 10, 64)
		if err != nil {
			p.fail("%s: found %q, expected an integer from 0", where, num)
		}
		if list = append(list, v); len(list) > limit {
			p.fail("%s: more than %d numbers", where, limit)
		}
	}
	p.delim(where, ']')
	return list
}
