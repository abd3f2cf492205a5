package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The files of a data set of the MNIST family.
const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"
)

// idxData is a pair of IDX files in memory: grey images and their labels.
type idxData struct {
	info   Info
	pix    []byte
	labels []byte
}

func (d *idxData) Info() Info { return d.info }
func (d *idxData) Len() int   { return len(d.labels) }

func (d *idxData) Sample(i int, m *Image) (int, error) {
	m.Reset(d.info.Shape)
	copy(m.Pix, d.pix[i*len(m.Pix):])
	return int(d.labels[i]), nil
}

// openIDX reads the four files of a folder, which has to have the training pair; the
// classes are 0 to the greatest label.
func openIDX(_ context.Context, s spec, o Options) (*Set, error) {
	set, err := loadIDX(s.paths[0], nil, nil)
	if err != nil {
		return nil, err
	}
	return o.split(set)
}

// loadIDX reads the files of dir. Where sums has one for a file, its
// decompressed content must have it. Without class names the labels are names.
func loadIDX(dir string, sums map[string]string, classes []string) (*Set, error) {
	train, err := loadPair(dir, trainImages, trainLabels, sums)
	if err != nil {
		return nil, err
	}
	test, err := loadPair(dir, testImages, testLabels, sums)
	if errors.Is(err, fs.ErrNotExist) && sums == nil && !hasIDX(dir, testImages) && !hasIDX(dir, testLabels) {
		test, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	if test != nil && test.info.Shape != train.info.Shape {
		return nil, fmt.Errorf("%s: images are %v, those of %s %v: expected one shape", test.info.Name, test.info.Shape, train.info.Name, train.info.Shape)
	}
	set := &Set{Train: train}
	if classes == nil {
		most, of := slices.Max(train.labels), train
		if test != nil && slices.Max(test.labels) > most {
			most, of = slices.Max(test.labels), test
		}
		var unseen []string
		for c := range int(most) + 1 {
			classes = append(classes, strconv.Itoa(c))
			if !slices.Contains(train.labels, byte(c)) {
				unseen = append(unseen, strconv.Itoa(c))
			}
		}
		if unseen != nil {
			set.Notes = append(set.Notes, fmt.Sprintf("no training image has label %s; there are %d classes, as label %d is of image %d of %s",
				list(unseen), len(classes), most, slices.Index(of.labels, most), of.info.Name))
		}
	}
	train.info.Classes = classes
	if test != nil {
		test.info.Classes = classes
		set.Test = test
	}
	return set, nil
}

// loadPair reads images and labels and checks them against each other.
func loadPair(dir, images, labels string, sums map[string]string) (*idxData, error) {
	x, xPath, err := loadOne(dir, images, imageDims, sums)
	if err != nil {
		return nil, err
	}
	y, yPath, err := loadOne(dir, labels, labelDims, sums)
	if err != nil {
		return nil, err
	}
	if x.dims[0] != y.dims[0] {
		return nil, fmt.Errorf("%s: %d labels, expected %d, one for each image of %s", yPath, y.dims[0], x.dims[0], xPath)
	}
	return &idxData{
		info:   Info{Name: xPath, Shape: Shape{C: 1, H: x.dims[1], W: x.dims[2]}},
		pix:    x.data,
		labels: y.data,
	}, nil
}

func loadOne(dir, name string, dims int, sums map[string]string) (*idxArray, string, error) {
	path, err := findIDX(dir, name)
	if err != nil {
		return nil, "", err
	}
	want, known := sums[name]
	if !known {
		a, err := readIDX(path, dims, nil)
		return a, path, err
	}
	h := sha256.New()
	a, err := readIDX(path, dims, h)
	if err != nil {
		return nil, "", err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return nil, "", fmt.Errorf("%s: SHA-256 of the content is %s, expected %s: other or damaged data; use idx:%s to read it as it is", path, got, want, dir)
	}
	return a, path, nil
}

// findIDX returns the path under which dir holds a file: with or without .gz,
// with a dash or a dot before "idx".
func findIDX(dir, name string) (string, error) {
	for _, n := range idxNames(name) {
		path := filepath.Join(dir, n)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("%s: no %s, compressed (.gz) or not: %w", dir, name, fs.ErrNotExist)
}

func hasIDX(dir, name string) bool {
	_, err := findIDX(dir, name)
	return err == nil
}

func idxNames(name string) []string {
	dotted := strings.Replace(name, "-idx", ".idx", 1)
	return []string{name, name + ".gz", dotted, dotted + ".gz"}
}
