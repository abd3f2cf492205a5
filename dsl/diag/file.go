package diag

import (
	"sort"
	"unicode/utf8"
)

// File is a source text with an index of its lines.
type File struct {
	Name string // as the user wrote it; printed before the line number
	Text []byte // not to be changed after NewFile

	lines []int // the offset at which each line starts; lines[0] is 0
}

// NewFile indexes text, which it keeps.
func NewFile(name string, text []byte) *File {
	lines := []int{0}
	for i, c := range text {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	return &File{Name: name, Text: text, lines: lines}
}

// Lines is the number of lines; a text that ends in a newline has an empty last one.
func (f *File) Lines() int { return len(f.lines) }

// Line returns the text of line n, counted from 1, without its line end (LF or CRLF).
// A line outside the file is nil.
func (f *File) Line(n int) []byte {
	if n < 1 || n > len(f.lines) {
		return nil
	}
	end := len(f.Text)
	if n < len(f.lines) {
		end = f.lines[n] - 1
	}
	line := f.Text[f.lines[n-1]:end]
	if k := len(line); k > 0 && line[k-1] == '\r' && n < len(f.lines) {
		line = line[:k-1]
	}
	return line
}

// LineStart is the offset of the first byte of line n, counted from 1.
func (f *File) LineStart(n int) int { return f.lines[min(max(n, 1), len(f.lines))-1] }

// Position is a place as people count it.
type Position struct {
	Line   int `json:"line"`   // from 1
	Column int `json:"column"` // from 1, in characters; a tab is one
}

// Position converts a byte offset; one outside the file is moved to its nearest end.
func (f *File) Position(offset int) Position {
	offset = min(max(offset, 0), len(f.Text))
	line := sort.SearchInts(f.lines, offset+1)
	return Position{line, 1 + utf8.RuneCount(f.Text[f.lines[line-1]:offset])}
}

// Span is the bytes [Start, End) of a file. The zero Span is nowhere.
type Span struct {
	File       *File
	Start, End int
}

// At returns the span itself, so that a struct that embeds one has a place.
func (s Span) At() Span { return s }

// IsValid reports whether the span is somewhere.
func (s Span) IsValid() bool { return s.File != nil }

// Text is the source under the span.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return string(s.File.Text[s.Start:s.End])
}

// Position is where the span starts.
func (s Span) Position() Position {
	if s.File == nil {
		return Position{}
	}
	return s.File.Position(s.Start)
}

// To is the smallest span holding both; they are in one file.
func (s Span) To(t Span) Span {
	if !s.IsValid() {
		return t
	}
	if !t.IsValid() {
		return s
	}
	return Span{s.File, min(s.Start, t.Start), max(s.End, t.End)}
}

// Head is the empty span at the start.
func (s Span) Head() Span { return Span{s.File, s.Start, s.Start} }

// Tail is the empty span at the end.
func (s Span) Tail() Span { return Span{s.File, s.End, s.End} }
