package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// idxFile is an IDX file of the given element type and dimensions.
func idxFile(kind byte, dims []uint32, elements []byte) []byte {
	b := []byte{0, 0, kind, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, elements...)
}

func images(n, h, w uint32, elements ...byte) []byte {
	return idxFile(idxBytes, []uint32{n, h, w}, elements)
}

func labels(elements ...byte) []byte {
	return idxFile(idxBytes, []uint32{uint32(len(elements))}, elements)
}

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(b)
	w.Close()
	return buf.Bytes()
}

// folderOf writes files into a new folder.
func folderOf(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// wantError fails unless err has all the parts, on one line.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q lacks %q", err, p)
		}
	}
}

func TestReadIDX(t *testing.T) {
	want := []byte{1, 2, 3, 4, 5, 6}
	plain := images(1, 2, 3, want...)
	for name, b := range map[string][]byte{
		"plain":            plain,
		"packed.gz":        gzipped(plain),
		"packed unnamed":   gzipped(plain),
		"two members.gz":   append(gzipped(plain[:9]), gzipped(plain[9:])...),
		"stored content.z": gzipped(plain),
	} {
		dir := folderOf(t, map[string][]byte{name: b})
		a, err := readIDX(filepath.Join(dir, name), imageDims, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.data, want) || a.dims[0] != 1 || a.dims[1] != 2 || a.dims[2] != 3 {
			t.Errorf("%s: %v of %v", name, a.data, a.dims)
		}
	}
}

func TestReadIDXRefuses(t *testing.T) {
	good := images(1, 2, 2, 1, 2, 3, 4)
	packed := gzipped(good)
	damaged := bytes.Clone(packed)
	damaged[len(damaged)-5] ^= 1 // of the checksum
	tests := []struct {
		name    string
		content []byte
		want    []string
	}{
		{"empty", nil, []string{"truncated within the 4-byte magic number"}},
		{"magic", []byte("\x89PNG...."), []string{"starts with bytes 89 50 4e 47, expected 00 00 08 03"}},
		{"floats", idxFile(0x0d, []uint32{1, 2, 2}, make([]byte, 16)), []string{"type 0x0d, expected 0x08"}},
		{"labels", labels(1, 2), []string{"holds labels (1 dimension), expected images (3 dimensions)"}},
		{"four", idxFile(idxBytes, []uint32{1, 1, 1, 1}, []byte{1}), []string{"holds 4 dimensions, expected images"}},
		{"head", good[:10], []string{"truncated within the dimensions"}},
		{"short", good[:len(good)-1], []string{"truncated: 19 bytes, expected 20 for dimensions [1 2 2]"}},
		{"long", append(bytes.Clone(good), 0, 0), []string{"2 bytes after the last element: 22 bytes, expected 20"}},
		{"none", images(0, 2, 2), []string{"dimension 1 is 0, expected 1 to"}},
		{"wide", images(1, 2, 1<<20), []string{"dimension 3 is 1048576, expected 1 to 16384"}},
		{"huge", images(maxCount, maxSide, maxSide), []string{"elements, expected at most 4294967296"}},
		{"named.gz", good, []string{"starts with bytes 00 00, expected 1f 8b", "not gzip"}},
		{"short.gz", gzipped(good[:len(good)-1]), []string{"truncated: 3 elements, expected 4"}},
		{"long.gz", gzipped(append(bytes.Clone(good), 0)), []string{"more than the 4 elements of dimensions [1 2 2]"}},
		{"bomb.gz", gzipped(append(bytes.Clone(good), make([]byte, 1<<24)...)), []string{"more than the 4 elements"}},
		{"promise.gz", gzipped(images(1<<16, 256, 256)), []string{"compressed bytes cannot hold the 4294967296"}},
		{"cut.gz", packed[:len(packed)-9], []string{"truncated"}},
		{"sum.gz", damaged, []string{"gzip: invalid checksum"}},
		{"tail.gz", append(bytes.Clone(packed), "tail of text"...), []string{"after the last element", "gzip"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(folderOf(t, map[string][]byte{tt.name: tt.content}), tt.name)
			_, err := readIDX(path, imageDims, nil)
			wantError(t, err, append(tt.want, path+": ")...)
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of several lines: %q", err)
			}
		})
	}
	_, err := readIDX(t.TempDir(), imageDims, nil)
	wantError(t, err, "is not a file")
}

// A header's promise takes no memory that the file cannot fill.
func TestIDXPromiseTakesNoMemory(t *testing.T) {
	for _, b := range [][]byte{images(1<<16, 256, 256, 1), gzipped(images(1<<16, 256, 256, 1))} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := decodeIDX(bytes.NewReader(b), int64(len(b)), false, imageDims, nil); err == nil {
			t.Fatal("no error")
		}
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if allocated > 1<<20 {
			t.Errorf("%d bytes allocated for a file of %d", allocated, len(b))
		}
	}
}

func FuzzIDX(f *testing.F) {
	good := images(2, 2, 2, 1, 2, 3, 4, 5, 6, 7, 8)
	for _, b := range [][]byte{good, gzipped(good), good[:7], gzipped(good)[:20], labels(3, 1), append(gzipped(good[:5]), gzipped(good[5:])...)} {
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, ofImages bool) {
		dims := labelDims
		if ofImages {
			dims = imageDims
		}
		a, err := decodeIDX(bytes.NewReader(b), int64(len(b)), false, dims, nil)
		if err != nil {
			return
		}
		n := 1
		for _, d := range a.dims {
			n *= d
		}
		if len(a.dims) != dims || n != len(a.data) || n > maxDeflat*len(b) {
			t.Errorf("dimensions %v, %d elements, from %d bytes", a.dims, len(a.data), len(b))
		}
		// What was read, written out again, reads the same.
		header := make([]uint32, dims)
		for i, d := range a.dims {
			header[i] = uint32(d)
		}
		again := idxFile(idxBytes, header, a.data)
		if c, err := decodeIDX(bytes.NewReader(again), int64(len(again)), false, dims, nil); err != nil || !bytes.Equal(c.data, a.data) {
			t.Errorf("written out: %v", err)
		}
	})
}
