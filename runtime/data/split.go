package data

import (
	"fmt"
	"slices"

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
	}, nil
}
