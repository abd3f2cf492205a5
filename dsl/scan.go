package dsl

import (
	"bytes"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// MaxFileSize is the size in bytes above which a file is not read.
const MaxFileSize = 4 << 20

// scanner cuts a text into tokens and comments.
type scanner struct {
	file     *diag.File
	text     []byte
	pos      int
	newline  bool
	tokens   []token
	comments []*Comment
	list     *diag.List
	depth    int // of brackets, roughly
}

// readable reports whether the text can be scanned at all; if not, one diagnostic says why.
func readable(file *diag.File, list *diag.List) bool {
	text := file.Text
	at := func(i int) diag.Span { return diag.Span{File: file, Start: i, End: min(i+1, len(text))} }
	if len(text) > MaxFileSize {
		list.Add(diag.Errorf(diag.FileTooLarge, diag.Span{File: file}, "the file has more than %d bytes, the most that are read", MaxFileSize))
		return false
	}
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		list.Add(diag.Errorf(diag.NotText, at(0), "the file is UTF-16 text, not UTF-8").WithHelp("save it as UTF-8"))
		return false
	}
	if i := bytes.IndexByte(text, 0); i >= 0 {
		list.Add(diag.Errorf(diag.NotText, at(i), "the file is not text: it holds a zero byte").WithLabel("byte %d", i))
		return false
	}
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			list.Add(diag.Errorf(diag.NotText, at(i), "the file is not UTF-8 text").WithLabel("byte 0x%02x, the %d. of the file", text[i], i+1).
				WithHelp("save it as UTF-8"))
			return false
		}
		i += n
	}
	return true
}

// scan cuts a readable text.
func scan(file *diag.File, list *diag.List) ([]token, []*Comment) {
	s := &scanner{file: file, text: file.Text, list: list}
	s.tokens = make([]token, 0, len(s.text)/4)
	if bytes.HasPrefix(s.text, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
	for s.pos < len(s.text) && !s.hopeless() {
		s.one()
	}
	return s.tokens, s.comments
}

func (s *scanner) peek(ahead int) byte {
	if s.pos+ahead < len(s.text) {
		return s.text[s.pos+ahead]
	}
	return 0
}

// emit ends a token of n bytes at the present place.
func (s *scanner) emit(kind lexer.TokenType, n int) {
	s.tokens = append(s.tokens, token{kind, s.pos, s.pos + n, s.newline})
	s.newline = false
	s.pos += n
}

// illegal ends a token of n bytes that is a mistake.
func (s *scanner) illegal(n int, code diag.Code, format string, args ...any) *diag.Diagnostic {
	d := diag.Errorf(code, diag.Span{File: s.file, Start: s.pos, End: s.pos + n}, format, args...)
	s.list.Add(d)
	s.emit(kIllegal, n)
	return d
}

func (s *scanner) one() {
	c := s.text[s.pos]
	switch {
	case c == '\n':
		s.newline = true
		s.pos++
	case c == ' ' || c == '\t' || c == '\r' && s.peek(1) == '\n':
		s.pos++
	case c == '/' && s.peek(1) == '/':
		s.comment()
	case isWord(c) && s.glued(kBy):
		s.dimension()
	case c == 'x' && s.inSize() && startsDimension(s.peek(1)):
		s.emit(kBy, 1)
	case isLetter(c):
		n := 1
		for isWord(s.peek(n)) {
			n++
		}
		s.emit(kIdent, n)
	case isDigit(c) || c == '.' && isDigit(s.peek(1)) && !s.glued(kIdent) && !s.glued(kRBrack):
		s.number()
	case c == '"':
		s.str()
	default:
		s.punctuation(c)
	}
}

func (s *scanner) comment() {
	n := bytes.IndexByte(s.text[s.pos:], '\n')
	if n < 0 {
		n = len(s.text) - s.pos
	}
	text := bytes.TrimRight(s.text[s.pos:s.pos+n], " \t\r")
	doc := bytes.HasPrefix(text, []byte("///")) && !bytes.HasPrefix(text, []byte("////"))
	s.comments = append(s.comments, &Comment{diag.Span{File: s.file, Start: s.pos, End: s.pos + len(text)}, string(text), doc})
	s.pos += n
}

func (s *scanner) punctuation(c byte) {
	switch next := s.peek(1); {
	case c == '-' && next == '>':
		s.emit(kArrow, 2)
		return
	case c == '.' && next == '.':
		s.emit(kDots, 2)
		return
	}
	switch k := marks[c]; {
	case k == 0:
		s.unknown()
		return
	case k == kSemi && s.last() == kSemi && !s.newline:
		s.pos++
		return
	case k == kLParen || k == kLBrack || k == kLBrace:
		s.depth++
	case k == kRParen || k == kRBrack || k == kRBrace:
		s.depth = max(s.depth-1, 0)
	}
	s.emit(marks[c], 1)
}

// last is the kind of the last token, or 0.
func (s *scanner) last() lexer.TokenType {
	if n := len(s.tokens); n > 0 {
		return s.tokens[n-1].kind
	}
	return 0
}

// hopeless reports whether outline will give up before it gets to the present place.
func (s *scanner) hopeless() bool {
	return len(*s.list) > maxMistakes || s.depth > 4*(MaxNesting+maxMistakes)
}

var marks = [256]lexer.TokenType{
	'(': kLParen, ')': kRParen, '{': kLBrace, '}': kRBrace, '[': kLBrack, ']': kRBrack,
	',': kComma, ':': kColon, '=': kAssign, '.': kDot, ';': kSemi,
	'+': kPlus, '-': kMinus, '*': kStar, '/': kSlash, '%': kPercent,
}

// glued reports whether a token of the kind ends at the present place.
func (s *scanner) glued(kind lexer.TokenType) bool {
	n := len(s.tokens)
	return n > 0 && s.tokens[n-1].kind == kind && s.tokens[n-1].end == s.pos
}

// inSize reports whether a dimension ends at the present place.
func (s *scanner) inSize() bool {
	n := len(s.tokens)
	return s.glued(kInt) || s.glued(kRParen) || s.glued(kIdent) && n > 1 && s.tokens[n-2].kind == kBy
}

func startsDimension(c byte) bool { return isWord(c) || c == '(' }

// dimension reads what follows an x: a number, or a name without an x in it.
func (s *scanner) dimension() {
	if isDigit(s.peek(0)) {
		s.number()
		return
	}
	n := 0
	for isWord(s.peek(n)) && s.peek(n) != 'x' {
		n++
	}
	if n > 0 && (s.peek(n) != 'x' || startsDimension(s.peek(n+1))) {
		s.emit(kIdent, n)
		return
	}
	for isWord(s.peek(n)) {
		n++
	}
	s.illegal(n, diag.BadNumber, "a size needs a dimension on both sides of each `x`").
		WithHelp("put a name that holds an x into parentheses: 3x(max)")
}

// number reads a whole number, a float, or the start of a size.
func (s *scanner) number() {
	n, kind := 0, kInt
	for isDigit(s.peek(n)) {
		n++
	}
	if n > 0 && s.peek(n) == 'x' && startsDimension(s.peek(n+1)) {
		s.emit(kInt, n)
		return
	}
	if s.peek(n) == '.' && s.peek(n+1) != '.' {
		kind = kFloat
		whole := n
		for n++; isDigit(s.peek(n)); n++ {
		}
		if whole == 0 || n == whole+1 {
			s.badNumber(n)
			return
		}
	}
	if c := s.peek(n); c == 'e' || c == 'E' {
		m := n + 1
		if s.peek(m) == '+' || s.peek(m) == '-' {
			m++
		}
		if isDigit(s.peek(m)) {
			kind = kFloat
			for n = m; isDigit(s.peek(n)); n++ {
			}
		}
	}
	if isWord(s.peek(n)) {
		s.badNumber(n)
		return
	}
	s.emit(kind, n)
}

func (s *scanner) str() {
	n := 1
	for {
		switch c := s.peek(n); {
		case s.pos+n >= len(s.text) || c == '\n':
			for n > 1 && (s.peek(n-1) == '\r' || s.peek(n-1) == ' ') {
				n--
			}
			s.illegal(n, diag.BadString, "the text is not closed on its line").WithLabel("opened here").
				WithHelp("close it with `\"`")
			return
		case c == '"':
			s.emit(kString, n+1)
			return
		case c == '\\':
			if e := s.peek(n + 1); e != '"' && e != '\\' && e != 'n' && e != 't' && e != '\n' && e != '\r' && e != 0 {
				s.badEscape(n)
				return
			}
			n++
			if s.peek(n) != '\n' && s.pos+n < len(s.text) {
				n++
			}
		default:
			n++
		}
	}
}

// clip shortens a text that is to be quoted in a message.
func clip(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
