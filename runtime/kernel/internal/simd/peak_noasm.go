//go:build !amd64 || noasm

package simd

func peakAVX2(int) { panic("simd: no AVX2 in this build") }

func peakAVX512(int) { panic("simd: no AVX-512 in this build") }
