package data

import (
	"context"
	"fmt"
	"strings"
)

// Source is one kind of data set that a specification can name.
type Source struct {
	Name string
	Arg  string // what follows "NAME:", for help; empty when nothing may
	Doc  string

	open func(ctx context.Context, arg string, o Options) (*Set, error)
}

// Spec is the form in which the source is written: "mnist", "idx:DIR".
func (s *Source) Spec() string {
	if s.Arg == "" {
		return s.Name
	}
	return s.Name + ":" + s.Arg
}

// Sources are the known sources, in the order in which they are listed.
var Sources = []Source{
	{Name: "mnist", Doc: "handwritten digits: 60,000 training and 10,000 test images of 1x28x28; fetched once", open: openMNIST},
	{Name: "glyphs", Doc: "digits drawn from the Go fonts, distorted: 20,000 training, 2,000 validation and 4,000 test images of 1x28x28; built in", open: openGlyphs},
	{Name: "idx", Arg: "DIR", Doc: "grey images in IDX files named as MNIST's are, with or without .gz", open: openIDX},
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
	// Progress, if set, is called as a file is fetched: first with done 0, last
	// with done = total. total is the size expected, -1 where unknown.
	Progress func(file string, done, total int64)
}

// Open finds, fetches if need be, decodes and checks the data set that spec
// names. It fails with what is known where spec names none.
func Open(ctx context.Context, spec string, o Options) (*Set, error) {
	s, arg, err := find(spec)
	if err != nil {
		return nil, err
	}
	set, err := s.open(ctx, arg, o)
	if err != nil {
		return nil, fmt.Errorf("data %s: %w", spec, err)
	}
	return set, nil
}

// find splits a specification into its source and what follows the name.
func find(spec string) (s *Source, arg string, err error) {
	name, arg, hasArg := strings.Cut(spec, ":")
	for i := range Sources {
		s := &Sources[i]
		if s.Name != name {
			continue
		}
		if hasArg && s.Arg == "" {
			return nil, "", fmt.Errorf("data %q: %s takes nothing after its name", spec, name)
		}
		if s.Arg != "" && arg == "" {
			return nil, "", fmt.Errorf("data %q: expected %s", spec, s.Spec())
		}
		return s, arg, nil
	}
	return nil, "", unknownSource(spec, name)
}

func unknownSource(spec, name string) error {
	var known []string
	nearest, best := "", len(name)/2+1
	for i := range Sources {
		s := &Sources[i]
		known = append(known, s.Spec())
		if d := editDistance(name, s.Name); d < best {
			best, nearest = d, " (nearest: "+s.Spec()+")"
		}
	}
	return fmt.Errorf("data %q: unknown source%s, expected one of %s", spec, nearest, strings.Join(known, ", "))
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
