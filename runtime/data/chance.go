package data

import "github.com/netc-lang/netc/runtime/rng"

// IsRandom reports whether a transform changes images by chance in training.
func IsRandom(t Transform) bool {
	switch t := t.(type) {
	case *Normalize, *Resize:
		return false
	case *Crop:
		return t.At == "random"
	}
	return true
}

// Sample is the place in the dataset of sample i of the batch.
func (b *Batch) Sample(i int) int { return b.samples[i].sample }

// Order is the order of the n samples of an epoch of training.
func Order(seed uint64, epoch, n int) []int {
	return rng.Permutation(rng.New(seed, rng.Stream("data.order")).Fold(uint64(epoch)), n)
}
