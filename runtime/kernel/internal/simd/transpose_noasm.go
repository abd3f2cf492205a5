//go:build !amd64 || noasm

package simd

func interleaveVec(_, _ []float32, _ []int, _, _ int) (rows, cols int) { return 0, 0 }

func deinterleaveVec(_, _ []float32, _ []int, _, _ int) (rows, cols int) { return 0, 0 }
