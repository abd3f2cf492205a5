package plan

import "unsafe"

// Alloc returns zeroed memory of the given number of 4-byte words that starts
// on a cache line, in huge pages where the system has them. A region of a plan is
// one such piece.
func Alloc(words int) []float32 {
	m := make([]float32, words+Align)
	wantHugePages(m)
	at := int(uintptr(unsafe.Pointer(&m[0]))/4) % Align
	skip := (Align - at) % Align
	return m[skip : skip+words : skip+words]
}

// Int32s is the same memory as m, seen as int32: one element a word.
func Int32s(m []float32) []int32 {
	if len(m) == 0 {
		return nil
	}
	return unsafe.Slice((*int32)(unsafe.Pointer(&m[0])), len(m))
}

// Int64s is the same memory as m, seen as int64: one element for two words.
// It panics unless m starts on eight bytes and has an even length, as every
// buffer of a verified plan does.
func Int64s(m []float32) []int64 {
	if len(m) == 0 {
		return nil
	}
	start := unsafe.Pointer(&m[0])
	if len(m)%2 != 0 || uintptr(start)%8 != 0 {
		panic("plan: int64 memory must start on 8 bytes and have an even number of words")
	}
	return unsafe.Slice((*int64)(start), len(m)/2)
}

// Halves is the same memory as m, seen as bf16: two elements a word.
func Halves(m []float32) []uint16 {
	if len(m) == 0 {
		return nil
	}
	return unsafe.Slice((*uint16)(unsafe.Pointer(&m[0])), 2*len(m))
}

// View is the buffer in the memory of its region.
func (b *Buf) View(region []float32) View {
	end := b.Offset + b.Words()
	return view(b.DType, region[b.Offset:end:end])
}

// View is the tensor in the memory of its region.
func (t *Tensor) View(region []float32) View {
	end := t.Offset + t.DType.Words(t.Len())
	return view(t.DType, region[t.Offset:end:end])
}

func view(d DType, m []float32) View {
	switch d {
	case I32:
		return View{I32: Int32s(m)}
	case I64:
		return View{I64: Int64s(m)}
	case BF16:
		return View{H: Halves(m)}
	}
	return View{F32: m}
}
