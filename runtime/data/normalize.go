package data

import (
	"fmt"
	"math"
	"slices"
)

// Normalize makes (pixel/255 - mean) / std of each pixel, with the statistics
// of its channel. It comes last.
type Normalize struct {
	Of   string    `net:"of,pos,oneof=mnist|cifar10|imagenet" doc:"the data set whose published mean and std to take"`
	Mean []float64 `net:"mean" doc:"one number, or one for each channel; of pixels from 0 to 1"`
	Std  []float64 `net:"std" doc:"one number, or one for each channel, above 0"`
}

// statistics are the mean and deviation of the pixels of a training set, by
// channel, pixels being 0 to 1.
type statistics struct {
	name      string
	mean, std []float64
}

var published = []statistics{
	{"mnist", []float64{0.1307}, []float64{0.3081}},
	{"cifar10", []float64{0.4914, 0.4822, 0.4465}, []float64{0.2470, 0.2435, 0.2616}},
	{"imagenet", []float64{0.485, 0.456, 0.406}, []float64{0.229, 0.224, 0.225}},
}

func (t *Normalize) statistics() (mean, std []float64) {
	i := slices.IndexFunc(published, func(s statistics) bool { return s.name == t.Of })
	if i < 0 {
		return t.Mean, t.Std
	}
	return published[i].mean, published[i].std
}

// Shape returns in.
func (t *Normalize) Shape(in Shape) (Shape, error) {
	if t.Of != "" {
		if len(t.Mean) > 0 || len(t.Std) > 0 {
			return in, fmt.Errorf("both %s and mean= or std= given, expected one of them", t.Of)
		}
		if !slices.ContainsFunc(published, func(s statistics) bool { return s.name == t.Of }) {
			return in, fmt.Errorf("no statistics of %q known, expected mnist, cifar10 or imagenet, or mean= and std=", t.Of)
		}
	}
	mean, std := t.statistics()
	for _, s := range []struct {
		key string
		n   int
	}{{"mean", len(mean)}, {"std", len(std)}} {
		if s.n != 1 && s.n != in.C {
			return in, fmt.Errorf("%d values of %s, expected 1 or %d, one for each channel", s.n, s.key, in.C)
		}
	}
	for _, s := range std {
		if !(s > 0) {
			return in, fmt.Errorf("std is %v, expected above 0", s)
		}
	}
	for _, table := range t.values() {
		for _, v := range table {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return in, fmt.Errorf("makes a pixel %g, with mean %v and std %v, expected numbers that are finite", v, mean, std)
			}
		}
	}
	return in, nil
}

// values returns what each byte becomes: one table if all channels
// share it, else one for each.
func (t *Normalize) values() [][256]float32 {
	mean, std := t.statistics()
	n := max(len(mean), len(std))
	tables := make([][256]float32, n)
	for c := range tables {
		for b := range tables[c] {
			tables[c][b] = float32((float64(b)/255 - mean[c%len(mean)]) / std[c%len(std)])
		}
	}
	return tables
}
