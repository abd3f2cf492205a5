package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// escape makes a text harmless on a terminal: control characters, invisible
// format characters (such as those that reverse the direction of writing) and
// bytes that are not UTF-8 become visible escapes.
func escape(s string) string {
	if !strings.ContainsFunc(s, needsEscape) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		writeVisible(&b, r, s[:n])
		s = s[n:]
	}
	return b.String()
}

func needsEscape(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
}

const hexDigits = "0123456789abcdef"

func writeVisible(b *strings.Builder, r rune, raw string) {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		b.WriteString(`\x`)
		b.WriteByte(hexDigits[raw[0]>>4])
		b.WriteByte(hexDigits[raw[0]&15])
	case r != utf8.RuneError && needsEscape(r):
		b.WriteString(`\u{`)
		started := false
		for shift := 20; shift >= 0; shift -= 4 {
			d := r >> shift & 15
			started = started || d != 0 || shift == 0
			if started {
				b.WriteByte(hexDigits[d])
			}
		}
		b.WriteByte('}')
	default:
		b.WriteString(raw)
	}
}
