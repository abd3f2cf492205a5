package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	viewWidth = 120 // columns of a line that are shown
	viewLeft  = 40  // columns kept before a mark in a longer line
	tabWidth  = 4
)

// view is the part of a line that is shown, made safe for a terminal.
type view struct {
	line   []byte
	lo, hi int // the bytes shown
	text   string
}

func (v *view) cut() bool { return v.lo > 0 || v.hi < len(v.line) }

// viewOf shows a line around byte at. It looks at a bounded number of bytes
// however long the line is.
func viewOf(line []byte, at int) *view {
	v := &view{line: line, hi: len(line)}
	if len(line) > viewWidth {
		at = min(at, len(line))
		v.lo = at
		for n := 0; v.lo > 0 && n < viewLeft; n++ {
			_, size := utf8.DecodeLastRune(line[:v.lo])
			v.lo -= size
		}
		if v.lo < 8 {
			v.lo = 0
		}
	}
	var b strings.Builder
	if v.lo > 0 {
		b.WriteString("…")
	}
	column := 0
	for i := v.lo; i < len(line); {
		if column >= viewWidth {
			v.hi = i
			b.WriteString("…")
			break
		}
		text, width, size := cell(line[i:], column)
		b.WriteString(text)
		column += width
		i += size
	}
	v.text = b.String()
	return v
}

// columns is where bytes [from, to) of the line stand in the text: columns before them, and theirs.
func (v *view) columns(from, to int) (left, width int) {
	column := 0
	lead := 0
	if v.lo > 0 {
		lead = 1
	}
	from, to = max(from, v.lo), min(to, v.hi)
	for i := v.lo; i < min(max(from, to), len(v.line)); {
		_, w, size := cell(v.line[i:], column)
		if i < from {
			left += w
		} else {
			width += w
		}
		column += w
		i += size
	}
	return lead + left, width
}

// cell is the first character of s as shown in a column, its columns and its bytes.
func cell(s []byte, column int) (text string, width, size int) {
	r, size := utf8.DecodeRune(s)
	raw := string(s[:size])
	switch {
	case r == '\t':
		width = tabWidth - column%tabWidth
		return strings.Repeat(" ", width), width, size
	case needsEscape(r):
		var b strings.Builder
		writeVisible(&b, r, raw)
		return b.String(), utf8.RuneCountInString(b.String()), size
	case unicode.Is(unicode.Mn, r):
		return raw, 0, size
	case wide(r):
		return raw, 2, size
	}
	return raw, 1, size
}

// wide reports whether terminals show a character in two columns (East Asian
// Wide and Fullwidth, and emoji).
func wide(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x115f, r == 0x2329, r == 0x232a,
		0x2e80 <= r && r <= 0xa4cf && r != 0x303f,
		0xac00 <= r && r <= 0xd7a3,
		0xf900 <= r && r <= 0xfaff,
		0xfe30 <= r && r <= 0xfe6f,
		0xff00 <= r && r <= 0xff60,
		0xffe0 <= r && r <= 0xffe6,
		0x1f300 <= r && r <= 0x1f64f,
		0x1f680 <= r && r <= 0x1f6ff,
		0x1f900 <= r && r <= 0x1f9ff,
		0x20000 <= r && r <= 0x3fffd:
		return true
	}
	return false
}
