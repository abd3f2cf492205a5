//go:build amd64 && !noasm

package simd

// transformVec applies a map in assembly, where there is any.
func transformVec(t *Transform, m Winograd) bool {
	level := Active()
	if level < AVX2 {
		return false
	}
	wide := level == AVX512
	switch m {
	case Input4:
		if wide {
			input4AVX512(t)
		} else {
			input4AVX2(t)
		}
	case Input2:
		if wide {
			input2AVX512(t)
		} else {
			input2AVX2(t)
		}
	case Output4:
		if wide {
			output4AVX512(t)
		} else {
			output4AVX2(t)
		}
	case Output2:
		if wide {
			output2AVX512(t)
		} else {
			output2AVX2(t)
		}
	case Filter4:
		if wide {
			filter4AVX512(t)
		} else {
			filter4AVX2(t)
		}
	case Filter2:
		if wide {
			filter2AVX512(t)
		} else {
			filter2AVX2(t)
		}
	case Gradient4:
		if wide {
			gradient4AVX512(t)
		} else {
			gradient4AVX2(t)
		}
	case Gradient2:
		if wide {
			gradient2AVX512(t)
		} else {
			gradient2AVX2(t)
		}
	case Taps4:
		if wide {
			taps4AVX512(t)
		} else {
			taps4AVX2(t)
		}
	case Taps2:
		if wide {
			taps2AVX512(t)
		} else {
			taps2AVX2(t)
		}
	case Output25:
		if wide {
			output25AVX512(t)
		} else {
			output25AVX2(t)
		}
	case Filter25:
		if wide {
			filter25AVX512(t)
		} else {
			filter25AVX2(t)
		}
	case Gradient25:
		if wide {
			gradient25AVX512(t)
		} else {
			gradient25AVX2(t)
		}
	case Taps25:
		if wide {
			taps25AVX512(t)
		} else {
			taps25AVX2(t)
		}
	}
	return true
}

// The functions below are Transform.run of one map. They read and write nothing
// beyond channel C.

//go:noescape
func input4AVX512(t *Transform)

//go:noescape
func input4AVX2(t *Transform)

//go:noescape
func input2AVX512(t *Transform)

//go:noescape
func input2AVX2(t *Transform)

//go:noescape
func output4AVX512(t *Transform)

//go:noescape
func output4AVX2(t *Transform)

//go:noescape
func output2AVX512(t *Transform)

//go:noescape
func output2AVX2(t *Transform)

//go:noescape
func filter4AVX512(t *Transform)

//go:noescape
func filter4AVX2(t *Transform)

//go:noescape
func filter2AVX512(t *Transform)

//go:noescape
func filter2AVX2(t *Transform)

//go:noescape
func gradient4AVX512(t *Transform)

//go:noescape
func gradient4AVX2(t *Transform)

//go:noescape
func gradient2AVX512(t *Transform)

//go:noescape
func gradient2AVX2(t *Transform)

//go:noescape
func taps4AVX512(t *Transform)

//go:noescape
func taps4AVX2(t *Transform)

//go:noescape
func taps2AVX512(t *Transform)

//go:noescape
func taps2AVX2(t *Transform)

//go:noescape
func output25AVX512(t *Transform)

//go:noescape
func output25AVX2(t *Transform)

//go:noescape
func filter25AVX512(t *Transform)

//go:noescape
func filter25AVX2(t *Transform)

//go:noescape
func gradient25AVX512(t *Transform)

//go:noescape
func gradient25AVX2(t *Transform)

//go:noescape
func taps25AVX512(t *Transform)

//go:noescape
func taps25AVX2(t *Transform)
