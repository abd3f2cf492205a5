package diag

import (
	"io"
	"sort"
	"strconv"
	"strings"
)

// TextStyle says how diagnostics are printed for people.
type TextStyle struct {
	Color bool // with terminal colours
}

// WriteText prints the list as snippets of source with marks, an empty line
// between two diagnostics.
func (l List) WriteText(w io.Writer, style TextStyle) error {
	for i, d := range l {
		text := d.Text(style)
		if i > 0 {
			text = "\n" + text
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// Text is the diagnostic as in the language's description, with a final newline:
//
//	error[N1008]: `(` is not closed
//	 --> lenet.net:3:7
//	3 |   conv(6, 5x5
//	  |       ^ opened here
//	help: close it with `)`
//	3 |   conv(6, 5x5)
func (d *Diagnostic) Text(style TextStyle) string {
	p := &printer{color: style.Color}
	p.head(d)
	if d.Primary.IsValid() {
		marks := d.marks()
		p.gutter = gutter(d, marks)
		p.place(d.Primary)
		p.snippets(d.Primary.File, marks)
	}
	for _, n := range d.Notes {
		p.paint(blue, strings.Repeat(" ", p.gutter+1)+"=")
		p.text(" " + indentMore(escapeLines(n), p.gutter+3) + "\n")
	}
	if d.Help != "" {
		p.paint(cyan, "help")
		p.text(": " + indentMore(escapeLines(d.Help), 6) + "\n")
	}
	if d.Primary.IsValid() {
		p.edits(d.Edits)
	}
	return p.out.String()
}

const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	cyan   = "\x1b[1;36m"
	blue   = "\x1b[34m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)

// printer builds the text of one diagnostic.
type printer struct {
	out    strings.Builder
	color  bool
	gutter int // columns of the line numbers
}

func (p *printer) text(s string) { p.out.WriteString(s) }

func (p *printer) paint(color, s string) {
	if p.color {
		s = color + s + reset
	}
	p.out.WriteString(s)
}

func (d *Diagnostic) color() string {
	return [...]string{red, yellow, cyan}[d.Severity]
}

func (p *printer) head(d *Diagnostic) {
	p.paint(d.color(), d.Severity.String()+"["+d.Code.String()+"]")
	p.paint(bold, ": "+escape(d.Message))
	p.text("\n")
}

// place prints the arrow to a file and line.
func (p *printer) place(s Span) {
	at := s.Position()
	p.paint(blue, strings.Repeat(" ", p.gutter)+"-->")
	p.text(" " + escape(s.File.Name) + ":" + strconv.Itoa(at.Line) + ":" + strconv.Itoa(at.Column) + "\n")
}

// mark is a span to underline.
type mark struct {
	Labelled
	line  int
	rule  byte
	color string
}

// marks lists what to underline: the file of the primary span first, by place.
func (d *Diagnostic) marks() []mark {
	marks := []mark{{Labelled{d.Primary, d.Label}, d.Primary.Position().Line, '^', d.color()}}
	for _, s := range d.Secondary {
		if s.Span.IsValid() {
			marks = append(marks, mark{s, s.Span.Position().Line, '-', blue})
		}
	}
	sort.SliceStable(marks, func(i, j int) bool {
		a, b := marks[i].Span, marks[j].Span
		if a.File != b.File {
			return a.File == d.Primary.File && b.File != d.Primary.File
		}
		return a.Start < b.Start
	})
	return marks
}

// gutter is the width of the largest line number to print.
func gutter(d *Diagnostic, marks []mark) int {
	most := 1
	for _, m := range marks {
		most = max(most, m.line)
	}
	for _, e := range d.Edits {
		if e.Span.IsValid() {
			most = max(most, e.Span.Position().Line+strings.Count(e.NewText, "\n"))
		}
	}
	return len(strconv.Itoa(most))
}

// snippets prints the marked lines, each with its marks below it.
func (p *printer) snippets(file *File, marks []mark) {
	for i, m := range marks {
		if m.Span.File != file {
			file = m.Span.File
			p.place(m.Span)
		}
		line := file.Line(m.line)
		from := m.Span.Start - file.LineStart(m.line)
		view := viewOf(line, from)
		if i == 0 || marks[i-1].line != m.line || marks[i-1].Span.File != file || view.cut() {
			p.source(m.line, view.text)
		}
		to := min(max(m.Span.End-file.LineStart(m.line), from), len(line))
		left, width := view.columns(from, to)
		p.paint(blue, strings.Repeat(" ", p.gutter)+" |")
		under := strings.Repeat(string(m.rule), max(width, 1))
		if m.Text != "" {
			under += " " + indentMore(escapeLines(m.Text), p.gutter+3+left)
		}
		p.text(" " + strings.Repeat(" ", left))
		p.paint(m.color, under)
		p.text("\n")
	}
}

// source prints one line of a file.
func (p *printer) source(n int, text string) {
	number := strconv.Itoa(n)
	p.paint(blue, strings.Repeat(" ", max(p.gutter-len(number), 0))+number+" |")
	if text = strings.TrimRight(text, " "); text != "" {
		p.text(" " + text)
	}
	p.text("\n")
}

// escapeLines escapes each line of a text.
func escapeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = escape(lines[i])
	}
	return strings.Join(lines, "\n")
}

// indentMore moves the lines after the first to a column.
func indentMore(s string, column int) string {
	return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", column))
}
