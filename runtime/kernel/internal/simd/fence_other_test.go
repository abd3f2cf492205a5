//go:build !unix

package simd

import "testing"

// fenced returns n elements; this system is not asked to guard what follows.
func fenced(_ *testing.T, n int) []float32 { return make([]float32, n) }
