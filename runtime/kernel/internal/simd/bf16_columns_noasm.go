//go:build !amd64 || noasm

package simd

// Without assembly nothing is done fast.

func halfSumFast([]float32, []uint16) bool { return false }

func halfSquaresFast([]float32, []uint16, []float32) bool { return false }

func halfNormFast(_, _ []uint16, _, _, _ []float32, _ []uint16, _ Clamp) bool { return false }

func halfDotsFast(_, _ []float32, _, _ []uint16, _, _, _ []float32) bool { return false }

func halfGradFast(_, _, _ []uint16, _, _, _, _, _, _ []float32) bool { return false }

func halfAddFast(_, _, _ []uint16) bool { return false }

func halfReLUGradFast(_, _, _ []uint16) bool { return false }
