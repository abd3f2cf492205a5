package dsl

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// line is a line of a formatted file.
type line struct {
	indent  int
	text    []byte
	comment string // behind the text, or alone
	alone   bool   // the comment has the line for itself
	blank   bool   // an empty line precedes
	body    bool   // braces open on it
	entry   bool   // a recipe's entry starts it
	key     int    // where a recipe's key ends in text, or -1
	arrow   int    // where the blank before the first arrow of a chain is in text, or -1
}

// align sets out what stands in columns: the values of a recipe, the first
// arrows of three chains or more, and comments behind lines. A column ends at an empty line.
func align(lines []line) {
	column(lines, 1, func(l *line) (int, bool) {
		if l.key < 0 {
			return -1, !l.alone && (l.body || !l.entry)
		}
		return l.key, l.body
	})
	column(lines, 3, func(l *line) (int, bool) {
		if l.alone || l.body || l.arrow < 0 || l.text[0] == '}' {
			return -1, true
		}
		return l.arrow, false
	})
	for i := 0; i < len(lines); {
		n := i
		width := 0
		for n < len(lines) && lines[n].comment != "" && !lines[n].alone && (n == i || !lines[n].blank) {
			width = max(width, lines[n].indent+utf8.RuneCount(lines[n].text))
			n++
		}
		for j := i; j < n; j++ {
			pad := width - lines[j].indent - utf8.RuneCount(lines[j].text)
			lines[j].text = append(append(lines[j].text, bytes.Repeat([]byte(" "), pad+2)...), lines[j].comment...)
			lines[j].comment = ""
		}
		i = max(n, i+1)
	}
}

// column pads runs of lines so that their cuts stand below one another. at
// tells where a line is to be padded, or -1 for nowhere, and whether the line
// ends the run before it and takes no part in one. Runs of fewer than least padded lines stay.
func column(lines []line, least int, at func(*line) (cut int, stop bool)) {
	var run []int
	width := 0
	flush := func() {
		for _, i := range run {
			l := &lines[i]
			cut, _ := at(l)
			if len(run) >= least {
				l.text = slices.Insert(l.text, cut, bytes.Repeat([]byte(" "), width-utf8.RuneCount(l.text[:cut]))...)
			}
		}
		run, width = run[:0], 0
	}
	level := 0
	for i := range lines {
		l := &lines[i]
		cut, stop := at(l)
		if stop || l.blank || l.indent != level {
			flush()
			level = l.indent
		}
		if !stop && cut >= 0 {
			run = append(run, i)
			width = max(width, utf8.RuneCount(l.text[:cut]))
		}
	}
	flush()
}

// render joins the lines.
func render(lines []line) []byte {
	var b bytes.Buffer
	for _, l := range lines {
		if l.blank {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat(" ", l.indent))
		b.Write(l.text)
		b.WriteString(l.comment)
		b.WriteByte('\n')
	}
	return b.Bytes()
}
