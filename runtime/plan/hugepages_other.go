//go:build !linux

package plan

// wantHugePages does nothing: only Linux takes the wish for a piece of memory.
func wantHugePages([]float32) {}
