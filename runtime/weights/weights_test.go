package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/runtime/plan"
)

// raw builds a file from a header's text and data.
func raw(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	return append(b, make([]byte, data)...)
}

const golden = "../../testdata/weights/linear.safetensors"

func TestReadsAFileOfPyTorch(t *testing.T) {
	f, err := Read(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Meta["op"]; got != "linear" {
		t.Errorf("metadata op is %q, expected linear", got)
	}
	x, w, b, y := floats(t, f, "f64/x"), floats(t, f, "f64/w"), floats(t, f, "f64/b"), floats(t, f, "f64/y")
	shape := f.Lookup("w").Shape
	k, c := shape[0], shape[1]
	for i := range y {
		want := b[i%k]
		for j := range c {
			want += x[i/k*c+j] * w[i%k*c+j]
		}
		if math.Abs(y[i]-want) > 1e-12 {
			t.Errorf("y[%d] = %g, but x·w+b = %g", i, y[i], want)
		}
	}
}

// floats is a tensor in float64; of the float32 one of the same name when there
// is no float64 one, so that it also shows the two to agree.
func floats(t *testing.T, f *File, name string) []float64 {
	t.Helper()
	single := f.Lookup(strings.TrimPrefix(name, "f64/"))
	narrow, err := single.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]float64, len(narrow))
	for i, v := range narrow {
		wide[i] = float64(v)
	}
	double := f.Lookup(name)
	if double == nil {
		return wide
	}
	exact, err := double.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	for i := range exact {
		if math.Abs(exact[i]-wide[i]) > 1e-5 {
			t.Errorf("%s[%d]: %g in F64, %g in F32", name, i, exact[i], wide[i])
		}
	}
	return exact
}

func TestWriteThenDecode(t *testing.T) {
	tensors := []Tensor{
		{Name: "b", DType: F32, Shape: []int{2, 3}, Values: plan.View{F32: []float32{1, -2, 3.5, float32(math.Inf(1)), 0, 6}}},
		{Name: "a", DType: F32, Shape: []int{}, Values: plan.View{F32: []float32{float32(math.Copysign(0, -1))}}},
		{Name: "steps", DType: I64, Shape: []int{1}, Values: plan.View{I64: []int64{-1 << 60}}},
		{Name: "labels", DType: I32, Shape: []int{2}, Values: plan.View{I32: []int32{7, -7}}},
		{Name: "empty", DType: F32, Shape: []int{0, 4}},
		{Name: "mask \"é\"", DType: U8, Shape: []int{3}, Bytes: []byte{1, 0, 1}},
	}
	meta := map[string]string{"note": "a\nb <&>", "k": ""}
	var out bytes.Buffer
	if err := Write(&out, tensors, meta); err != nil {
		t.Fatal(err)
	}
	if n := binary.LittleEndian.Uint64(out.Bytes()); n%8 != 0 {
		t.Errorf("header of %d bytes, expected a multiple of 8", n)
	}
	f, err := Decode(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(meta, f.Meta); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, x := range f.Tensors {
		names = append(names, x.Name)
	}
	if diff := cmp.Diff([]string{"steps", "a", "b", "empty", "labels", "mask \"é\""}, names); diff != "" {
		t.Errorf("order of the data: %s", diff)
	}
	got := make([]float32, 6)
	if err := f.Lookup("b").Into(plan.View{F32: got}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tensors[0].Values.F32, got); diff != "" {
		t.Error(diff)
	}
	long, ints := make([]int64, 1), make([]int32, 2)
	if err := errors.Join(f.Lookup("steps").Into(plan.View{I64: long}), f.Lookup("labels").Into(plan.View{I32: ints})); err != nil {
		t.Fatal(err)
	}
	if long[0] != -1<<60 || ints[0] != 7 || ints[1] != -7 {
		t.Errorf("integers came back as %v and %v", long, ints)
	}
	if zero, _ := f.Lookup("a").Float32s(); len(zero) != 1 || !math.Signbit(float64(zero[0])) {
		t.Errorf("-0 came back as %v", zero)
	}
	var again bytes.Buffer
	if err := Write(&again, f.Tensors, f.Meta); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("what was read writes other bytes")
	}
}

func TestWriteLongTensor(t *testing.T) {
	values := make([]float32, 3*chunk/4+5)
	for i := range values {
		values[i] = float32(i)
	}
	var out bytes.Buffer
	if err := Write(&out, []Tensor{{Name: "x", DType: F32, Shape: []int{len(values)}, Values: plan.View{F32: values}}}, nil); err != nil {
		t.Fatal(err)
	}
	f, err := Decode(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, _ := f.Tensors[0].Float32s()
	if diff := cmp.Diff(values, got); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRefuses(t *testing.T) {
	one := plan.View{F32: []float32{1}}
	tests := []struct {
		tensors []Tensor
		want    string
	}{
		{[]Tensor{{Name: "x", Shape: []int{1}, DType: F32, Values: one}, {Name: "x", Shape: []int{1}, DType: F32, Values: one}}, `"x": occurs twice`},
		{[]Tensor{{Name: "x", Shape: []int{2}, DType: F32, Values: one}}, `4 bytes of elements, expected 8 for F32 [2]`},
		{[]Tensor{{Name: "x", Shape: []int{-1}, DType: F32, Values: one}}, `negative dimension`},
		{[]Tensor{{Name: "x", Shape: []int{1 << 40, 1 << 40}, DType: F32}}, `too large`},
		{[]Tensor{{Name: "x", Shape: []int{1}, DType: I32, Values: one}}, `0 bytes of elements, expected 4 for I32 [1]`},
		{[]Tensor{{Name: "__metadata__", Shape: []int{1}, DType: F32, Values: one}}, `not a name`},
		{[]Tensor{{Name: "\xff", Shape: []int{1}, DType: F32, Values: one}}, `not a name`},
		{[]Tensor{{Name: "x", Shape: make([]int, 33), DType: F32}}, `33 dimensions`},
	}
	for _, tt := range tests {
		var out bytes.Buffer
		if err := Write(&out, tt.tensors, nil); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
		if out.Len() != 0 {
			t.Errorf("%q: %d bytes written before the error", tt.want, out.Len())
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct {
		name, header string
		data         int
		want         string
	}{
		{"empty header", "", 0, "does not begin with '{'"},
		{"space first", " {}", 0, "does not begin with '{'"},
		{"list", "[]", 0, "does not begin with '{'"},
		{"cut", `{"a":`, 0, "bad JSON"},
		{"text behind", `{} x`, 0, "text after the header"},
		{"newline behind", "{}\n", 0, "text after the header"},
		{"not UTF-8", "{\"\xff\":{}}", 0, "not UTF-8"},
		{"trailing data", `{}`, 3, "3 bytes after the last tensor"},
		{"twice", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, `"a" occurs twice`},
		{"field twice", `{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, `"dtype" occurs twice`},
		{"field missing", `{"a":{"dtype":"U8","shape":[1]}}`, 1, `tensor "a": 2 fields`},
		{"field unknown", `{"a":{"dtype":"U8","shape":[1],"offsets":[0,1]}}`, 1, `unknown field "offsets"`},
		{"dtype", `{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,1]}}`, 1, `unknown dtype "F31"`},
		{"dtype number", `{"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}}`, 1, `expected a string`},
		{"negative", `{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}`, 1, `found "-1"`},
		{"fraction", `{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}`, 1, `found "1.0"`},
		{"nested", `{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}`, 1, `expected an integer`},
		{"three offsets", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}`, 1, `more than 2 numbers`},
		{"one offset", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}`, 1, `1 data_offsets, expected 2`},
		{"dimensions", `{"a":{"dtype":"U8","shape":[` + strings.Repeat("1,", 32) + `1],"data_offsets":[0,1]}}`, 1, `more than 32 numbers`},
		{"overflow", `{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0, `too large`},
		{"product beyond an int", `{"a":{"dtype":"U8","shape":[4611686018427387904,2],"data_offsets":[0,0]}}`, 0, `too large`},
		{"huge dimension", `{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,0]}}`, 0, `too large`},
		{"size", `{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}}`, 20, `20 bytes of data, expected 24 for F32 [2,3]`},
		{"backwards", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1, `run backwards`},
		{"hole", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, `begins at byte 1, expected 0`},
		{"overlap", `{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3, `"b": begins at byte 1 and overlaps "a"`},
		{"truncated", `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 3, `ends at byte 4, but the file holds 3`},
		{"metadata", `{"__metadata__":{"a":1}}`, 0, `expected a string`},
		{"metadata twice", `{"__metadata__":{"a":"1","a":"2"}}`, 0, `"a" occurs twice`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Decode(raw(tt.header, tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, expected one with %q", err, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		bytes []byte
		want  string
	}{
		{nil, "0 bytes, expected at least 8"},
		{binary.LittleEndian.AppendUint64(nil, 1<<63), "expected at most"},
		{binary.LittleEndian.AppendUint64(nil, 100), "0 bytes follow"},
	} {
		if _, err := Decode(tt.bytes); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, expected one with %q", err, tt.want)
		}
	}
}

func TestReadNamesThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.safetensors")
	_, err := Read(path)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v, expected fs.ErrNotExist with the path", err)
	}
}

func FuzzDecode(f *testing.F) {
	if file, err := Read(golden); err == nil {
		var b bytes.Buffer
		if err := Write(&b, file.Tensors[:2], nil); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add(raw(`{}`, 0))
	f.Add(raw(`{"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}}   `, 4))
	f.Add(raw(`{"x":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}`, 0))
	f.Add(raw(`{"x":{"dtype":"F8_E4M3","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Add(raw(`{"x":[[[[[[`, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Decode(b)
		if err != nil {
			return
		}
		total := 0
		for i := range file.Tensors {
			x := &file.Tensors[i]
			if x.Len()*x.DType.Size() != len(x.Bytes) {
				t.Errorf("tensor %q %s %v has %d bytes", x.Name, x.DType, x.Shape, len(x.Bytes))
			}
			total += len(x.Bytes)
			if _, err := x.Float32s(); err == nil && x.Len() > len(b) {
				t.Errorf("tensor %q has more elements than the file has bytes", x.Name)
			}
		}
		if n := binary.LittleEndian.Uint64(b); uint64(total)+8+n != uint64(len(b)) {
			t.Errorf("%d bytes of data in a file of %d with a header of %d", total, len(b), n)
		}
		var out bytes.Buffer
		if err := Write(&out, file.Tensors, file.Meta); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := Decode(out.Bytes()); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
