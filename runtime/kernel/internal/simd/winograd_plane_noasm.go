//go:build !amd64 || noasm

package simd

func (m *PlaneMap) vec() bool { return false }

func (t *PlaneTile) vec() bool { return false }
