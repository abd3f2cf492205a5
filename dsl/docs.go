package dsl

import (
	"bytes"
	"strings"
)

// collectDocs finds the `///` lines directly above a token, with no empty line
// between, and keeps their text by the offset of that token.
func (p *parser) collectDocs() {
	p.docs = map[int]string{}
	i := 0 // the token that may follow the comment
	var lines []string
	for k, c := range p.file.Comments {
		if !c.Doc || !p.ownLine(c) {
			lines = nil
			continue
		}
		lines = append(lines, strings.TrimPrefix(strings.TrimPrefix(c.Text, "///"), " "))
		if k+1 < len(p.file.Comments) && p.adjacent(c.End, p.file.Comments[k+1].Start) {
			continue
		}
		for i < len(p.tokens)-1 && (p.tokens[i].Pos.Offset < c.End || p.tokens[i].Type == kEnd) {
			i++
		}
		if t := p.tokens[i]; t.Type == kIdent && p.adjacent(c.End, t.Pos.Offset) {
			p.docs[t.Pos.Offset] = strings.Join(lines, "\n")
		}
		lines = nil
	}
}

// adjacent reports whether between two offsets there are blanks and exactly one line end.
func (p *parser) adjacent(from, to int) bool {
	lines := 0
	for _, c := range p.source.Text[from:to] {
		switch c {
		case '\n':
			lines++
		case ' ', '\t', '\r':
		default:
			return false
		}
		if lines > 1 {
			return false
		}
	}
	return lines == 1
}

// ownLine reports whether only blanks precede a comment on its line.
func (p *parser) ownLine(c *Comment) bool {
	line := p.source.Text[:c.Start]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	return len(bytes.TrimSpace(line)) == 0
}
