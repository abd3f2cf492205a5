package plan

import (
	"testing"
	"unsafe"
)

func TestAlloc(t *testing.T) {
	for _, words := range []int{0, 1, 15, 16, 17, 1000, 1 << 20} {
		m := Alloc(words)
		if len(m) != words || cap(m) != words {
			t.Errorf("Alloc(%d): length %d, capacity %d", words, len(m), cap(m))
		}
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(m))) % 64; words > 0 && at != 0 {
			t.Errorf("Alloc(%d): starts %d bytes after a cache line", words, at)
		}
		for i, v := range m {
			if v != 0 {
				t.Fatalf("Alloc(%d): word %d is %g", words, i, v)
			}
		}
	}
}

func TestViewsShareMemory(t *testing.T) {
	m := Alloc(64)
	i32 := (&Buf{DType: I32, Shape: []int{3}, Offset: 16}).View(m)
	i64 := (&Buf{DType: I64, Shape: []int{3}, Offset: 32}).View(m)
	f32 := (&Tensor{Shape: []int{3}, Offset: 48}).View(m)
	if len(i32.I32) != 3 || len(i64.I64) != 3 || len(f32.F32) != 3 || i32.F32 != nil || i64.F32 != nil {
		t.Fatalf("views %v %v %v", i32, i64, f32)
	}
	i32.I32[2], i64.I64[2], f32.F32[2] = 0x3f800000, 0x40000000_3f800000, 4
	if m[18] != 1 || m[36] != 1 || m[37] != 2 || m[50] != 4 {
		t.Errorf("memory is %v", m)
	}
}

func TestInt64sRefusesHalves(t *testing.T) {
	m := Alloc(16)
	for _, part := range [][]float32{m[:3], m[1:3]} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d words: no panic", len(part))
				}
			}()
			Int64s(part)
		}()
	}
	if Int64s(nil) != nil || Int32s(nil) != nil {
		t.Error("a view of nothing is not nil")
	}
}
