package plan

import (
	"syscall"
	"unsafe"
)

// hugePage is the size of a huge page where there are any: 2 MiB in bytes.
const hugePage = 2 << 20

// wantHugePages asks that memory be backed by huge pages, where it spans whole
// ones, so that walks over it rarely miss the table of pages: a layer walks many
// megabytes in steps of a few kilobytes. The system need not grant it, and memory
// works the same if it does not.
func wantHugePages(m []float32) {
	if pages := wholePages(m); len(pages) > 0 {
		_ = syscall.Madvise(pages, syscall.MADV_HUGEPAGE)
	}
}

// wholePages is the part of memory that whole huge pages make up.
func wholePages(m []float32) []byte {
	if len(m) == 0 {
		return nil
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&m[0])), 4*len(m))
	at := int(uintptr(unsafe.Pointer(&m[0])) % hugePage)
	first := (hugePage - at) % hugePage
	last := (at+len(b))/hugePage*hugePage - at
	if first >= last {
		return nil
	}
	return b[first:last]
}
