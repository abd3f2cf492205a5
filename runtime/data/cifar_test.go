package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// record is an image of CIFAR-10 whose planes are of one value each.
func record(label, red, green, blue byte) []byte {
	b := []byte{label}
	for _, v := range []byte{red, green, blue} {
		b = append(b, slices.Repeat([]byte{v}, cifarPixel)...)
	}
	return b
}

// batches writes binary files into a folder.
func batches(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCIFAR(t *testing.T) {
	two := append(record(3, 1, 2, 3), record(9, 4, 5, 6)...)
	two[1+5] = 77 // the red of pixel 5
	for _, files := range []map[string][]byte{
		{"data_batch_1.bin": two, "data_batch_3.bin": record(0, 7, 8, 9), "test_batch.bin": record(5, 10, 11, 12)},
		{"data_batch_1.bin": two},
	} {
		set, err := Open(context.Background(), "cifar10:"+batches(t, files), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var m Image
		label, err := set.Train.Sample(0, &m)
		if err != nil || label != 3 || !slices.Equal(m.Pix[12:18], []byte{1, 2, 3, 77, 2, 3}) {
			t.Errorf("label %d, pixels %v, %v", label, m.Pix[12:18], err)
		}
		if want := map[int]int{1: 2, 3: 3}[len(files)]; set.Train.Len() != want || (set.Test != nil) != (len(files) == 3) {
			t.Errorf("%d training samples, want %d; test part %v", set.Train.Len(), want, set.Test)
		}
		if set.Train.Info().Classes[9] != "truck" || set.Digest() == "" {
			t.Error(set.Train.Info(), set.Digest())
		}
	}
}

func TestCIFARRefuses(t *testing.T) {
	good := record(1, 2, 3, 4)
	tests := []struct {
		files map[string][]byte
		want  string
	}{
		{map[string][]byte{"data_batch_1.bin": good[:100]}, "data_batch_1.bin: 100 bytes, expected records of 3073"},
		{map[string][]byte{"data_batch_1.bin": append(good, 0)}, "truncated or no binary file of CIFAR-10: 3074 bytes are 1 records"},
		{map[string][]byte{"data_batch_1.bin": record(10, 0, 0, 0)}, "data_batch_1.bin: record 0: label is 10, expected 0 to 9"},
		{map[string][]byte{"data_batch_1.bin": good, "test_batch.bin": nil}, "test_batch.bin: 0 bytes"},
		{map[string][]byte{"readme": nil}, "no data_batch_1.bin: file does not exist; expected the files of cifar-10-binary.tar.gz, or folders train and test"},
	}
	for _, tt := range tests {
		_, err := Open(context.Background(), "cifar10:"+batches(t, tt.files), Options{})
		wantError(t, err, tt.want)
	}
	_, err := loadCIFAR(batches(t, map[string][]byte{"data_batch_1.bin": good}), map[string]string{"data_batch_1.bin": "00"})
	wantError(t, err, "data_batch_1.bin: SHA-256 is ")
}

// CIFAR-10 as pictures in folders is a folder of pictures.
func TestCIFARPictures(t *testing.T) {
	dir := tree(t, "train/cat/1.png", "train/dog/1.png", "test/cat/1.png")
	set, err := Open(context.Background(), "cifar10:"+dir, Options{})
	if err != nil || set.Train.Len() != 2 || set.Test.Len() != 1 {
		t.Error(set, err)
	}
}

// The archive is fetched once, its files are checked and kept.
func TestFetchCIFAR(t *testing.T) {
	var asked int
	var archive bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Write(archive.Bytes())
	}))
	defer server.Close()
	gz := gzip.NewWriter(&archive)
	tw := tar.NewWriter(gz)
	var files []remoteFile
	for i, f := range cifarFiles {
		b := record(byte(i), 1, 2, 3)
		sum := sha256.Sum256(b)
		files = append(files, remoteFile{f.name, int64(len(b)), hex.EncodeToString(sum[:])})
		if err := tw.WriteHeader(&tar.Header{Name: "cifar-10-batches-bin/" + f.name, Size: int64(len(b)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	a := &acquisition{
		name: "cifar10", files: files, cache: filepath.Join(t.TempDir(), "cache"), client: server.Client(), stall: time.Minute,
		archives: []string{server.URL + "/cifar-10-binary.tar.gz"},
	}
	a.cifar()
	for range 2 {
		set, err := a.load(context.Background())
		if err != nil || set.Train.Len() != 5 || set.Test.Len() != 1 {
			t.Fatal(set, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, expected once", asked)
	}
	archive.Truncate(archive.Len() / 2)
	a.cache = filepath.Join(t.TempDir(), "cache")
	_, err := a.load(context.Background())
	wantError(t, err, "cifar-10-binary.tar.gz: after ")
	wantError(t, err, "what to do: unpack cifar-10-binary.tar.gz and give the folder as cifar10:DIR")
}

func FuzzCIFAR(f *testing.F) {
	f.Add(record(1, 2, 3, 4))
	f.Add(record(10, 0, 0, 0))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		labels, pix, err := decodeCIFAR(text)
		if err == nil && (len(labels)*cifarRow != len(text) || len(pix) != len(labels)*3*cifarPixel) {
			t.Fatalf("%d labels and %d values of %d bytes", len(labels), len(pix), len(text))
		}
		for _, l := range labels {
			if l > 9 {
				t.Fatalf("label %d", l)
			}
		}
	})
}
