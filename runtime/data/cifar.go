package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// CIFAR-10 in its binary form: A. Krizhevsky, "Learning multiple layers of
// features from tiny images", 2009.
var cifarFiles = []remoteFile{
	{"data_batch_1.bin", cifarBatch, "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
	{"data_batch_2.bin", cifarBatch, "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
	{"data_batch_3.bin", cifarBatch, "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
	{"data_batch_4.bin", cifarBatch, "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
	{"data_batch_5.bin", cifarBatch, "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
	{cifarTest, cifarBatch, "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"},
}

const (
	cifarTest  = "test_batch.bin"
	cifarSide  = 32
	cifarPixel = cifarSide * cifarSide
	cifarRow   = 1 + 3*cifarPixel  // bytes of a record: a label, and a plane for each colour
	cifarBatch = 10000 * cifarRow  // bytes of a published file
	cifarMost  = 100000 * cifarRow // bytes that a file may have
)

var cifarClasses = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// openCIFAR fetches CIFAR-10, or reads it from a folder: its binary files, or
// pictures in folders of classes.
func openCIFAR(ctx context.Context, s spec, o Options) (*Set, error) {
	if len(s.paths) == 0 {
		return fetchCIFAR(ctx, o)
	}
	dir := s.paths[0]
	set, err := loadCIFAR(dir, nil)
	if err == nil {
		return o.split(set)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if parts, other := folderParts(dir); other != nil {
		return nil, other
	} else if len(parts) == 0 {
		return nil, fmt.Errorf("%w; expected the files of cifar-10-binary.tar.gz, or folders train and test with one for each class", err)
	}
	return openFolder(ctx, s, o)
}

func fetchCIFAR(ctx context.Context, o Options) (*Set, error) {
	a := newAcquisition("cifar10", cifarFiles, o)
	a.cifar()
	a.archives = []string{"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"}
	set, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	return o.split(set)
}

// cifar makes the files of an acquisition those of CIFAR-10.
func (a *acquisition) cifar() {
	sums := make(map[string]string, len(a.files))
	for _, f := range a.files {
		sums[f.name] = f.sum
	}
	a.read = func(dir string) (*Set, error) { return loadCIFAR(dir, sums) }
	a.usable = func(f remoteFile) bool {
		_, _, err := readCIFAR(filepath.Join(a.cache, f.name), f.sum)
		return err == nil
	}
	a.advice = "unpack cifar-10-binary.tar.gz and give the folder as cifar10:DIR or NETC_DATA=DIR"
}

// cifarData is records in memory, as images of three channels.
type cifarData struct {
	info   Info
	pix    []byte
	labels []byte
}

func (d *cifarData) Info() Info { return d.info }
func (d *cifarData) Len() int   { return len(d.labels) }

func (d *cifarData) Sample(i int, m *Image) (int, error) {
	m.Reset(d.info.Shape)
	copy(m.Pix, d.pix[i*len(m.Pix):])
	return int(d.labels[i]), nil
}

func (d *cifarData) writeDigest(h hash.Hash) {
	h.Write(d.pix)
	h.Write(d.labels)
}

// loadCIFAR reads the binary files in dir, or in the folder that the archive
// makes there. Where sums has one for a file, its content must have it. A
// folder without the first file lacks the data set; one without test_batch.bin
// has no test part, unless sums expects it.
func loadCIFAR(dir string, sums map[string]string) (*Set, error) {
	first := cifarFiles[0].name
	if _, err := os.Stat(filepath.Join(dir, first)); err != nil {
		inner := filepath.Join(dir, "cifar-10-batches-bin")
		if _, err := os.Stat(filepath.Join(inner, first)); err != nil {
			if _, err := os.Stat(dir); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%s: no %s: %w", dir, first, fs.ErrNotExist)
		}
		dir = inner
	}
	train, test := newCIFAR(dir), newCIFAR(filepath.Join(dir, cifarTest))
	for i, f := range cifarFiles {
		path := filepath.Join(dir, f.name)
		into := train
		if f.name == cifarTest {
			into = test
		}
		labels, pix, err := readCIFAR(path, sums[f.name])
		if errors.Is(err, fs.ErrNotExist) && sums == nil && i > 0 {
			continue // a part of the data is data
		}
		if err != nil {
			return nil, err
		}
		into.labels, into.pix = append(into.labels, labels...), append(into.pix, pix...)
	}
	set := &Set{Train: train}
	if test.Len() > 0 {
		set.Test = test
	}
	return set, nil
}

func newCIFAR(name string) *cifarData {
	return &cifarData{info: Info{Name: name, Shape: Shape{3, cifarSide, cifarSide}, Classes: cifarClasses}}
}

// readCIFAR reads one binary file. If sum is not empty its content must have it.
func readCIFAR(path, sum string) (labels, pix []byte, err error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !st.Mode().IsRegular() { // opening a pipe might never return
		return nil, nil, fmt.Errorf("%s: is not a file, expected a binary file of CIFAR-10", path)
	}
	if st.Size() > cifarMost {
		return nil, nil, fmt.Errorf("%s: %d bytes, expected at most %d", path, st.Size(), int64(cifarMost))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, cifarMost+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if sum != "" {
		got := sha256.Sum256(text)
		if hex.EncodeToString(got[:]) != sum {
			return nil, nil, fmt.Errorf("%s: SHA-256 is %x, expected %s: other or damaged data; use cifar10:%s to read it as it is", path, got, sum, filepath.Dir(path))
		}
	}
	labels, pix, err = decodeCIFAR(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return labels, pix, nil
}

// decodeCIFAR takes records apart and puts the colours of each pixel together.
func decodeCIFAR(text []byte) (labels, pix []byte, err error) {
	n := len(text) / cifarRow
	switch {
	case n == 0:
		return nil, nil, fmt.Errorf("%d bytes, expected records of %d: a label and 3x32x32 values", len(text), cifarRow)
	case len(text)%cifarRow != 0:
		return nil, nil, fmt.Errorf("truncated or no binary file of CIFAR-10: %d bytes are %d records of %d and %d more", len(text), n, cifarRow, len(text)%cifarRow)
	}
	labels, pix = make([]byte, n), make([]byte, n*3*cifarPixel)
	for i := range n {
		row := text[i*cifarRow:][:cifarRow]
		if int(row[0]) >= len(cifarClasses) {
			return nil, nil, fmt.Errorf("record %d: label is %d, expected 0 to %d", i, row[0], len(cifarClasses)-1)
		}
		labels[i] = row[0]
		into := pix[i*3*cifarPixel:][:3*cifarPixel]
		for p := range cifarPixel {
			for c := range 3 {
				into[3*p+c] = row[1+c*cifarPixel+p]
			}
		}
	}
	return labels, pix, nil
}
