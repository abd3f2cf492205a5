package dsl

import (
	"bytes"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// indent is the columns by which a body is set in.
const indent = 2

// Format lays a file out in the canonical way. It keeps every comment, every
// token, the grouping by empty lines (at most one in a row) and which bodies
// and arguments stand on one line. A file with syntax errors is not formatted:
// the diagnostics come back instead. name is what they call the file.
func Format(name string, src []byte) ([]byte, diag.List) {
	file, p, list := read(name, src)
	if list.HasErrors() {
		return nil, list
	}
	f := &formatter{text: src, tokens: p.tokens, comments: file.Comments, frames: []frame{{broken: true}}, ended: true}
	f.run()
	align(f.lines)
	return render(f.lines), list
}

// formatter turns tokens and comments into lines.
type formatter struct {
	text     []byte
	tokens   []lexer.Token
	comments []*Comment // those not yet put out
	lines    []line
	frames   []frame
	prev     lexer.Token // the last token put out
	prevEnd  int         // where the last token or comment ended in the source
	ended    bool        // a statement ended since
	closed   bool        // the present line ends in a comment
	arrow    bool        // an arrow waits for the next line
	head     string      // the first word of the present statement
	index    int         // tokens of the present statement put out, up to 2
	unary    bool        // prev is a sign, not an operator
	split    bool        // the present statement went on on a further line, outside of brackets
}

// frame is an open bracket, or the file.
type frame struct {
	kind   lexer.TokenType
	broken bool // braces: one statement a line
	recipe bool // braces: of a recipe
	params bool // parentheses: of declared parameters
	indent int  // of the lines within
	outer  int  // of the line of the bracket
	head   string
	split  bool
}

func (f *formatter) top() *frame { return &f.frames[len(f.frames)-1] }

func (f *formatter) run() {
	for i, t := range f.tokens {
		switch {
		case t.Type == kEnd:
			f.ended = true
			continue
		case t.Type == lexer.EOF:
			f.flush(len(f.text))
			return
		}
		if t.Type == kArrow && f.top().kind != kLParen && f.top().kind != kLBrack && f.breaksAfter(i) {
			f.flush(t.Pos.Offset)
			f.arrow = true
			f.prevEnd = endOf(t)
			continue
		}
		f.flush(t.Pos.Offset)
		f.token(i, t)
	}
}

// breaksAfter reports whether a line end follows token i.
func (f *formatter) breaksAfter(i int) bool {
	return bytes.IndexByte(f.text[endOf(f.tokens[i]):f.tokens[i+1].Pos.Offset], '\n') >= 0
}

// newlines counts the line ends between the last item and an offset.
func (f *formatter) newlines(offset int) int {
	return bytes.Count(f.text[f.prevEnd:offset], []byte("\n"))
}

// flush puts out the comments before an offset.
func (f *formatter) flush(offset int) {
	for len(f.comments) > 0 && f.comments[0].Start < offset {
		c := f.comments[0]
		f.comments = f.comments[1:]
		n := f.newlines(c.Start)
		if n == 0 && len(f.lines) > 0 && f.lines[len(f.lines)-1].comment == "" {
			f.lines[len(f.lines)-1].comment = c.Text
		} else {
			in := f.top().indent
			if !f.ended && f.top().kind != kLParen && f.top().kind != kLBrack && f.prev.Type != kLBrace {
				in += indent
			}
			f.begin(in, n > 1 && (f.ended || f.afterComment()))
			f.lines[len(f.lines)-1].comment = c.Text
			f.lines[len(f.lines)-1].alone = true
		}
		f.closed = true
		f.prevEnd = c.End
	}
}

// afterComment reports whether a comment on a line of its own was put out last.
func (f *formatter) afterComment() bool {
	return f.closed && f.lines[len(f.lines)-1].alone
}

// begin starts a line.
func (f *formatter) begin(in int, blank bool) {
	f.lines = append(f.lines, line{indent: in, blank: blank && len(f.lines) > 0, key: -1, arrow: -1})
	f.closed = false
}

func (f *formatter) token(i int, t lexer.Token) {
	n := f.newlines(t.Pos.Offset)
	unary := t.Type == kMinus && !f.afterOperand()
	closing := t.Type == kRBrace || t.Type == kRParen || t.Type == kRBrack
	switch {
	case closing:
		f.close(t, n)
	case f.ended || f.prev.Type == kLBrace:
		f.start(t, n)
	default:
		f.within(t, n)
	}
	switch t.Type {
	case kLParen, kLBrack, kLBrace:
		f.open(t)
	}
	f.unary = unary
	f.prev, f.prevEnd, f.ended = t, max(f.prevEnd, endOf(t)), false
}

// start puts out the first token of a statement.
func (f *formatter) start(t lexer.Token, newlines int) {
	first := f.prev.Type == kLBrace && !f.afterComment()
	switch {
	case f.top().broken:
		f.begin(f.top().indent, newlines > 1 && !first)
		f.lines[len(f.lines)-1].entry = f.top().recipe
		f.write(t.Value)
	case first:
		f.write(" " + t.Value)
	default:
		f.write("; " + t.Value)
	}
	f.head, f.index, f.split = t.Value, 1, false
}

// within puts out a further token of a statement.
func (f *formatter) within(t lexer.Token, newlines int) {
	line := &f.lines[len(f.lines)-1]
	bracketed := f.top().kind == kLParen || f.top().kind == kLBrack
	space := f.space(t)
	switch {
	case f.arrow:
		f.arrow = false
		f.split = true
		f.begin(f.top().indent+indent, false)
		f.write("-> ")
	case f.closed || newlines > 0 && t.Type != kLBrace:
		in := f.top().indent
		if !bracketed {
			in += indent
			f.split = true
		}
		f.begin(in, false)
	case space:
		if f.index == 1 && f.top().recipe && f.top().broken && t.Type != kLBrace {
			line.key = len(line.text)
		}
		if t.Type == kArrow && !bracketed && line.arrow < 0 && !f.split {
			line.arrow = len(line.text)
		}
		f.write(" ")
	}
	f.write(t.Value)
	f.index = 2
}

func (f *formatter) write(s string) {
	line := &f.lines[len(f.lines)-1]
	line.text = append(line.text, s...)
}

func (f *formatter) open(t lexer.Token) {
	line := &f.lines[len(f.lines)-1]
	broken := t.Type == kLBrace && bytes.IndexByte(f.text[t.Pos.Offset:f.tokens[t.Pos.Column].Pos.Offset], '\n') >= 0
	if t.Type == kLBrace {
		line.body = true
	}
	f.frames = append(f.frames, frame{
		kind:   t.Type,
		broken: broken,
		recipe: t.Type == kLBrace && (f.top().recipe || len(f.frames) == 1 && f.head == "train"),
		params: t.Type == kLParen && len(f.frames) == 1 && (f.head == "model" || f.head == "block"),
		indent: line.indent + indent,
		outer:  line.indent,
		head:   f.head,
		split:  f.split,
	})
}

// close puts out a closing bracket.
func (f *formatter) close(t lexer.Token, newlines int) {
	fr := *f.top()
	f.frames = f.frames[:len(f.frames)-1]
	empty := f.prev.Type == kLBrace && !f.closed
	switch {
	case fr.kind != kLBrace && (f.closed || newlines > 0):
		f.begin(fr.outer, false)
	case fr.kind == kLBrace && fr.broken && !empty:
		f.begin(fr.outer, false)
	case fr.kind == kLBrace && !empty:
		f.write(" ")
	}
	f.write(t.Value)
	f.head, f.split, f.index = fr.head, fr.split, 2
}
