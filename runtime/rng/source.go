package rng

import "math/bits"

// Source draws the numbers of a key one after another. It is a
// math/rand/v2.Source, so rand.New(source) gives every distribution of that
// package. It is not safe for use by several goroutines at once.
type Source struct {
	key  Key
	next uint64
}

// Source returns the numbers of k in order, from the first.
func (k Key) Source() *Source { return &Source{key: k} }

// Uint64 returns the next 64 uniform bits.
func (s *Source) Uint64() uint64 {
	x := s.key.Uint64(s.next)
	s.next++
	return x
}

// below returns the next number that is uniform in [0, n), without bias.
// n is positive.
//
// Source: D. Lemire, "Fast random integer generation in an interval", ACM
// TOMACS 29(1), 2019.
func (s *Source) below(n uint64) uint64 {
	hi, lo := bits.Mul64(s.Uint64(), n)
	if lo < n {
		for reject := -n % n; lo < reject; {
			hi, lo = bits.Mul64(s.Uint64(), n)
		}
	}
	return hi
}

// Permutation returns the numbers 0 … n-1 in random order, every order equally
// likely: the shuffle of a data set, with a key folded by the epoch.
//
// Source: R. Fisher and F. Yates, in the form of R. Durstenfeld, "Algorithm
// 235: Random permutation", CACM 7(7), 1964.
func Permutation(k Key, n int) []int {
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	s := k.Source()
	for i := n - 1; i > 0; i-- {
		j := s.below(uint64(i) + 1)
		p[i], p[j] = p[j], p[i]
	}
	return p
}
