package plan

import (
	"testing"
	"unsafe"
)

func TestWholePagesLieInside(t *testing.T) {
	m := make([]float32, 3*hugePage/4)
	for _, skip := range []int{0, 1, 1000, hugePage/4 - 1, hugePage / 4} {
		for _, n := range []int{0, 1, hugePage/4 - 1, hugePage / 4, hugePage/2 - 1, hugePage / 2, len(m) - skip} {
			s := m[skip : skip+n]
			b := wholePages(s)
			if len(b) == 0 {
				if n >= hugePage/2-1 {
					t.Errorf("skip %d, %d elements: no page", skip, n)
				}
				continue
			}
			start, end := uintptr(unsafe.Pointer(&s[0])), uintptr(unsafe.Pointer(&s[0]))+uintptr(4*n)
			from := uintptr(unsafe.Pointer(&b[0]))
			to := from + uintptr(len(b))
			if from%hugePage != 0 || to%hugePage != 0 || from < start || to > end {
				t.Errorf("skip %d, %d elements: pages %x … %x of memory %x … %x", skip, n, from, to, start, end)
			}
			if from-start >= hugePage || end-to >= hugePage {
				t.Errorf("skip %d, %d elements: pages %x … %x leave whole ones of %x … %x", skip, n, from, to, start, end)
			}
		}
	}
}
