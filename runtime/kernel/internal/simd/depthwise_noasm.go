//go:build !amd64 || noasm

package simd

func depthwiseVec(*Depthwise) bool { return false }
