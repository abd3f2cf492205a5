// Package rng draws random numbers that depend on nothing but their name: the
// seed, the stream and the index.
//
// Input: a seed of the run, a stream (a tensor, a dropout layer, a sample) and
// an index within it. Output: uniform and normal numbers.
//
// Invariants: number i of a key is a pure function, so any order of drawing and
// any number of workers give the same numbers, on every CPU; nothing has to be
// stored to draw it again. Different keys give independent numbers. The
// numbers are not fit for cryptography.
package rng

import (
	"hash/fnv"
	"io"
)

// Key names an unbounded sequence of random words. It is a small value to be
// copied freely; the zero Key is seed 0, stream 0.
//
// All methods that draw read the same sequence of 32-bit words: Uint32(i) is
// word i, Uint64(i) is words 2i and 2i+1, and numbers 2i and 2i+1 of
// Normal come from these. A consumer that needs
// independent numbers of two kinds takes two keys.
type Key struct{ seed, stream uint64 }

// New returns the key of a stream under a seed.
func New(seed, stream uint64) Key { return Key{seed, stream} }

// Stream is the number of a named stream, for instance a tensor's: the 64-bit
// FNV-1a hash of the name, the same in every version.
func Stream(name string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, name) // a hash never fails
	return h.Sum64()
}

// foldBit is set in the counter of the blocks that Fold reads and clear in
// those that numbers are drawn from.
const foldBit = 1 << 63

// Fold returns a key that depends on k and n: an epoch of a run, a step of
// training, a sample of an epoch. Its numbers are independent of those of k and
// of every other n.
func (k Key) Fold(n uint64) Key {
	w0, w1, w2, w3 := k.Block(n/2 | foldBit)
	if n%2 == 0 {
		return Key{uint64(w1)<<32 | uint64(w0), k.stream}
	}
	return Key{uint64(w3)<<32 | uint64(w2), k.stream}
}

// Block returns words 4i … 4i+3, for callers that want all of them: the
// generator makes four at a time. i is below 2⁶³.
func (k Key) Block(i uint64) (w0, w1, w2, w3 uint32) {
	return philox(uint32(i), uint32(i>>32), uint32(k.stream), uint32(k.stream>>32), uint32(k.seed), uint32(k.seed>>32))
}

// Uint32 returns 32 uniform bits.
func (k Key) Uint32(i uint64) uint32 {
	w0, w1, w2, w3 := k.Block(i / 4)
	switch i % 4 {
	case 0:
		return w0
	case 1:
		return w1
	case 2:
		return w2
	}
	return w3
}

// Uint64 returns 64 uniform bits.
func (k Key) Uint64(i uint64) uint64 {
	w0, w1, w2, w3 := k.Block(i / 2)
	if i%2 == 0 {
		return uint64(w1)<<32 | uint64(w0)
	}
	return uint64(w3)<<32 | uint64(w2)
}

// Float32 returns a uniform number of [0, 1), a multiple of 2⁻²⁴.
func (k Key) Float32(i uint64) float32 { return Unit(k.Uint32(i)) }

// Float32s sets dst[j] = Float32(from + j), sooner than one by one.
func (k Key) Float32s(dst []float32, from uint64) {
	for len(dst) > 0 && from%4 != 0 {
		dst[0] = k.Float32(from)
		dst, from = dst[1:], from+1
	}
	for ; len(dst) >= 4; dst, from = dst[4:], from+4 {
		w0, w1, w2, w3 := k.Block(from / 4)
		dst[0], dst[1], dst[2], dst[3] = Unit(w0), Unit(w1), Unit(w2), Unit(w3)
	}
	for j := range dst {
		dst[j] = k.Float32(from + uint64(j))
	}
}

// Unit maps 32 random bits to [0, 1) by the upper 24 of them.
func Unit(bits uint32) float32 { return float32(bits>>8) * (1.0 / (1 << 24)) }
