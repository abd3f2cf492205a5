//go:build !amd64 || noasm

package simd

func transformVec(*Transform, Winograd) bool { return false }
