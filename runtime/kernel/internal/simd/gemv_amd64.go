//go:build amd64 && !noasm

package simd

//go:generate go run -C _gen ./gemv -out ../gemv_amd64.s.new
//go:generate mv gemv_amd64.s.new gemv_amd64.s

func (t *Gemv) vec() bool {
	level := Active()
	panels := (t.N + Cols - 1) / Cols
	switch level {
	case AVX512:
		for j := 0; j < panels; j += 4 {
			gemvAVX512(t, j, min(4, panels-j))
		}
	case AVX2:
		for j := 0; j < panels; j += 2 {
			gemvAVX2(t, j, min(2, panels-j))
		}
	}
	return level >= AVX2
}

// The functions below are Gemv.run on p panels from panel j on, p at most 4 or 2.

//go:noescape
func gemvAVX512(t *Gemv, j, p int)

//go:noescape
func gemvAVX2(t *Gemv, j, p int)
