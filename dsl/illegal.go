package dsl

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"github.com/netc-lang/netc/dsl/diag"
)

// badNumber reports a number whose first n bytes are in order and offers what may have been meant.
func (s *scanner) badNumber(n int) {
	for isWord(s.peek(n)) {
		n++
	}
	text := string(s.text[s.pos : s.pos+n])
	at := diag.Span{File: s.file, Start: s.pos, End: s.pos + n}
	d := s.illegal(n, diag.BadNumber, "`%s` is not a number", clip(text))
	switch {
	case text[0] == '.' && allDigits(text[1:]):
		d.WithFix("a number has digits on both sides of its point", diag.Edit{Span: at, NewText: "0" + text})
	case text[len(text)-1] == '.' && allDigits(text[:len(text)-1]):
		d.WithFix("a number has digits on both sides of its point", diag.Edit{Span: at, NewText: text + "0"})
	case text[len(text)-1] == 'x' && allDigits(text[:len(text)-1]) && s.digitAfterBlanks():
		d.WithHelp("a size is written without blanks")
	case text[len(text)-1] == 'x' && allDigits(text[:len(text)-1]):
		d.WithHelp("a size has a number on both sides of its `x`", diag.Edit{Span: at, NewText: text + text[:len(text)-1]})
	case bytes.ContainsRune([]byte(text), 'X'):
		low := string(bytes.ReplaceAll([]byte(text), []byte("X"), []byte("x")))
		d.WithFix("a size is written with a small x", diag.Edit{Span: at, NewText: low})
	case bytes.ContainsRune([]byte(text), '_'):
		d.WithNote("numbers are written without `_`")
	default:
		d.WithNote("numbers look like 64, 0.5 and 1e-3, sizes like 3x3; a name does not start with a digit")
	}
}

// digitAfterBlanks reports whether a digit follows the present place.
func (s *scanner) digitAfterBlanks() bool {
	n := 0
	for s.peek(n) == ' ' {
		n++
	}
	return n > 0 && isDigit(s.peek(n))
}

// badEscape reports the backslash n bytes into a text and takes the text as far as its line or quote goes.
func (s *scanner) badEscape(n int) {
	_, size := utf8.DecodeRune(s.text[s.pos+n+1:])
	at := diag.Span{File: s.file, Start: s.pos + n, End: s.pos + n + 1 + size}
	end := n + 1
	for s.pos+end < len(s.text) && s.peek(end) != '\n' && s.peek(end) != '"' {
		end++
	}
	if s.peek(end) == '"' {
		end++
	}
	s.illegal(end, diag.BadString, "`%s` stands for nothing in a text", at.Text()).Primary = at
	(*s.list)[len(*s.list)-1].WithNote("known are `\\\"`, `\\\\`, `\\n` and `\\t`; paths are written with `/`")
}

// unknown reports characters that are not of the language, a run of alike ones once.
func (s *scanner) unknown() {
	r, n := utf8.DecodeRune(s.text[s.pos:])
	first := n
	alike := func(q rune) bool {
		return q == r || r >= utf8.RuneSelf && unicode.IsLetter(r) && (unicode.IsLetter(q) || unicode.IsDigit(q) || q == '_')
	}
	for s.pos+n < len(s.text) {
		q, size := utf8.DecodeRune(s.text[s.pos+n:])
		if !alike(q) {
			break
		}
		n += size
	}
	quoted := quoteLen(s.text[s.pos:])
	n = max(n, quoted)
	at := diag.Span{File: s.file, Start: s.pos, End: s.pos + n}
	minus := s.tokens
	d := s.illegal(n, diag.UnknownChar, "`%s` is not a character of the language", string(s.text[at.Start:at.Start+first]))
	put := func(text string) diag.Edit { return diag.Edit{Span: at, NewText: text} }
	switch {
	case r == '#':
		d.WithFix("a comment starts with `//`", put("//"))
	case r == '→' || r == '⟶' || r == '⇒':
		d.WithFix("an arrow is written `->`", put("->"))
	case r == '×':
		d.WithFix("a size is written with the letter x: 3x3", put("x"))
	case quoted > 0:
		inner := at.Text()
		_, size := utf8.DecodeLastRuneInString(inner)
		d.WithFix("texts stand in straight double quotes", put(`"`+inner[first:len(inner)-size]+`"`))
	case r == '>' && len(minus) > 0 && minus[len(minus)-1].kind == kMinus:
		at.Start = minus[len(minus)-1].start
		d.WithFix("an arrow is written `->` without a blank", diag.Edit{Span: at, NewText: "->"})
	case r == '\'' || r == '`' || r == '“' || r == '”' || r == '„' || r == '‘' || r == '’':
		d.WithHelp("texts stand in straight double quotes: \"pets/\"")
	case r == '–' || r == '—' || r == '−':
		d.WithFix("a minus is written `-`", put("-"))
	case r == '…':
		d.WithFix("a range is written `..`", put(".."))
	case r == '\u00a0' || unicode.IsSpace(r):
		d.Message = "this blank is not a space, a tab or a line end"
		d.WithFix("write a space", put(" "))
	case unicode.IsLetter(r):
		d.Message = "`" + clip(at.Text()) + "` cannot be part of a name"
		d.WithNote("names are made of the letters a-z and A-Z, digits and `_`")
	}
}

// quoteLen is the length of a text in quotes that are not of the language, or 0.
func quoteLen(text []byte) int {
	r, n := utf8.DecodeRune(text)
	closing := map[rune]string{'\'': "'", '`': "`", '“': "”", '„': "“", '‘': "’"}[r]
	if closing == "" {
		return 0
	}
	line := text[n:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	i := bytes.Index(line, []byte(closing))
	if i < 0 {
		return 0
	}
	return n + i + len(closing)
}
