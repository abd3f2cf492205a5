package data

import (
	"context"
	"fmt"
	"strings"
)

// Source is one kind of data set that a specification can name.
type Source struct {
	Name    string
	Arg     string   // what follows "NAME:", paths with commas between; empty when nothing may
	Options []string // what may follow "?"
	Doc     string

	sample string   // as a recipe names it, where that does not follow from Arg
	alone  bool     // the name may stand without Arg
	needs  []string // of Options
	open   func(ctx context.Context, s spec, o Options) (*Set, error)
}

// Spec is the form in which the source is written: "mnist", "idx:DIR".
func (s *Source) Spec() string {
	switch {
	case s.Arg == "":
		return s.Name
	case s.alone:
		return s.Name + "[:" + s.Arg + "]"
	}
	return s.Name + ":" + s.Arg
}

// paths is how many paths the source takes.
func (s *Source) paths() int {
	if s.Arg == "" {
		return 0
	}
	return 1 + strings.Count(s.Arg, ",")
}

// Sample is the source as a recipe names it.
func (s *Source) Sample() string {
	if s.sample != "" {
		return "data " + s.sample
	}
	if s.Arg == "" || s.alone {
		return "data " + s.Name
	}
	return "data " + s.Name + `("digits/")`
}

// Sources are the known sources, in the order in which they are listed.
var Sources = []Source{
	{Name: "mnist", Doc: "handwritten digits: 60,000 training and 10,000 test images of 1x28x28; fetched once", open: openMNIST},
	{Name: "cifar10", Arg: "DIR", alone: true, open: openCIFAR,
		Doc: "photographs of ten kinds of things: 50,000 training and 10,000 test images of 3x32x32; fetched once, or the binary files or folders of classes in DIR"},
	{Name: "glyphs", Doc: "digits drawn from the Go fonts, distorted: 20,000 training, 2,000 validation and 4,000 test images of 1x28x28; built in", open: openGlyphs},
	{Name: "idx", Arg: "DIR", Doc: "grey images in IDX files named as MNIST's are, with or without .gz", open: openIDX},
	{Name: "folder", Arg: "DIR", Options: []string{"split"}, open: openFolder,
		sample: `folder("photos/", split=[80, 10, 10])`,
		Doc:    "pictures in DIR/train/CLASS and DIR/val/CLASS or DIR/test/CLASS; or in DIR/CLASS, divided by ?split=80,10,10"},
	{Name: "csv", Arg: "FILE", Options: []string{"image", "label", "target", "split"}, needs: []string{"image"}, open: openTable,
		sample: `csv("table.csv", image="file", label="class")`,
		Doc:    "a table with an image in each row, its path in the column ?image=; &label= names the column of its class, or &target=a,b those of numbers to be predicted; divided by &split=80,10,10"},
	{Name: "pairs", Arg: "IMAGES,MASKS", Options: []string{"split"}, open: openPairs,
		sample: `pairs("images/", "masks/", split=[80, 10, 10])`,
		Doc:    "pictures with a label for each pixel: two folders with pictures of the same names, or two TIFF files with as many pages; divided by ?split=80,10,10"},
}

// Options are what Open needs beside the specification. The zero value is
// useful.
type Options struct {
	// HoldOut is how many training samples become the validation part, where
	// the source has none of its own.
	HoldOut int
	// Seed decides which samples HoldOut takes, and what a generated source
	// generates.
	Seed uint64
	// Channels is how many a picture is to have, 1 or 3, where files may hold
	// both kinds; 0 for what the files have.
	Channels int
	// Progress, if set, is called as a file is fetched: first with done 0, last
	// with done = total. total is the size expected, -1 where unknown.
	Progress func(file string, done, total int64)
}

// Open finds, fetches if need be, decodes and checks the data set that text
// specifies. It fails with what is known where text names none.
func Open(ctx context.Context, text string, o Options) (*Set, error) {
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	set, err := s.source.open(ctx, s, o)
	if err != nil {
		return nil, fmt.Errorf("data %s: %w", text, err)
	}
	return set, nil
}

func unknownSource(name string) error {
	var known []string
	nearest, best := "", len(name)/2+1
	for i := range Sources {
		s := &Sources[i]
		known = append(known, s.Spec())
		if d := editDistance(name, s.Name); d < best {
			best, nearest = d, " (nearest: "+s.Spec()+")"
		}
	}
	return fmt.Errorf("unknown source%s, expected one of %s", nearest, strings.Join(known, ", "))
}

// editDistance is the least number of letters to insert, delete or replace to
// make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
