package data

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/runtime/rng"
)

// subset is some samples of another dataset, numbered anew.
type subset struct {
	of    Dataset
	part  string // what errors call it beside the whole's name
	index []int
}

func (s *subset) Info() Info {
	info := s.of.Info()
	info.Name = s.part + " part of " + info.Name
	return info
}

func (s *subset) Len() int { return len(s.index) }

func (s *subset) place(i int) string { return placeOf(s.of, s.index[i]) }

func (s *subset) values(i int, dst []float32) { s.of.(valued).values(s.index[i], dst) }

func (s *subset) sizeOf(i int) Shape { return sizeOf(s.of, s.index[i]) }

func (s *subset) Sample(i int, m *Image) (int, error) { return s.of.Sample(s.index[i], m) }

// split moves HoldOut samples of the training part, chosen by Seed, into a
// validation part. Both parts keep the order of the whole.
func (o *Options) split(set *Set) (*Set, error) {
	if o.HoldOut == 0 {
		return set, nil
	}
	if set.Val != nil {
		return nil, fmt.Errorf("%d samples to hold out for validation, expected none: the data has a validation part of %d", o.HoldOut, set.Val.Len())
	}
	n := set.Train.Len()
	if o.HoldOut < 0 || o.HoldOut >= n {
		return nil, fmt.Errorf("%d samples to hold out for validation, expected 0 to %d: there are %d training samples", o.HoldOut, n-1, n)
	}
	order := rng.Permutation(rng.New(o.Seed, rng.Stream("data.holdout")), n)
	val, train := order[:o.HoldOut], order[o.HoldOut:]
	slices.Sort(val)
	slices.Sort(train)
	return &Set{
		Train: &subset{set.Train, "training", train},
		Val:   &subset{set.Train, "validation", val},
		Test:  set.Test,
		Notes: set.Notes,
	}, nil
}

// Ratio is how a set without parts of its own is divided: the shares of
// training, validation and test, of their sum.
type Ratio [3]int

// usual is the ratio where a specification says none.
var usual = Ratio{80, 10, 10}

// parseRatio reads "80,10,10".
func parseRatio(text string) (r Ratio, err error) {
	words := strings.Split(text, ",")
	if len(words) != len(r) {
		return r, fmt.Errorf("split=%s, expected the shares of training, validation and test, such as 80,10,10", text)
	}
	for i, w := range words {
		if r[i], err = strconv.Atoi(strings.TrimSpace(w)); err != nil || r[i] < 0 || r[i] > maxCount {
			return r, fmt.Errorf("split=%s: %q, expected a whole number from 0", text, w)
		}
	}
	if r[0] == 0 {
		return r, fmt.Errorf("split=%s leaves nothing to train on", text)
	}
	return r, nil
}

// divide deals out samples to the three parts, at random but always the same
// way, and in the same ratio in each group of samples: group gives that of
// each. Each part keeps the order of the whole.
func (r Ratio) divide(group []int) (parts [3][]int) {
	members := map[int][]int{}
	for i, g := range group {
		members[g] = append(members[g], i)
	}
	sum := r[0] + r[1] + r[2]
	// Samples that a group of few cannot divide exactly go to the part that is
	// furthest behind its share of all groups so far.
	for _, g := range slices.Sorted(maps.Keys(members)) {
		of := members[g]
		order := rng.Permutation(rng.New(0, rng.Stream("data.split")).Fold(uint64(g)), len(of))
		at := 0
		for p := range parts {
			n := len(of) * r[p] / sum
			for _, i := range order[at : at+n] {
				parts[p] = append(parts[p], of[i])
			}
			at += n
		}
		for _, i := range order[at:] {
			p, behind := 0, math.Inf(-1)
			all := len(parts[0]) + len(parts[1]) + len(parts[2]) + 1
			for q := range parts {
				if d := float64(all*r[q])/float64(sum) - float64(len(parts[q])); d > behind && r[q] > 0 {
					p, behind = q, d
				}
			}
			parts[p] = append(parts[p], of[i])
		}
	}
	for p := range parts {
		slices.Sort(parts[p])
	}
	return parts
}

// set divides a dataset whose samples are in the groups given.
func (r Ratio) set(of Dataset, group []int) (*Set, error) {
	parts := r.divide(group)
	if len(parts[0]) == 0 {
		return nil, fmt.Errorf("%s: %d samples are too few for a split of %d,%d,%d", of.Info().Name, of.Len(), r[0], r[1], r[2])
	}
	var set Set
	for p, into := range []*Dataset{&set.Train, &set.Val, &set.Test} {
		if len(parts[p]) > 0 {
			*into = &subset{of, [...]string{"training", "validation", "test"}[p], parts[p]}
		}
	}
	return &set, nil
}
