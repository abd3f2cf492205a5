//go:build !amd64 || noasm

package simd

func (t *Gemv) vec() bool { return false }
