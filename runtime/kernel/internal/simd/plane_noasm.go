//go:build !amd64 || noasm

package simd

func (t *Plane) vec() bool { return false }

func (t *Pixels) vec() bool { return false }
